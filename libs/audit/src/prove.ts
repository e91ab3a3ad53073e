import { decodeLeaf, offsetOf, readPart, type ArchivedRecord, type ReadableStore } from '@countersign/archive';
import { codeOf, CountersignError, messageOf } from '@countersign/kernel';
import { CHECKPOINT_PATH, decodeBundle, decodeReceipt, encodeReceipt, openCheckpoint, partsOf, proveInclusion, TILE_WIDTH, TlogFault, verifyLeafReceipt, verifyReceipt, widthOf, type OpenedCheckpoint, type TiledTree, type TreeHead } from '@countersign/tlog';
import { blobOf, nameOf, recordIn, type ArchivedLog } from './archived-log.js';
import { logNameIn, placeOfAnchor, toldBy, type Anchor, type Trust } from './read-anchor.js';

/** An entry of a log and what shows that it is in it (C2SP tlog-proof). */
export interface ProvenEntry {
  readonly entry: Buffer;
  readonly receipt: string;
}

/** What takes a record up to the anchor: the record in its log, and the log's checkpoint in the anchor. */
export interface RecordProof {
  readonly record: ProvenEntry;
  readonly anchor: ProvenEntry;
  /** What the record's entry names, where the record is too large for it. */
  readonly blob?: Buffer | undefined;
}

const treeOf = (store: ReadableStore, path: string, size: number): TiledTree => ({ size, read: readPart(store, path) });

/** The entries of a log up to a size, in order, from its store. */
export async function* entriesOf(store: ReadableStore, path: string, size: number, from = 0): AsyncGenerator<{ readonly index: number; readonly entry: Buffer }> {
  const read = readPart(store, path);
  for (const part of partsOf(size, 'entries', Math.floor(from / TILE_WIDTH))) {
    for (const [at, entry] of decodeBundle(await read(part), part.width).entries()) {
      const index = part.index * TILE_WIDTH + at;
      if (index >= from) yield { index, entry };
    }
  }
}

/** Offset behind the last record of a log of that size; 0 where it has none. Nothing of it is checked. */
export const nextOffsetOf = async (store: ReadableStore, path: string, size: number): Promise<number> => {
  for await (const { entry } of entriesOf(store, path, size, Math.max(0, size - 1))) return offsetOf(decodeLeaf(entry)) + 1;
  return 0;
};

const proven = async (store: ReadableStore, path: string, head: TreeHead & { readonly note: Uint8Array }, index: number): Promise<ProvenEntry> => {
  const tree = treeOf(store, path, head.size);
  const bundle = Math.floor(index / TILE_WIDTH);
  const width = widthOf(head.size, { level: 'entries', index: bundle });
  const entry = decodeBundle(await tree.read({ level: 'entries', index: bundle, width }), width)[index - bundle * TILE_WIDTH];
  if (!entry) throw new CountersignError('NOT_FOUND', `there is no entry ${index} in \`${path}\``);
  return { entry, receipt: encodeReceipt({ index, path: await proveInclusion(tree, index), checkpoint: head.note }) };
};

/** Reads what has to be as it was signed. Throws `ARCHIVE_INVALID`, and says where to look, for what is not. */
export const readSigned = async <Found>(place: string, read: () => Promise<Found>): Promise<Found> => {
  try {
    return await read();
  } catch (cause) {
    throw notAsSigned(place, cause);
  }
};

const notAsSigned = (place: string, cause: unknown): unknown => {
  if (!(cause instanceof TlogFault) && codeOf(cause) !== 'ARCHIVE_INVALID' && codeOf(cause) !== 'BLOB_MISSING') return cause;
  return new CountersignError('ARCHIVE_INVALID', `${place} is not as it was signed: ${messageOf(cause)}`, { hint: '`countersign ledger verify` names what of the archive was changed', cause });
};

/** Proves entries of logs, each up to the anchor as it is signed now. */
export class Prover {
  private readonly heads = new Map<string, ProvenEntry>();

  private constructor(
    private readonly store: ReadableStore,
    private readonly logs: ReadonlyMap<string, ArchivedLog>,
    private readonly anchor: { readonly path: string; readonly head: TreeHead & { readonly note: Buffer } },
    private readonly trust: Trust,
  ) {}

  static async open(store: ReadableStore, anchor: Anchor, trust: Trust): Promise<Prover> {
    const { anchor: key } = trust;
    const itself = anchor.logs.find(({ topic }) => topic === 'anchor');
    const note = itself && (anchor.cosigned ?? (await store.get(`${itself.path}/${CHECKPOINT_PATH}`)));
    if (!itself || !note) throw new CountersignError('NOT_FOUND', 'nothing is anchored yet', { hint: 'the first checkpoint comes within some seconds of the first event' });
    const head = openCheckpoint(note, { origin: key.name, logKeys: [key] });
    return new Prover(store, new Map(anchor.logs.map((log) => [nameOf(log), log])), { path: itself.path, head: { size: head.size, root: head.root, note } }, trust);
  }

