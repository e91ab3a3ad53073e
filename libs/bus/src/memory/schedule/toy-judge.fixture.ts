import { formatCause, parseCauses, type Event } from '@countersign/contracts';
import type { LogRecord } from '../../broker.js';
import type { MemoryLog } from '../memory-log.js';
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

interface Counted {
  readonly event: Event;
  readonly offset: number;
}

const CLAIMED = ['proposals', 'decisions', 'executions'];
const NAMESPACE = 'toy';

interface Tally {
  readonly claimants: Map<string, string>;
  accepted: number;
  ignored: number;
  claims: number;
  voidClaims: number;
}

/** Events of a partition that count, by the claims before them and their numbers. */
const counted = (records: readonly LogRecord[], place: string, tally: Tally, faults: string[]): Counted[] => {
  const found: Counted[] = [];
  let epoch = -1;
  let next = 0;
  for (const { offset, value, headers } of records) {
    const [, written, seq] = headers['cs-sig']?.toString().split(' ') ?? [];
    const event = JSON.parse(String(value)) as Event & { readonly data: { readonly after?: number; readonly instance?: string } };
    if (written === 'claim') {
      if (event.data.after === epoch) {
        [epoch, next] = [offset, 0];
        tally.claimants.set(place, event.data.instance ?? '');
      } else tally.voidClaims += 1;
      tally.claims += 1;
    } else if (Number(written) === epoch && Number(seq) === next) {
      found.push({ event, offset });
      next += 1;
      tally.accepted += 1;
    } else {
      if (Number(written) === epoch && Number(seq) > next) faults.push(`${place}/${offset}: number ${seq} where ${next} is next`);
      tally.ignored += 1;
    }
  }
  return found;
};

const checkCounts = (events: readonly Counted[], place: string, faults: string[]): void => {
  for (const [at, { event, offset }] of events.entries()) {
    const { n, wrong } = dataOf(event);
    if (n !== at + 1) faults.push(`${place}/${offset}: counts ${n}, is number ${at + 1}`);
    if (wrong !== undefined) faults.push(`${place}/${offset}: ${wrong}`);
  }
};

/** Every first cause is an event that counts, of the bytes that the cause names. */
const checkCauses = (events: readonly Counted[], place: string, known: ReadonlySet<string>, faults: string[]): void => {
  for (const { event, offset } of events) {
    const [first] = parseCauses(event.causes) ?? [];
    if (!first) faults.push(`${place}/${offset}: no cause`);
    else if (first.topic !== 'tasks' && !known.has(`${place.split('/')[1]} ${first.id}@${first.topic}/${first.offset}`)) faults.push(`${place}/${offset}: rests on ${formatCause(first)}, which does not count`);
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
  const tally: Tally = { claimants: new Map(), accepted: 0, ignored: 0, claims: 0, voidClaims: 0 };
  const byPlace = new Map<string, Counted[]>();
  const known = new Set<string>();
  const typesOf = new Map<string, string[]>(tasks.map((task) => [task, []]));
  for (const topic of CLAIMED) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const place = `${topic}/${partition}`;
      const events = counted(log.slice({ topic: `${NAMESPACE}.${topic}`, partition }, 0, Infinity), place, tally, faults);
      byPlace.set(place, events);
      for (const { event, offset } of events) {
        known.add(`${partition} ${event.id}@${topic}/${offset}`);
        typesOf.get(dataOf(event).task)?.push(event.type);
        const { effect, task } = dataOf(event);
        if (effect !== undefined && effects.get(task)?.[0] !== effect) faults.push(`${place}/${offset}: effect ${effect} is none of the tool's`);
      }
    }
  }
  for (const [place, events] of byPlace) {
    checkCounts(events, place, faults);
    checkCauses(events, place, known, faults);
  }
  for (const [task, types] of typesOf) checkTask(task, types, faults);
  for (const task of tasks) if (effects.get(task)?.length !== 1) faults.push(`${task}: ${effects.get(task)?.length ?? 0} effects`);
  return { faults, ...tally };
};
