import type { KeyEntry, KeyStore } from './data-key.js';

/** Runs in which any of the keys was used. Throws what the store throws. */
export const runsWith = async (store: Pick<KeyStore, 'runsOf'>, tenant: string, kids: readonly string[]): Promise<readonly string[]> => [...new Set((await Promise.all(kids.map((kid) => store.runsOf(tenant, kid)))).flat())];

/** Keys of those runs, destroyed ones too: what else is known of whoever the keys are for was sealed with them. */
export const keysOfRunsWith = async (store: Pick<KeyStore, 'runsOf' | 'keysOf'>, tenant: string, kids: readonly string[]): Promise<readonly KeyEntry[]> =>
  (await Promise.all((await runsWith(store, tenant, kids)).map((id) => store.keysOf(tenant, { kind: 'run', id })))).flat();