  /** How far a log, by its name, is anchored. */
  sizeOf(log: string): number {
    return this.logs.get(log)?.newest?.size ?? 0;
  }

  /** What comes back shows what it says, to whoever trusts alike. Throws `NOT_FOUND` for an entry that no checkpoint of the anchor covers yet, and `ARCHIVE_INVALID` for one that is not as it was signed. */
  async prove(log: string, index: number): Promise<RecordProof & { readonly shown: ShownRecord }> {
    const found = this.logs.get(log);
    if (!found?.newest || index >= found.newest.size) throw new CountersignError('NOT_FOUND', `entry ${index} of \`${log}\` is not anchored yet`, { retry: 'later', hint: 'try again in a minute' });
    const { path, newest } = found;
    return readSigned(`entry ${index} of \`${log}\``, async () => {
      const record = await proven(this.store, path, newest, index);
      const proof = { record, anchor: await this.proveHead(log), blob: await blobOf(this.store, record.entry) };
      return { ...proof, shown: verifyProof(proof, this.trust) };
    });
  }

  /** That the anchor tells of the newest checkpoint of a log: the same for each of its records. */
  async proveHead(log: string): Promise<ProvenEntry> {
    const head = this.logs.get(log)?.newest;
    if (!head) throw new CountersignError('NOT_FOUND', `nothing of \`${log}\` is anchored yet`, { retry: 'later' });
    const known = this.heads.get(log) ?? (await proven(this.store, this.anchor.path, this.anchor.head, head.anchorIndex));
    this.heads.set(log, known);
    return known;
  }
}

/** What a proof shows, to whoever has nothing but the key of the anchor. */
export interface ShownRecord {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly index: number;
  readonly offset: number;
  readonly record: ArchivedRecord;
  readonly log: OpenedCheckpoint;
  readonly anchor: OpenedCheckpoint;
}

/** From a receipt's checkpoint up to the anchor and its witnesses. Throws `TlogFault`, and `ARCHIVE_INVALID` for an anchor entry of another checkpoint. */
const verifyAnchored = (text: string, anchor: ProvenEntry, trust: Trust) => {
  const top = verifyReceipt(anchor.entry, decodeReceipt(anchor.receipt), { origin: trust.anchor.name, logKeys: [trust.anchor], ...(trust.witnesses ? { witnesses: trust.witnesses } : {}), ...(trust.quorum === undefined ? {} : { quorum: trust.quorum }) });
  const leaf = decodeLeaf(anchor.entry);
  const told = 'record' in leaf ? toldBy(leaf.record.value) : undefined;
  const receipt = decodeReceipt(text);
  // The anchor has whatever was written to its topic, also what is told of other archives.
  if (told && told.verifier.name !== logNameIn(placeOfAnchor(trust.anchor), told)) throw new CountersignError('ARCHIVE_INVALID', `\`${told.verifier.name}\` is no log of this archive`);
  if (!told?.note.equals(receipt.checkpoint)) throw new CountersignError('ARCHIVE_INVALID', 'the anchor tells of another checkpoint than the receipt has');
  return { receipt, trust: { origin: told.verifier.name, logKeys: [told.verifier] }, top, topic: told.topic, partition: told.partition, epoch: told.epoch };
};

/** Checks a proof from the record up to the anchor and its witnesses. Throws `TlogFault`, `BLOB_MISSING`, and `ARCHIVE_INVALID` for an anchor entry of another checkpoint. */
export const verifyProof = ({ record: { entry, receipt: text }, anchor, blob }: RecordProof, trust: Trust): ShownRecord => {
  const { receipt, trust: ofLog, top, topic, partition, epoch } = verifyAnchored(text, anchor, trust);
  const log = verifyReceipt(entry, receipt, ofLog);
  const { record } = recordIn(entry, blob);
  return { topic, partition, epoch, index: receipt.index, offset: record.offset, record, log, anchor: top };
};

/** The same of a record of which only the leaf hash is there. */
export const verifyLeafProof = (leaf: Uint8Array, receipt: string, anchor: ProvenEntry, trust: Trust): Pick<ShownRecord, 'topic' | 'partition' | 'epoch' | 'index'> => {
  const { receipt: decoded, trust: ofLog, topic, partition, epoch } = verifyAnchored(receipt, anchor, trust);
  verifyLeafReceipt(leaf, decoded, ofLog);
  return { topic, partition, epoch, index: decoded.index };
};
