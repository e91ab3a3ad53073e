import type { Principal } from '@countersign/kernel';
import type { Service } from './flow.js';

/** What principals of an installation begin with, unless it is told otherwise. */
export const TRUST_DOMAIN = 'countersign.local';

/** `spiffe://<trust domain>/service/<name>`; the operator's command line counts as one where no person is named. */
export const servicePrincipal = (service: Service | 'operator', trustDomain = TRUST_DOMAIN): Principal => `spiffe://${trustDomain}/service/${service}` as Principal;
