import type { EventType } from '@countersign/contracts';
import type { Tenant, Workflow } from '@countersign/kernel';

/** Where what happens to approvals is told. What it is signed with is no part of it: that stays where the service runs. */
export interface WebhookDocument {
  readonly id: string;
  readonly version: number;
  readonly url: string;
  /** Which events go there. */
  readonly events: readonly EventType[];
  /** Of these tenants only; of all where there are none. */
  readonly tenants: readonly Tenant[];
  /** Of these workflows of theirs only; of all where there are none. */
  readonly workflows: readonly Workflow[];
  /** Name of the secret, among those that the service was given. */
  readonly secret: string;
}
