import type { Tenant } from '@countersign/kernel';
import type { DocumentFault, TenantDocument } from '@countersign/domain';
import type { RawTenant } from './raw.js';
import { readLimits } from './read-limits.js';

export const readTenant = (raw: RawTenant, faults: DocumentFault[]): TenantDocument => ({
  id: raw.id,
  version: raw.version,
  tenant: raw.tenant as Tenant,
  directory: raw.directory ?? {},
  budgets: { day: readLimits(raw.budgets?.day ?? {}, '/budgets/day', faults), month: readLimits(raw.budgets?.month ?? {}, '/budgets/month', faults) },
});
