import type { Late, Moment, Outgoing, Received, Step } from '@countersign/bus';
import type { Cause, Event } from '@countersign/contracts';
import { decideRun, dueRuns, evolveRuns, freezeRuns, initialRuns, nextRunDeadline, thawRuns, type ControlState, type PlannerState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { argumentFaults } from '@countersign/tools';
import { eventRoot } from './event-root.js';

/** Turns tasks into proposals: which steps a run may propose now, and when it is over. */
export class PlannerHandler implements Step<PlannerState, ControlState> {
  readonly service = 'planner';
  /** 1: tasks are remembered by digests. 2: what would undo a step. */
  readonly stateVersion = 2;

  constructor(private readonly trustDomain: string) {}

  initialState(): PlannerState {
    return initialRuns();
  }

  handle({ event }: Received, state: PlannerState, { now, controls }: Moment<ControlState>): readonly Outgoing[] {
    return decideRun(event, state, { now, controls, trustDomain: this.trustDomain, argumentFaults, eventRoot });
  }

  evolve(state: PlannerState, event: Event, cause: Cause): PlannerState {
    return evolveRuns(state, event, cause);
  }

  nextDue(state: PlannerState): Instant | undefined {
    return nextRunDeadline(state);
  }

  due(state: PlannerState, { now }: Moment<ControlState>): readonly Late[] {
    return dueRuns(state, { now, eventRoot });
  }

  freeze(state: PlannerState): unknown {
    return freezeRuns(state);
  }

  thaw(frozen: unknown): PlannerState {
    return thawRuns(frozen);
  }
}
