import type { CommandContext } from '../command-context.js';
import { unknownName } from '../terminal/unknown-name.js';
import { readSettings } from './settings.js';

/** Tenants that this connection knows of; `undefined` where nobody has named any. */
export const knownTenants = (context: Pick<CommandContext, 'dataDir' | 'env'>): readonly string[] | undefined => readSettings(context).get('tenants', 'COUNTERSIGN_TENANTS')?.split(',');

/**
 * For a list that came out empty: throws `USAGE` where that is because the tenant is none that is known here.
 * The record may well have more of one that is gone, so it is asked first.
 */
export const requireKnownTenant = (context: Pick<CommandContext, 'dataDir' | 'env'>, tenant: string | undefined): void => {
  const tenants = knownTenants(context);
  if (tenant !== undefined && tenants && !tenants.includes(tenant)) throw unknownName('tenant', tenant, tenants);
};
