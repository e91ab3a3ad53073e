import type { Cause, EventData, EventType } from '@countersign/contracts';
import type { Principal, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';

/** An event that a decider wants written; whoever writes it adds id, time, source and first cause. */
export interface OutputOf<Type extends EventType> {
  readonly type: Type;
  readonly data: EventData<Type>;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run?: RunId;
  readonly step?: StepId;
  readonly actor?: Principal;
  /** What the event is about, for its deterministic id; `step`, else `run`, unless given. */
  readonly subject?: string;
  /** Causes besides the event that is handled. */
  readonly causes?: readonly Cause[];
}

export type Output<Type extends EventType = EventType> = { [T in Type]: OutputOf<T> }[Type];

/** Outputs that no input gave rise to: a deadline has passed. `cause` is the own event that they rest on. */
export interface LateOutput {
  readonly cause: Cause;
  readonly outgoing: readonly Output[];
}
