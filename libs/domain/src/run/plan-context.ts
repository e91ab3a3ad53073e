import type { Instant, JsonObject, Principal, Sha256, Tenant, Workflow } from '@countersign/kernel';
import type { DocumentFault, Pinned } from '../config/document.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { ControlState } from '../control/control-state.js';

/** What the planner may know apart from its state. The two functions are pure. */
export interface PlanContext {
  readonly now: Instant;
  readonly controls: ControlState;
  /** `countersign.local` in `spiffe://countersign.local/...`. */
  readonly trustDomain: string;
  /** Faults of arguments against the schema of a tool; empty where there are none. */
  readonly argumentFaults: (tool: Pinned<ToolContract>, args: JsonObject) => readonly DocumentFault[];
  /** Merkle root over ids that are sorted already. */
  readonly eventRoot: (sortedIds: readonly string[]) => Sha256;
}

/** Who acts under an agent contract. */
export const agentPrincipal = ({ tenant, workflow }: { readonly tenant: Tenant; readonly workflow: Workflow }, contract: string, { trustDomain }: Pick<PlanContext, 'trustDomain'>): Principal =>
  `spiffe://${trustDomain}/tenant/${tenant}/workflow/${workflow}/agent/${contract}` as Principal;
