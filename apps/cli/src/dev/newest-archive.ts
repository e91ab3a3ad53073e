import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { askWitness, logPath, parseWitnesses, readCheckpoint, readPart, type ReadableStore, type WitnessAddress, type WitnessAnswer } from '@countersign/archive';
import { placeOfAnchor } from '@countersign/audit';
import { CountersignError } from '@countersign/kernel';
import type { NoteVerifier } from '@countersign/tlog';
import type { LocalWitness } from './local-witness.js';

/** A witness of this machine starts in less. */
const START_LOOKS = 100;
const START_PAUSE_MS = 100;

/** Tries again while it starts. */
const untilItAnswers = async (ask: () => Promise<WitnessAnswer>): Promise<WitnessAnswer> => {
  for (let look = 1; ; look += 1) {
    try {
      return await ask();
    } catch (fault) {
      if (!(fault instanceof CountersignError) || fault.retry !== 'later' || look === START_LOOKS) throw fault;
      await sleep(START_PAUSE_MS);
    }
  }
};

/**
 * Has a witness say that an archive goes on from all that it has cosigned of it; a signature that lies in the archive says no more than that
 * it was so once. Throws `ARCHIVE_INVALID` where it was set back, and `ARCHIVE_FORKED` where it is another history.
 */
export const requireNewest = async (store: ReadableStore, anchor: NoteVerifier, witness: WitnessAddress): Promise<void> => {
  const path = logPath(placeOfAnchor(anchor).namespace, 'anchor', 0);
  const signed = await readCheckpoint(store, path, anchor);
  if (!signed) throw new CountersignError('ARCHIVE_INVALID', `there is no checkpoint of \`${anchor.name}\` that a witness could know`);
  const { size } = signed.checkpoint;
  const answer = await untilItAnswers(() => askWitness(witness, signed, { size, read: readPart(store, path) }));
  if (answer.kind === 'cosigned') return;
  throw new CountersignError('ARCHIVE_INVALID', `nothing is restored: the witness \`${witness.verifier.name}\` has cosigned size ${answer.size} of \`${anchor.name}\`, and the archive has ${size}`, { hint: 'it was set back: put back what is missing; without `--witness` it is taken as it is' });
};

/** The same of the witness of this machine, which runs for as long as that takes: the stack starts it later. */
export const requireNewestOf = async (store: ReadableStore, anchor: NoteVerifier, { spec, address }: LocalWitness): Promise<void> => {
  const [witness] = parseWitnesses(address);
  if (!witness) return;
  const child = spawn(spec.entry, spec.args ?? [], { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done).once('error', done));
  try {
    await requireNewest(store, anchor, witness);
  } finally {
    child.kill();
    await ended;
  }
};
