import { ArchiveWriter, encodeLeaf, initArchive, LogWriter, logSigner, type ArchiveKey, type ObjectStore, type SignedCheckpoint } from '@countersign/archive';
import { canonicalJson, systemClock } from '@countersign/kernel';
import { decodeNote, encodeVerifier, signCheckpoint, withSignatures, type NoteVerifier, type Signature } from '@countersign/tlog';

export const NAMESPACE = 'countersign';
export const ANCHOR_PATH = `${NAMESPACE}/anchor/0`;
/** Two archives that are written with it are signed by the same hand. */
export const KEY: ArchiveKey = { origin: 'ledger.example', secret: Buffer.alloc(32, 5) };
export const ANCHOR: NoteVerifier = logSigner(KEY, ANCHOR_PATH);

/** An archive of one log and its anchor, as a ledger writes it: the records are `word 0`, `word 1` and so on. */
export class AnchoredArchive {
  private constructor(
    readonly store: ObjectStore,
    private readonly word: string,
    private readonly archive: ArchiveWriter,
    private readonly tasks: LogWriter,
    private readonly anchor: LogWriter,
  ) {}

  static async open(store: ObjectStore, word = 'record'): Promise<AnchoredArchive> {
    await initArchive(store, { key: KEY, namespace: NAMESPACE, partitions: 1, lock: null });
    const archive = await ArchiveWriter.open(store, NAMESPACE, KEY, systemClock);
    return new AnchoredArchive(store, word, archive, await LogWriter.open(archive.log('tasks', 0)), await LogWriter.open(archive.log('anchor', 0)));
  }

  /** Writes records up to a number of them, and the anchor's word of it; gives the newest checkpoint of the anchor. */
  async writeTo(records: number): Promise<SignedCheckpoint> {
    while (this.tasks.size < records) this.append(this.tasks, { text: `${this.word} ${this.tasks.size}` });
    const told = await this.tasks.publish();
    if (!told) throw new Error('there is nothing new');
    return this.anchorNote(this.archive.log('tasks', 0).signer, told.note);
  }

  /** Anchors a checkpoint of the log that some secret has signed, of a root that it has not. */
  tell(size: number, key: ArchiveKey, root: Buffer = Buffer.alloc(32, size)): Promise<SignedCheckpoint> {
    const signer = logSigner(key, `${NAMESPACE}/tasks/0`);
    return this.anchorNote(signer, signCheckpoint({ origin: signer.name, size, root }, signer));
  }

  /** Puts a checkpoint of the anchor in its place with the cosignatures of witnesses. */
  cosign({ checkpoint, note }: SignedCheckpoint, signatures: readonly Signature[]): Promise<void> {
    return this.anchor.cosign(checkpoint, withSignatures(decodeNote(note), signatures));
  }

  private async anchorNote(log: NoteVerifier, note: Buffer): Promise<SignedCheckpoint> {
    this.append(this.anchor, { type: 'countersign.checkpoint.published', data: { topic: 'tasks', partition: 0, verifier: encodeVerifier(log), checkpoint: note.toString() } });
    const signed = await this.anchor.publish();
    if (!signed) throw new Error('there is nothing new');
    return signed;
  }

  private append(log: LogWriter, value: Parameters<typeof canonicalJson>[0]): void {
    const offset = log.size;
    log.append(encodeLeaf({ offset, timestamp: 1_790_000_000_000 + offset, key: null, value: Buffer.from(canonicalJson(value)), headers: {} }, offset - 1).entry);
  }
}
