import type { Event, RunOutcome } from '@countersign/contracts';
import { isAmong } from '@countersign/domain';
import type { RunId, StepId } from '@countersign/kernel';
import type { TapeEnd } from './play.js';
import type { Taped } from './tape.js';

const DECISIONS = ['countersign.action.allowed', 'countersign.action.denied', 'countersign.approval.required'] as const;
export type Decision = Event<(typeof DECISIONS)[number]>;

/** How a run came out. */
export interface Course {
  /** What was first decided on each step, in the order of the decisions. */
  readonly decisions: ReadonlyMap<StepId, Decision>;
  /** Absent while it is open. */
  readonly outcome?: RunOutcome;
  /** Steps that wait for people: for votes, or for an answer to what the run asked. */
  readonly asks: readonly StepId[];
}

/** How each run came out by these events. */
export const coursesOf = (events: Iterable<Taped>): ReadonlyMap<RunId, Course> => {
  const runs = new Map<RunId, { decisions: Map<StepId, Decision>; outcome?: RunOutcome; asks: Set<StepId> }>();
  for (const { event } of events) {
    const { run, step } = event;
    if (run === undefined) continue;
    const course = runs.get(run) ?? { decisions: new Map<StepId, Decision>(), asks: new Set<StepId>() };
    runs.set(run, course);
    if (event.type === 'countersign.run.closed') course.outcome = event.data.outcome;
    if (step === undefined) continue;
    if (isAmong(event, DECISIONS) && !course.decisions.has(step)) course.decisions.set(step, event);
    if (ASKED.has(event.type)) course.asks.add(step);
    if (ANSWERED.has(event.type)) course.asks.delete(step);
  }
  return new Map([...runs].map(([run, { decisions, outcome, asks }]) => [run, { decisions, ...(outcome !== undefined && { outcome }), asks: [...asks] }]));
};

const ASKED: ReadonlySet<string> = new Set(['countersign.approval.requested', 'countersign.run.input-requested']);
const ANSWERED: ReadonlySet<string> = new Set(['countersign.approval.granted', 'countersign.approval.rejected', 'countersign.approval.expired', 'countersign.approval.withdrawn', 'countersign.run.input-answered', 'countersign.run.input-expired']);

/** How a run ends, or where it stands still; the same words for the tape and for what was played. */
export const endOf = (course: Course | undefined, ends: readonly TapeEnd[] = []): string => {
  if (course?.outcome !== undefined) return course.outcome;
  const [asked] = course?.asks ?? [];
  if (asked !== undefined) return `waits for people at ${asked}`;
  const [end] = ends;
  if (end) return `the tape ends at ${end.step ?? end.tool}: ${end.why}`;
  return course ? 'open' : 'not admitted';
};
