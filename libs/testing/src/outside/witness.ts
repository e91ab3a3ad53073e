import { decodeNote, EMPTY_ROOT, encodeVerifier, isConsistent, noteSigner, parseCheckpoint, signatureOf, signersOf, type NoteVerifier, type TreeHead } from '@countersign/tlog';
import { startServer, type Reply } from './local-server.js';

/** A witness of one log on this machine (C2SP tlog-witness), which a spec can make say something else. */
export interface LocalWitness {
  readonly url: string;
  readonly verifier: NoteVerifier;
  /** As the configuration takes it: `KEY URL`. */
  readonly address: string;
  /** Every size that it was sent, and the old one before it: `3 -> 7`. */
  readonly asked: string[];
  /** Answers in its place; `undefined` for its own answer, `away` for none at all. */
  instead: (() => Reply | 'away' | undefined) | undefined;
  close(): Promise<void>;
}

/** Seconds since 1970, as its cosignatures say. */
const TIME = 1_790_000_000;

const text = (status: number, body: string, type = 'text/plain'): Reply => ({ status, body, type });

export const startWitness = async (name: string, log: NoteVerifier): Promise<LocalWitness> => {
  const signer = noteSigner(name, Buffer.alloc(32, name), 'cosignature');
  let known: TreeHead = { size: 0, root: EMPTY_ROOT };
  const answer = (body: string): Reply => {
    const [head = ''] = body.split('\n\n', 1);
    const note = decodeNote(Buffer.from(body.slice(head.length + 2)));
    const [old = '', ...proof] = head.split('\n');
    const checkpoint = parseCheckpoint(note.text);
    const from = Number(old.slice('old '.length));
    witness.asked.push(`${from} -> ${checkpoint.size}`);
    if (checkpoint.origin !== log.name) return text(404, 'unknown log');
    if (signersOf(note, [log]).length === 0) return text(403, 'invalid signature');
    if (from !== known.size) return text(409, `${known.size}\n`, 'text/x.tlog.size');
    if (!isConsistent(known, checkpoint, proof.map((hash) => Buffer.from(hash, 'base64')))) return text(422, 'bad consistency proof');
    known = checkpoint;
    const { keyId, bytes } = signatureOf(signer, note.text, TIME);
    return text(200, `— ${name} ${Buffer.concat([Buffer.from(keyId, 'hex'), bytes]).toString('base64')}\n`);
  };
  const server = await startServer(({ url, body }) => {
    const given = witness.instead?.();
    if (given === 'away') return Promise.resolve(undefined);
    return Promise.resolve(given ?? (url.pathname === '/add-checkpoint' ? answer(body) : text(404, '')));
  });
  const witness: LocalWitness = { url: server.url, verifier: signer, address: `${encodeVerifier(signer)} ${server.url}`, asked: [], instead: undefined, close: () => server.close() };
  return witness;
};
