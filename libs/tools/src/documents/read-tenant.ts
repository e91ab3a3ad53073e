import { parseDuration, type Tenant } from '@countersign/kernel';
import type { DocumentFault, TenantDocument } from '@countersign/domain';
import type { RawTenant } from './raw.js';
import { readLimits } from './read-limits.js';

export const readTenant = (raw: RawTenant, faults: DocumentFault[]): TenantDocument => ({
  id: raw.id,
  version: raw.version,
  tenant: raw.tenant as Tenant,
  directory: raw.directory ?? {},
  ...(raw.retention && {
    retention: {
      ...(raw.retention.personal !== undefined && { personal: parseDuration(raw.retention.personal) }),
      ...(raw.retention.answers !== undefined && { answers: parseDuration(raw.retention.answers) }),
    },
  }),
  ...(raw.legal_hold && { legalHold: raw.legal_hold }),
  budgets: { day: readLimits(raw.budgets?.day ?? {}, '/budgets/day', faults), month: readLimits(raw.budgets?.month ?? {}, '/budgets/month', faults) },
});
