import { bytesUpTo, CountersignError, messageOf, seconds, type Millis } from '@countersign/kernel';
import { decodeNote, decodeSignatures, decodeVerifier, proveConsistency, signersOf, TlogFault, type NoteVerifier, type Signature, type TiledTree } from '@countersign/tlog';
import type { SignedCheckpoint } from './stored-checkpoint.js';

/** Somebody else's server that cosigns checkpoints of one history of a log, and no other one (C2SP tlog-witness). */
export interface WitnessAddress {
  /** Without a last `/`; requests go to `<url>/add-checkpoint`. */
  readonly url: string;
  /** Of type `cosignature`. */
  readonly verifier: NoteVerifier;
}

/** What a witness says of a checkpoint: its cosignature, or that it has cosigned a newer one already. */
export type WitnessAnswer = { readonly kind: 'cosigned'; readonly signature: Signature } | { readonly kind: 'ahead'; readonly size: number };

/** A witness answers from memory; one that is further away than this is asked again. */
export const WITNESS_DEADLINE: Millis = seconds(5);
/** Many times what cosignatures take. */
const MOST_ANSWER_BYTES = 16_384;
const SIZE_TYPE = 'text/x.tlog.size';

/** `KEY URL`, several of them separated by commas. Throws `CONFIG_INVALID`. */
export const parseWitnesses = (text: string): readonly WitnessAddress[] => {
  const witnesses = text.split(',').map((each) => parseWitness(each.trim()));
  if (new Set(witnesses.map(({ verifier }) => verifier.keyId)).size < witnesses.length) throw new CountersignError('CONFIG_INVALID', 'a witness is named twice');
  return witnesses;
};

const parseWitness = (text: string): WitnessAddress => {
  const invalid = (why: string, cause?: unknown): CountersignError => new CountersignError('CONFIG_INVALID', `\`${text}\` is no witness: ${why}`, { hint: 'write `name+id+key https://host/path`, as whoever runs the witness has published it', cause });
  const [key = '', url = '', ...more] = text.split(/\s+/);
  if (!URL.canParse(url) || !/^https?:/.test(url) || more.length > 0) throw invalid('it is no verifier key and URL');
  try {
    const verifier = decodeVerifier(key);
    if (verifier.type === 'cosignature') return { url: url.replace(/\/+$/, ''), verifier };
  } catch (cause) {
    throw invalid(messageOf(cause), cause);
  }
  throw invalid('its key is none that cosigns');
};

const unreachable = ({ verifier: { name } }: WitnessAddress, why: string, cause?: unknown): CountersignError => new CountersignError('WITNESS_UNREACHABLE', `the witness \`${name}\` ${why}`, { retry: 'later', cause });

const refused = ({ verifier: { name } }: WitnessAddress, why: string, hint?: string): CountersignError => new CountersignError('WITNESS_REFUSED', `the witness \`${name}\` ${why}`, hint === undefined ? {} : { hint });

const forked = ({ verifier: { name } }: WitnessAddress, { checkpoint: { origin, size } }: SignedCheckpoint): CountersignError =>
  new CountersignError('ARCHIVE_FORKED', `the witness \`${name}\` has cosigned another history of \`${origin}\` than the one of size ${size}`, { hint: 'keep the archive as it is, and compare it with a copy: it was set back or written anew' });

/** What is wrong where a witness says no for good. */
const REFUSALS: Readonly<Record<number, readonly [string, string]>> = {
  403: ['knows the log by another key', 'whoever runs the witness has to enter the key of the anchor'],
  404: ['does not know the log', 'whoever runs the witness has to enter the origin and the key of the anchor'],
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const post = async (witness: WitnessAddress, body: string, signal: AbortSignal): Promise<Answer> => {
  try {
    const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body, redirect: 'error', signal });
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await textOf(answer) };
  } catch (cause) {
    throw unreachable(witness, `does not answer: ${messageOf(cause)}`, cause);
  }
};

const textOf = async ({ body }: Response): Promise<string> => {
  const bytes = await bytesUpTo(MOST_ANSWER_BYTES, body);
  if (!bytes) throw new Error(`its answer is longer than ${MOST_ANSWER_BYTES} bytes`);
  return bytes.toString();
};

/** Its own cosignature among whatever lines it sends; those of keys that nobody asked for are passed over. */
const cosignatureOf = (witness: WitnessAddress, { note }: SignedCheckpoint, lines: string): Signature => {
  const { name, keyId } = witness.verifier;
  try {
    const signatures = decodeSignatures(lines);
    const own = signatures.find((each) => each.name === name && each.keyId === keyId);
    if (own && signersOf({ ...decodeNote(note), signatures }, [witness.verifier]).length > 0) return own;
  } catch (fault) {
    if (!(fault instanceof TlogFault)) throw fault;
    throw refused(witness, `answers with no cosignature: ${fault.message}`);
  }
  throw refused(witness, 'answers with the cosignature of another key');
};

/**
 * Has a witness cosign a checkpoint. `known`: the size that it has cosigned before, as far as that is known; the witness says it
 * otherwise. Throws `WITNESS_UNREACHABLE` (retry `later`), `WITNESS_REFUSED`, and `ARCHIVE_FORKED` where what it has cosigned before
 * is not the beginning of this log.
 */
export const askWitness = async (witness: WitnessAddress, signed: SignedCheckpoint, tree: TiledTree, { known = 0, signal = AbortSignal.timeout(WITNESS_DEADLINE) }: { readonly known?: number; readonly signal?: AbortSignal } = {}): Promise<WitnessAnswer> => {
  const { size } = signed.checkpoint;
  const ask = async (from: number): Promise<Answer> => {
    const proof = await proveConsistency(tree, from);
    return post(witness, [`old ${from}`, ...proof.map((hash) => hash.toString('base64')), '', signed.note.toString()].join('\n'), signal);
  };
  let from = known > size ? 0 : known;
  let answer = await ask(from);
  if (answer.status === 409) {
    const itsSize = sizeOf(witness, answer);
    if (itsSize > size) return { kind: 'ahead', size: itsSize };
    // Both are of one size, and their roots differ.
    if (itsSize === from) throw forked(witness, signed);
    from = itsSize;
    answer = await ask(from);
  }
  const { status, text } = answer;
  if (status === 200) return { kind: 'cosigned', signature: cosignatureOf(witness, signed, text) };
  if (status === 422) throw forked(witness, signed);
  if (status === 409 || status === 429 || status >= 500) throw unreachable(witness, `answers ${status}`);
  const [why, hint] = REFUSALS[status] ?? [`answers ${status}`];
  throw refused(witness, why, hint);
};

const sizeOf = (witness: WitnessAddress, { type, text }: Answer): number => {
  const size = Number(text.trim());
  if (!type.startsWith(SIZE_TYPE) || !/^\d+\n?$/.test(text) || !Number.isSafeInteger(size)) throw refused(witness, 'answers 409 and no size');
  return size;
};
