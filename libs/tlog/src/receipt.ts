import { fromBase64, fromDecimal, toBase64 } from './base64.js';
import { openCheckpoint, type CheckpointTrust, type OpenedCheckpoint } from './checkpoint.js';
import { malformed, TlogFault } from './fault.js';
import { HASH_BYTES, leafHash } from './merkle.js';
import { isIncluded } from './proof.js';

/** A proof that stands alone (C2SP tlog-proof): the place of an entry, its path, and the checkpoint that it leads to. */
export interface Receipt {
  readonly index: number;
  readonly path: readonly Uint8Array[];
  /** The checkpoint as it is stored, with its signatures. */
  readonly checkpoint: Uint8Array;
  /** Whatever the application adds; nothing proves it. */
  readonly extra?: Uint8Array;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
/** A path in a tree of 2^53 entries is no longer. */
const MAX_PATH = 63;

export const encodeReceipt = ({ index, path, checkpoint, extra }: Receipt): string =>
  [HEADER, ...(extra ? [`extra ${toBase64(extra)}`] : []), `index ${index}`, ...path.map(toBase64), '', Buffer.from(checkpoint).toString()].join('\n');

/** Reads a receipt without trusting it. Throws `malformed`. */
export const decodeReceipt = (text: string): Receipt => {
  const end = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  if (header !== HEADER) throw malformed(`a receipt begins with \`${HEADER}\``);
  const extra = lines[0]?.startsWith('extra ') ? fromBase64((lines.shift() ?? '').slice('extra '.length), 'the extra data of a receipt') : undefined;
  const index = lines.shift();
  if (!index?.startsWith('index ')) throw malformed('a receipt names no index');
  const path = lines.map((line) => fromBase64(line, 'a hash of a receipt'));
  if (path.length > MAX_PATH || path.some(({ length }) => length !== HASH_BYTES)) throw malformed('the path of a receipt is not made of hashes');
  return { index: fromDecimal(index.slice('index '.length), 'the index of a receipt'), path, checkpoint: Buffer.from(text.slice(end + 2)), ...(extra ? { extra } : {}) };
};

/** Shows that an entry is in a log, as those say who are trusted; gives the checkpoint. Throws what `openCheckpoint` throws, and `proof.invalid`. */
export const verifyReceipt = (entry: Uint8Array, receipt: Receipt, trust: CheckpointTrust): OpenedCheckpoint => verifyLeafReceipt(leafHash(entry), receipt, trust);

/** The same of an entry of which only the leaf hash is known: that there is one, and not what it says. */
export const verifyLeafReceipt = (hash: Uint8Array, { index, path, checkpoint }: Receipt, trust: CheckpointTrust): OpenedCheckpoint => {
  const opened = openCheckpoint(checkpoint, trust);
  if (!isIncluded(hash, index, opened, path)) throw new TlogFault('proof.invalid', `the receipt does not show that the entry is number ${index} of \`${opened.origin}\``);
  return opened;
};
