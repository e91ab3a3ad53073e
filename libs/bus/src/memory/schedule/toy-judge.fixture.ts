import type { MemoryLog } from '../memory-log.js';
import { countedIn, newTally, type Counted } from './log-judge.fixture.js';
import { dataOf } from './toy-steps.fixture.js';

/**
 * Judges from the logs alone, with its own reading of the rules: what counted, and whether that is what must have come of the
 * tasks. Gives every fault that it finds.
 */
export interface Judged {
  readonly faults: readonly string[];
  readonly accepted: number;
  readonly ignored: number;
  readonly claims: number;
  readonly voidClaims: number;
  /** Whose claim is the newest, by topic and partition. */
  readonly claimants: ReadonlyMap<string, string>;
}

const checkCounts = (events: readonly Counted[], place: string, faults: string[]): void => {
  for (const [at, { event, offset }] of events.entries()) {
    const { n, wrong } = dataOf(event);
    if (n !== at + 1) faults.push(`${place}/${offset}: counts ${n}, is number ${at + 1}`);
    if (wrong !== undefined) faults.push(`${place}/${offset}: ${wrong}`);
  }
};

const checkTask = (task: string, types: readonly string[], faults: string[]): void => {
  const count = (type: string): number => types.filter((found) => found === `countersign.${type}`).length;
  for (const type of ['run.started', 'action.proposed', 'action.allowed', 'step.observed', 'action.succeeded', 'budget.settled', 'run.closed']) {
    if (count(type) !== 1) faults.push(`${task}: ${count(type)} times ${type}`);
  }
  if (count('attempt.started') < 1) faults.push(`${task}: never tried`);
  if (count('proposal.rejected') > 1) faults.push(`${task}: late ${count('proposal.rejected')} times`);
};

export const judgeLogs = (log: MemoryLog, partitions: number, tasks: readonly string[], effects: ReadonlyMap<string, readonly string[]>): Judged => {
  const faults: string[] = [];
  const tally = newTally();
  const typesOf = new Map<string, string[]>(tasks.map((task) => [task, []]));
  for (const [place, events] of countedIn(log, partitions, tally, faults)) {
    checkCounts(events, place, faults);
    for (const { event, offset } of events) {
      typesOf.get(dataOf(event).task)?.push(event.type);
      const { effect, task } = dataOf(event);
      if (effect !== undefined && effects.get(task)?.[0] !== effect) faults.push(`${place}/${offset}: effect ${effect} is none of the tool's`);
    }
  }
  for (const [task, types] of typesOf) checkTask(task, types, faults);
  for (const task of tasks) if (effects.get(task)?.length !== 1) faults.push(`${task}: ${effects.get(task)?.length ?? 0} effects`);
  return { faults, ...tally };
};
