import type { Fault } from '@countersign/contracts';
import { contractByHash, type AgentContract, type ControlState, type Pinned } from '@countersign/domain';
import { upstreamPrincipal } from '@countersign/identity';
import type { Instant, JsonObject, Tenant } from '@countersign/kernel';
import { admit, writtenInputFaults } from '@countersign/tools';

/** What the gateway would say to an event. */
export type DoorVerdict =
  | { readonly admitted: true; readonly contract: Pinned<AgentContract>; readonly input: JsonObject }
  | { readonly admitted: false; readonly code: string; readonly message: string; readonly faults: readonly Fault[] };

/** Asks the gateway's own rules, on a configuration that need not be in force. Pure. */
export const askDoor = (event: JsonObject, tenant: string, controls: ControlState, now: Instant): DoorVerdict => {
  const record = { value: Buffer.from(JSON.stringify(event)), headers: {} };
  const admission = admit(record, { tenant: tenant as Tenant, now, receivedAt: now, controls, subject: upstreamPrincipal(tenant), inputFaults: writtenInputFaults });
  if (!admission.admitted) {
    const { code, message, faults } = admission.refusal;
    return { admitted: false, code, message, faults };
  }
  const { contract: ref, input } = admission.task;
  const contract = contractByHash(controls, ref.hash);
  return contract ? { admitted: true, contract, input } : { admitted: false, code: 'workflow.unknown', message: 'the contract is not there', faults: [] };
};
