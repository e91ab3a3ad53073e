import { base64Of, bytesOfBase64, hours, type Instant, type Millis } from '@countersign/kernel';
import { DigestTable, type Digest } from './digest-table.js';

const HOUR = hours(1);

/** By hour since 1970, oldest first: digests of what was added in it, sorted, in base64. */
export type FrozenHours = readonly (readonly [number, string])[];

/**
 * Which ids were added at most `kept` ago: 21 bytes for each, in memory and in a snapshot, see docs/decisions/0008. An id is known up to
 * an hour longer than it has to be.
 */
export class HourMemory<Id extends string> {
  readonly #hours = new Map<number, DigestTable>();

  /** `frozen`: what `freeze` gave. */
  constructor(
    private readonly kept: Millis,
    private readonly digestOf: (id: Id) => Digest,
    frozen: FrozenHours = [],
  ) {
    for (const [hour, packed] of frozen) this.#hours.set(hour, DigestTable.of(bytesOfBase64(packed)));
  }

  get size(): number {
    return [...this.#hours.values()].reduce((total, { size }) => total + size, 0);
  }

  /** What its buffers take. */
  get bytes(): number {
    return [...this.#hours.values()].reduce((total, { bytes }) => total + bytes, 0);
  }

  has(id: Id, now: Instant): boolean {
    const digest = this.digestOf(id);
    for (const [hour, table] of this.#hours) if (this.#isRemembered(hour, now) && table.has(digest)) return true;
    return false;
  }

  /** `at`: a time that the event gives, so that two folds of one log remember the same. `now`: the event's own, if that is another. */
  add(id: Id, at: Instant, now = at): void {
    const hour = Math.floor(at / HOUR);
    let table = this.#hours.get(hour);
    if (!table) {
      for (const [past, closed] of this.#hours) {
        if (this.#isRemembered(past, now)) closed.trim();
        else this.#hours.delete(past);
      }
      table = new DigestTable();
      this.#hours.set(hour, table);
    }
    table.add(this.digestOf(id));
  }

  freeze(): FrozenHours {
    return [...this.#hours].toSorted(([one], [other]) => one - other).map(([hour, table]) => [hour, base64Of(table.sorted())] as const);
  }

  /** What was added at the end of the hour still has to be known. */
  #isRemembered(hour: number, now: Instant): boolean {
    return (hour + 1) * HOUR > now - this.kept;
  }
}

/** The first 127 of an id's 132 bits, in base64url: nobody finds a second id with the same ones. */
export const digestOf = (id: string): Digest => {
  const bytes = bytesOfBase64(id);
  const word = (at: number): number => (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
  return [word(0), word(4), word(8), (word(12) | 1) >>> 0];
};
