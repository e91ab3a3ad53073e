import { askWitness, readPart, WITNESS_DEADLINE, type ReadableStore, type WitnessAddress } from '@countersign/archive';
import type { Timers } from '@countersign/bus';
import { CountersignError, messageOf, millis, seconds } from '@countersign/kernel';
import { decodeNote, signersOf, withSignatures, type Signature } from '@countersign/tlog';
import type { Published } from './archived-partition.js';

const FIRST_PAUSE = millis(500);
const LONGEST_PAUSE = seconds(30);

export interface CosignerParts {
  readonly store: ReadableStore;
  /** Where the log lies in the store. */
  readonly path: string;
  readonly witnesses: readonly WitnessAddress[];
  readonly timers: Timers;
  /** A witness does not cosign (`undefined`: it does again). Told where it changes. */
  readonly onTrouble: (witness: WitnessAddress, fault: CountersignError | undefined) => void;
  /** A witness has cosigned another history of the log: somebody has to look. It is asked no more. */
  readonly onForked: (published: Published, fault: CountersignError) => void;
}

/** The newest checkpoint, and what witnesses have said of it. */
interface Job {
  readonly published: Published;
  readonly signatures: Signature[];
  /** Has cosigned it, or will not. */
  readonly answered: Set<WitnessAddress>;
}

const asFault = (fault: unknown): CountersignError => (fault instanceof CountersignError ? fault : new CountersignError('INTERNAL', messageOf(fault), { cause: fault }));

/**
 * Has witnesses cosign the newest checkpoint of a log, and puts it in its place with all their signatures. Nothing waits for a witness:
 * the checkpoint is published already, and one that is away is asked again for whatever is the newest then.
 */
export class Cosigner {
  private job: Job | undefined;
  private readonly asking = new Set<WitnessAddress>();
  /** The size that each has cosigned last. */
  private readonly known = new Map<WitnessAddress, number>();
  private readonly trouble = new Map<WitnessAddress, string>();
  private readonly forked = new Set<WitnessAddress>();
  private readonly life = new AbortController();

  constructor(private readonly parts: CosignerParts) {}

  /** Takes the place of any older checkpoint. */
  ask(published: Published): void {
    const { witnesses } = this.parts;
    const note = decodeNote(published.note);
    const signed = signersOf(note, witnesses.map(({ verifier }) => verifier));
    this.job = { published, signatures: [], answered: new Set(witnesses.filter(({ verifier }) => signed.includes(verifier))) };
    for (const witness of witnesses) void this.keepAsking(witness);
  }

  close(): void {
    this.life.abort();
  }

  private async keepAsking(witness: WitnessAddress): Promise<void> {
    if (this.asking.has(witness)) return;
    this.asking.add(witness);
    let pause = FIRST_PAUSE;
    for (let { job } = this; job && !job.answered.has(witness) && !this.forked.has(witness) && !this.life.signal.aborted; { job } = this) {
      try {
        await this.askOnce(witness, job);
        this.tell(witness, undefined);
        pause = FIRST_PAUSE;
      } catch (thrown) {
        const fault = asFault(thrown);
        if (this.life.signal.aborted) break;
        this.tell(witness, fault);
        if (fault.code === 'ARCHIVE_FORKED') {
          this.forked.add(witness);
          this.parts.onForked(job.published, fault);
        } else if (fault.retry === 'never') {
          job.answered.add(witness);
        } else {
          await this.rest(pause);
          pause = millis(Math.min(2 * pause, LONGEST_PAUSE));
        }
      }
    }
    this.asking.delete(witness);
  }

  private async askOnce(witness: WitnessAddress, job: Job): Promise<void> {
    const { store, path } = this.parts;
    const { published } = job;
    const { size } = published.checkpoint;
    const signal = AbortSignal.any([this.life.signal, AbortSignal.timeout(WITNESS_DEADLINE)]);
    const answer = await askWitness(witness, published, { size, read: readPart(store, path) }, { known: this.known.get(witness) ?? 0, signal });
    this.known.set(witness, answer.kind === 'ahead' ? answer.size : size);
    // Another ledger may have published more meanwhile; where that is not so, the archive was set back.
    if (answer.kind === 'ahead') throw new CountersignError('WITNESS_REFUSED', `the witness \`${witness.verifier.name}\` has cosigned size ${answer.size} already, and the anchor has ${size}`);
    job.signatures.push(answer.signature);
    await published.cosign(withSignatures(decodeNote(published.note), job.signatures));
    job.answered.add(witness);
  }

  private tell(witness: WitnessAddress, fault: CountersignError | undefined): void {
    if (this.trouble.get(witness) === fault?.code) return;
    if (fault) this.trouble.set(witness, fault.code);
    else this.trouble.delete(witness);
    this.parts.onTrouble(witness, fault);
  }

  private rest(pause: number): Promise<void> {
    return new Promise((resolve) => {
      const off = this.parts.timers.after(millis(pause), resolve);
      this.life.signal.addEventListener('abort', () => {
        off();
        resolve();
      }, { once: true });
    });
  }
}
