/**
 * Which records of one partition count, told once more from the rules alone: a claim counts if it ends the newest epoch, an event
 * counts if it states the newest epoch, is signed with the key of its claim and has the next number.
 */

export type Stated =
  | { readonly kind: 'claim'; readonly offset: number; readonly after: number; readonly keyId: string }
  | { readonly kind: 'event'; readonly epoch: number; readonly seq: number; readonly keyId: string };

/** `stale`: a zombie's. `copy`: a producer sent it again. `void`: a claim that came too late. */
export type Standing = 'counts' | 'claim' | 'stale' | 'copy' | 'void';

export class ClaimChain {
  #epoch = -1;
  #next = 0;
  #keyId = '';
  readonly #epochs = new Set<number>();

  /** Throws where the log breaks a rule that no crash excuses. */
  take(stated: Stated): Standing {
    if (stated.kind === 'claim') {
      if (stated.after !== this.#epoch) {
        if (stated.after >= 0 && !this.#epochs.has(stated.after)) throw new Error(`a claim ends epoch ${stated.after}, which never was`);
        return 'void';
      }
      this.#epoch = stated.offset;
      this.#epochs.add(stated.offset);
      this.#next = 0;
      this.#keyId = stated.keyId;
      return 'claim';
    }
    if (stated.epoch !== this.#epoch) {
      if (!this.#epochs.has(stated.epoch)) throw new Error(`an event states epoch ${stated.epoch}, which never was`);
      return 'stale';
    }
    if (stated.keyId !== this.#keyId) throw new Error(`an event of epoch ${stated.epoch} is signed with a key that did not claim it`);
    if (stated.seq < this.#next) return 'copy';
    if (stated.seq > this.#next) throw new Error(`events ${this.#next} to ${stated.seq - 1} of epoch ${stated.epoch} are missing`);
    this.#next += 1;
    return 'counts';
  }
}
