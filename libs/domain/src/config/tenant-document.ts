import type { Millis, Tenant } from '@countersign/kernel';
import type { Limits } from './agent-contract.js';

/** What is known of a tenant before any task: whom it deals with, and what all its workflows may use together. */
export interface TenantDocument {
  readonly id: string;
  readonly version: number;
  readonly tenant: Tenant;
  /** Lists of known places outside, by name: contacts, past payees. A destination among them is not a stranger's. */
  readonly directory: Readonly<Record<string, readonly string[]>>;
  /** A cap holds because it is allotted: the limits of the tenant's contracts may not add up to more. */
  readonly budgets: { readonly day: Limits; readonly month: Limits };
  /** How long keys of what is personal, and answers that lie beside the log, are kept; absent: until somebody destroys them. */
  readonly retention?: { readonly personal?: Millis; readonly answers?: Millis };
  /** By matter: ids of keys that nobody may destroy meanwhile; `*` is every key and every answer of the tenant. */
  readonly legalHold?: Readonly<Record<string, readonly string[]>>;
}
