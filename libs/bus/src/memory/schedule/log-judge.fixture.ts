import { formatCause, parseCauses, type Event } from '@countersign/contracts';
import type { LogRecord } from '../../broker.js';
import type { MemoryLog } from '../memory-log.js';
import { NAMESPACE } from './bus-world.fixture.js';

/** Reads the logs by its own reading of the rules: what counts, by claims, epochs and numbers. */

export interface Counted {
  readonly event: Event;
  readonly offset: number;
}

const CLAIMED = ['proposals', 'decisions', 'executions'];

export interface Tally {
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

/** Every first cause is an event that counts, of the bytes that the cause names. */
const checkCauses = (events: readonly Counted[], place: string, known: ReadonlySet<string>, faults: string[]): void => {
  for (const { event, offset } of events) {
    const [first] = parseCauses(event.causes) ?? [];
    if (!first) faults.push(`${place}/${offset}: no cause`);
    else if (first.topic !== 'tasks' && !known.has(`${place.split('/')[1]} ${first.id}@${first.topic}/${first.offset}`)) faults.push(`${place}/${offset}: rests on ${formatCause(first)}, which does not count`);
  }
};

/** Events that count, by place (`decisions/0`); what is wrong with their numbers and causes goes to `faults`. */
export const countedIn = (log: MemoryLog, partitions: number, tally: Tally, faults: string[]): ReadonlyMap<string, readonly Counted[]> => {
  const byPlace = new Map<string, readonly Counted[]>();
  for (const topic of CLAIMED) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const place = `${topic}/${partition}`;
      byPlace.set(place, counted(log.slice({ topic: `${NAMESPACE}.${topic}`, partition }, 0, Infinity), place, tally, faults));
    }
  }
  const known = new Set([...byPlace].flatMap(([place, events]) => events.map(({ event, offset }) => `${place.split('/')[1]} ${event.id}@${place.split('/')[0]}/${offset}`)));
  for (const [place, events] of byPlace) checkCauses(events, place, known, faults);
  return byPlace;
};

export const newTally = (): Tally => ({ claimants: new Map(), accepted: 0, ignored: 0, claims: 0, voidClaims: 0 });
