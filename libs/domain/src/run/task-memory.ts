import { base64Of, bytesOfBase64, hours, type Instant, type RunId } from '@countersign/kernel';
import { TASK_MEMORY } from './constants.js';
import { DigestTable, type Digest } from './digest-table.js';

const HOUR = hours(1);

/** By hour since 1970, oldest first: digests of the runs that began in it, sorted, in base64. */
export type FrozenTaskMemory = readonly (readonly [number, string])[];

/**
 * Which tasks were taken up within `TASK_MEMORY`. A run's id is made of its task, so all there is to remember of a run is that it was there,
 * and in which hour: 21 bytes in memory and in a snapshot, see docs/decisions/0008. A task is known up to an hour longer than it has to be.
 */
export class TaskMemory {
  readonly #hours = new Map<number, DigestTable>();

  /** What `freeze` gave. */
  static thaw(frozen: FrozenTaskMemory): TaskMemory {
    const memory = new TaskMemory();
    for (const [hour, packed] of frozen) memory.#hours.set(hour, DigestTable.of(bytesOfBase64(packed)));
    return memory;
  }

  get size(): number {
    return [...this.#hours.values()].reduce((total, { size }) => total + size, 0);
  }

  /** What its buffers take. */
  get bytes(): number {
    return [...this.#hours.values()].reduce((total, { bytes }) => total + bytes, 0);
  }

  has(run: RunId, now: Instant): boolean {
    const digest = digestOf(run);
    for (const [hour, table] of this.#hours) if (isRemembered(hour, now) && table.has(digest)) return true;
    return false;
  }

  /** `at`: the event's own time, so that two folds of one log remember the same. */
  add(run: RunId, at: Instant): void {
    const hour = Math.floor(at / HOUR);
    let table = this.#hours.get(hour);
    if (!table) {
      for (const [past, closed] of this.#hours) {
        if (isRemembered(past, at)) closed.trim();
        else this.#hours.delete(past);
      }
      table = new DigestTable();
      this.#hours.set(hour, table);
    }
    table.add(digestOf(run));
  }

  freeze(): FrozenTaskMemory {
    return [...this.#hours].toSorted(([one], [other]) => one - other).map(([hour, table]) => [hour, base64Of(table.sorted())] as const);
  }
}

/** What began at the end of the hour still has to be known. */
const isRemembered = (hour: number, now: Instant): boolean => (hour + 1) * HOUR > now - TASK_MEMORY;

const PREFIX = 'run-'.length;

/** The first 127 of the id's 132 bits: nobody finds a second task with the same ones. */
const digestOf = (run: RunId): Digest => {
  const bytes = bytesOfBase64(run.slice(PREFIX));
  const word = (at: number): number => (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
  return [word(0), word(4), word(8), (word(12) | 1) >>> 0];
};
