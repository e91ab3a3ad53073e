import { fromBase64, fromDecimal, toBase64 } from './base64.js';
import { malformed, TlogFault } from './fault.js';
import { HASH_BYTES } from './merkle.js';
import { decodeNote, encodeNote, signersOf, signNote, type Note, type NoteSigner, type NoteVerifier } from './note.js';

/** What a log says of itself (C2SP tlog-checkpoint): with the first `size` entries its root is `root`. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export const checkpointText = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${toBase64(root)}\n`;

/** The text of a note as a checkpoint. Extension lines are refused: our logs write none, and nobody would agree on them. Throws `malformed`. */
export const parseCheckpoint = (text: string): Checkpoint => {
  const [origin = '', size = '', root = '', last, ...more] = text.split('\n');
  if (origin === '' || last !== '' || more.length > 0) throw malformed('a checkpoint has three lines: origin, size, root');
  const hash = fromBase64(root, 'the root of a checkpoint');
  if (hash.length !== HASH_BYTES) throw malformed('the root of a checkpoint is not a hash');
  return { origin, size: fromDecimal(size, 'the size of a checkpoint'), root: hash };
};

export const signCheckpoint = (checkpoint: Checkpoint, signer: NoteSigner): Buffer => Buffer.from(signNote(checkpointText(checkpoint), signer));

export interface OpenedCheckpoint extends Checkpoint {
  readonly note: Note;
  /** Which of the witnesses that were asked for have cosigned it. */
  readonly witnesses: readonly NoteVerifier[];
}

/** Whose word counts for a log. */
export interface CheckpointTrust {
  readonly origin: string;
  /** Keys of the log; one of them has to have signed. */
  readonly logKeys: readonly NoteVerifier[];
  readonly witnesses?: readonly NoteVerifier[];
  /** How many of the witnesses have to have cosigned; 0 unless told. */
  readonly quorum?: number;
}

/** Reads and verifies a checkpoint. Throws `malformed`, `signature.invalid`, `signature.missing` or `origin.wrong`. */
export const openCheckpoint = (bytes: Uint8Array, { origin, logKeys, witnesses = [], quorum = 0 }: CheckpointTrust): OpenedCheckpoint => {
  const note = decodeNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== origin) throw new TlogFault('origin.wrong', `a checkpoint of \`${checkpoint.origin}\` instead of \`${origin}\``);
  if (signersOf(note, logKeys).length === 0) throw new TlogFault('signature.missing', `no key of \`${origin}\` has signed its checkpoint`);
  const cosigned = signersOf(note, witnesses);
  if (cosigned.length < quorum) throw new TlogFault('signature.missing', `${cosigned.length} of ${quorum} witnesses have cosigned the checkpoint of \`${origin}\``);
  return { ...checkpoint, note, witnesses: cosigned };
};

/** A checkpoint with further signatures, as witnesses give them. */
export const withSignatures = (note: Note, more: Note['signatures']): Buffer => Buffer.from(encodeNote({ ...note, signatures: [...note.signatures, ...more] }));
