import { timestamp } from '@countersign/kernel';
import { keysOfRunsWith, type KeyList, type KeyStore } from '@countersign/privacy';
import type { Action } from '../../command-context.js';
import { knownTenants } from '../../connection/known-tenant.js';
import { keyStoreOf } from '../../task/seal-tasks.js';
import { tenantOf } from '../../task/task-file.js';
import { table } from '../../terminal/table.js';
import { viewOf } from '../../terminal/view.js';

export interface ScopeOptions {
  readonly tenant?: string;
  readonly subject?: string;
  readonly run?: string;
}

/** Keys of a person, with those of every run that something of theirs was sealed in; or of a run; or all. Destroyed ones too. */
export const keysIn = async (store: KeyStore, tenant: string, { subject, run }: Pick<ScopeOptions, 'subject' | 'run'>): Promise<KeyList> => {
  if (subject === undefined) return run === undefined ? store.list(tenant) : { keys: await store.keysOf(tenant, { kind: 'run', id: run }), damaged: [] };
  const own = await store.keysOf(tenant, { kind: 'subject', id: subject });
  return { keys: [...own, ...(await keysOfRunsWith(store, tenant, own.map(({ kid }) => kid)))], damaged: [] };
};

export const listKeys: Action<ScopeOptions> = async (context, { options }) => {
  const tenant = tenantOf(options.tenant, knownTenants(context) ?? []);
  const { keys, damaged } = await keysIn(keyStoreOf(context), tenant, options);
  const { terminal } = context;
  const view = viewOf(context);
  if (!terminal.json && damaged.length > 0) terminal.message(`damaged, and to be put back from where the folder of the keys is kept twice: ${damaged.join(', ')}`);
  terminal.result(
    () => (keys.length === 0 ? 'no keys' : table(['key', 'of', 'made', 'destroyed'], keys.map(({ kid, of, createdAt, shreddedAt }) => [kid, of === 'subject' ? 'a person' : 'a run', timestamp(createdAt), shreddedAt === undefined ? '' : timestamp(shreddedAt)]), view.width)),
    () => ({ tenant, damaged, keys: keys.map(({ kid, of, createdAt, shreddedAt }) => ({ key: kid, of, createdAt: timestamp(createdAt), ...(shreddedAt !== undefined && { shreddedAt: timestamp(shreddedAt) }) })) }),
  );
};
