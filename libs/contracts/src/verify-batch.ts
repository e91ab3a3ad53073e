import { treeWithPaths } from '@countersign/tlog';
import { CountersignError } from '@countersign/kernel';
import { coversRoot, verifySignature, writerOf, type SignedRecord, type Verified } from './batch-signature.js';
import { recordLeaf } from './batch-tree.js';
import { HEADERS } from './envelope.js';
import { formatPath, parseEpoch, parseSignature, type SignatureHeader } from './signature-header.js';
import type { KeyRing } from './signer.js';

type Verdict = Verified | CountersignError;

/** `undefined` for our own faults only; anything else is a bug and goes on up. */
const attempt = <Result>(act: () => Result): Result | CountersignError => {
  try {
    return act();
  } catch (fault) {
    if (fault instanceof CountersignError) return fault;
    throw fault;
  }
};

const sameBatch = (one: SignatureHeader, next: SignatureHeader): boolean =>
  one.signature === next.signature && one.key === next.key && one.firstSeq === next.firstSeq && one.size === next.size && next.index === one.index + 1;

type Signed = SignedRecord & { readonly value: Uint8Array };
interface Whole {
  readonly records: readonly Signed[];
  readonly headers: readonly SignatureHeader[];
}

const sameText = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;

/** The whole batch that begins at `at`; `undefined` where it is not here in one piece. */
const wholeBatch = (records: readonly SignedRecord[], headers: readonly (SignatureHeader | CountersignError)[], at: number): Whole | undefined => {
  const first = headers[at];
  const start = records[at];
  if (!start || !first || first instanceof CountersignError || first.index !== 0 || first.size === 1) return undefined;
  const batch: Signed[] = [];
  const batchHeaders: SignatureHeader[] = [];
  for (let next = at; next < at + first.size; next += 1) {
    const record = records[next];
    const header = headers[next];
    if (!record || !header || header instanceof CountersignError || record.value === null) return undefined;
    const last = batchHeaders.at(-1);
    if (last && !sameBatch(last, header)) return undefined;
    if (record.topic !== start.topic || record.partition !== start.partition || record.timestamp !== start.timestamp) return undefined;
    if (!sameText(record.headers[HEADERS.epoch], start.headers[HEADERS.epoch])) return undefined;
    batch.push(record as Signed);
    batchHeaders.push(header);
  }
  return { records: batch, headers: batchHeaders };
};

/** Verdicts of a whole batch; `undefined` where its root is not signed, so that each record has to be looked at by itself. */
const verifyWhole = ({ records, headers }: Whole, keys: KeyRing): readonly Verdict[] | undefined => {
  const [record] = records;
  const [header] = headers;
  if (!record || !header) return undefined;
  const epoch = attempt(() => parseEpoch(record.headers[HEADERS.epoch]));
  if (epoch instanceof CountersignError) return undefined;
  const writer = attempt(() => writerOf(record, header, epoch, keys));
  if (writer instanceof CountersignError) return undefined;
  const { root, paths } = treeWithPaths(records.map(({ key, value }) => recordLeaf(key, value)));
  // A path is not needed here; a wrong one is refused all the same, so that a verdict never depends on how records arrive.
  if (!headers.every(({ path }, index) => path === formatPath(paths[index] ?? []))) return undefined;
  if (!coversRoot(record, header, epoch, root, writer.publicKey)) return undefined;
  return headers.map(({ firstSeq, index }) => ({ service: writer.service, key: header.key, epoch, seq: firstSeq + index }));
};

/**
 * What `verifySignature` says of each of the records, in their order; a refusal is returned, not thrown. Where all records
 * of a batch are there, in one piece, the tree is built once: 2 hashes a record instead of log n.
 */
export const verifyBatch = (records: readonly SignedRecord[], keys: KeyRing): readonly Verdict[] => {
  const headers = records.map((record) => attempt(() => parseSignature(record.headers[HEADERS.signature])));
  const verdicts: Verdict[] = [];
  for (let record = records[0]; record !== undefined; record = records[verdicts.length]) {
    const one = record;
    const whole = wholeBatch(records, headers, verdicts.length);
    verdicts.push(...((whole && verifyWhole(whole, keys)) ?? [attempt(() => verifySignature(one, keys))]));
  }
  return verdicts;
};
