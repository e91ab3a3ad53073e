import type { Late, Moment, Outgoing, Received, Step } from '@countersign/bus';
import { eventRoot, type Cause, type Event, type EventType } from '@countersign/contracts';
import { decideRun, dueRuns, evolveRuns, freezeRuns, initialRuns, nextRunDeadline, slackKeysAt, STEP_ENDINGS, thawRuns, type ControlState, type PlanContext, type PlannerState } from '@countersign/domain';
import { checkAnswer } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import { argumentFaults } from '@countersign/tools';

/** Tasks, orders to undo, what people say to its questions, and the events by which a step can end. */
export const PLANNER_INPUTS = ['countersign.task.submitted', 'countersign.task.answered', 'countersign.task.claimed', 'countersign.undo.ordered', ...STEP_ENDINGS] as const satisfies readonly EventType[];

/** Turns tasks into proposals: which steps a run may propose now, and when it is over. */
export class PlannerHandler implements Step<PlannerState, ControlState> {
  readonly service = 'planner';
  /** 1: tasks are remembered by digests. 2: what would undo a step. 3: what is asked of people, and what they said. */
  readonly stateVersion = 3;

  constructor(private readonly trustDomain: string) {}

  initialState(): PlannerState {
    return initialRuns();
  }

  /** Throws where an answer is in the name of a person who has not signed it: it becomes a dead letter, and the run still waits. */
  handle({ event }: Received, state: PlannerState, { now, controls }: Moment<ControlState>): readonly Outgoing[] {
    const outputs = decideRun(event, state, this.contextAt(now, controls));
    if ((event.type === 'countersign.task.answered' || event.type === 'countersign.task.claimed') && outputs.length > 0) checkAnswer(event, controls.active?.approvers?.document, now, slackKeysAt(controls, now));
    return outputs;
  }

  evolve(state: PlannerState, event: Event, cause: Cause): PlannerState {
    return evolveRuns(state, event, cause);
  }

  nextDue(state: PlannerState): Instant | undefined {
    return nextRunDeadline(state);
  }

  due(state: PlannerState, { now, controls }: Moment<ControlState>): readonly Late[] {
    return dueRuns(state, this.contextAt(now, controls));
  }

  freeze(state: PlannerState): unknown {
    return freezeRuns(state);
  }

  thaw(frozen: unknown): PlannerState {
    return thawRuns(frozen);
  }

  private contextAt(now: Instant, controls: ControlState): PlanContext {
    return { now, controls, trustDomain: this.trustDomain, argumentFaults, eventRoot };
  }
}
