import type { AgentContract, ControlState, Pinned, ToolContract } from '@countersign/domain';
import { placeOf, proposedCall, recordedRun, requestOf } from '@countersign/evaluation';
import type { Instant, JsonObject, Principal } from '@countersign/kernel';
import { NO_APPROVALS, type DecisionRequest } from '@countersign/policy-engines';
import { writtenArgumentFaults, periodsOf } from '@countersign/tools';

export interface PreviewedRun {
  readonly tenant: string;
  readonly contract: Pinned<AgentContract>;
  readonly input: JsonObject;
  /** Whom the run would act for. */
  readonly subject: string;
  readonly agent: string;
  readonly controls: ControlState;
  readonly now: Instant;
}

/** What policy's engine would be asked about a call of a run of which only the task is known: what its words name, its facts, its taint. */
export const previewRequest = ({ tenant, contract, input, subject, agent, controls, now }: PreviewedRun, tool: Pinned<ToolContract>, args: JsonObject): DecisionRequest | undefined => {
  const call = { id: 'preview', tenant, workflow: contract.document.workflow, task: input, history: [], tool: tool.document.id, args };
  const place = placeOf(call);
  const context = { now, controls, argumentFaults: writtenArgumentFaults, periodsOf };
  const run = recordedRun(call, place, context).contexts.get(place.run);
  const { action, actionHash } = proposedCall(call, place, context).data;
  return run && requestOf({ action, actionHash, act: agent as Principal, sub: subject as Principal, run, tool, contract, votes: [] }, { controls, now, approvals: NO_APPROVALS });
};
