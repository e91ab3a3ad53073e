import { verifyLog, type ReadableStore } from '@countersign/archive';
import { admissionOf, isOfServices, type LogRecord, type ReaderState } from '@countersign/bus/client';
import { parseCauses, type Event } from '@countersign/contracts';
import { messageOf } from '@countersign/kernel';
import { CHECKPOINT_PATH, decodeNote, parseCheckpoint } from '@countersign/tlog';
import { logRecordOf, nameOf, recordOf, type ArchivedLog } from './archived-log.js';
import { placed, type AuditFault } from './audit-fault.js';
import { holdCauses } from './hold-causes.js';
import { LogJudge, type Checked, type LogChecker } from './log-checker.js';
import type { LogEnds, LogExtent } from './log-ends.js';
import { entriesOf } from './prove.js';
import type { RecordIndex } from './record-index.js';
import { RunRoots } from './run-roots.js';

/** Takes each record that was judged, in the order of its log, and what a reader has to know behind it, or behind some that follow it, but for the last one of the log. */
export type OnChecked = (log: ArchivedLog, checked: Checked, reader: ReaderState | undefined) => void | Promise<void>;

/** What was found of a log, as far as it can be read alone. */
export interface ReadLog {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly entries: number;
  /** Checkpoints that the anchor tells of. */
  readonly anchored: number;
  /** Entries that no checkpoint of the anchor covers yet. */
  readonly unanchored: number;
  /** Records that no service acts on, by why: they are kept, as they were written. */
  readonly refused: Readonly<Record<string, number>>;
  readonly faults: readonly AuditFault[];
  readonly extent: LogExtent;
}

/** Records that the ledger raised an alarm for because events before them were missing on Kafka already: whoever writes to a topic can make such a gap. */
export class KnownGaps {
  private readonly gaps: Event<'countersign.ledger.alarm'>['data'][] = [];

  take(event: Event): void {
    if (event.type === 'countersign.ledger.alarm' && event.data.code === 'SEQUENCE_BROKEN') this.gaps.push(event.data);
  }

  has(topic: string, partition: number, offset: number): boolean {
    return this.gaps.some((gap) => gap.topic === topic && gap.partition === partition && offset >= gap.offset && offset <= gap.lastOffset);
  }
}

/** Where a checkpoint that was verified, or not, says that its log ends. */
const readCheckpointSize = (note: Buffer): number => parseCheckpoint(decodeNote(note).text).size;

/** Only upstream systems may write with transactions, whose marks take offsets; everywhere else an offset without a record had one. */
const mayHaveHoles = ({ topic }: Pick<ArchivedLog, 'topic'>): boolean => admissionOf(topic) === 'foreign';

export interface LogAuditParts {
  readonly store: ReadableStore;
  readonly namespace: string;
  readonly checker: LogChecker | undefined;
  readonly index: RecordIndex;
  readonly gaps: KnownGaps;
  readonly ends: LogEnds;
  readonly below: readonly string[];
  readonly onRead: () => void;
  readonly onChecked: OnChecked | undefined;
}

/** Verifies one log of an archive, and every event in it. */
export class LogAudit {
  readonly roots = new RunRoots();
  /** Events of services that others would act on. */
  admitted = 0;
  private readonly name: string;
  private readonly faults: AuditFault[] = [];
  private readonly refused: Record<string, number> = {};
  private readonly judge: LogJudge | undefined;
  private first: number | undefined;
  private last = -1;

  constructor(
    private readonly log: ArchivedLog,
    private readonly parts: LogAuditParts,
  ) {
    this.name = nameOf(log);
    this.judge = parts.checker && new LogJudge(parts.checker, log, (checked, entry) => this.judged(checked, entry), { isGapless: parts.ends.begunBy(log)?.missing === 0 });
  }

  async run(): Promise<ReadLog> {
    const { log } = this;
    const { topic, partition, epoch, path, verifier, heads } = log;
    const { store, below } = this.parts;
    const { size, root, faults } = await verifyLog({ store, path, verifier, known: heads, isKept: true, below, onEntry: (entry, index) => this.take(entry, index) });
    await this.judge?.end();
    const ofLog = await Promise.all(faults.map((fault) => this.named(placed(this.name, fault), size)));
    const anchored = topic === 'anchor' ? size : (heads.at(-1)?.size ?? 0);
    const extent = { log, size, root: root.toString('hex'), ...(this.first === undefined ? {} : { first: this.first, next: this.last + 1 }) };
    return { extent, topic, partition, epoch, entries: size, anchored: heads.length, unanchored: Math.max(0, size - anchored), refused: this.refused, faults: [...this.faults, ...ofLog] };
  }

  /** With the place in Kafka, for offsets go on by one where nothing says otherwise, and with the event that lies there by its own word. */
  private async named(fault: AuditFault, size: number): Promise<AuditFault> {
    if (fault.entry !== size) return fault;
    const event = await this.claimedAt(fault.entry);
    return { ...fault, offset: this.last + 1, ...(event === undefined ? {} : { event }) };
  }

  /** Of a record that is not what was signed: what it says it is, where it still says anything. */
  private async claimedAt(entry: number): Promise<string | undefined> {
    try {
      const { store } = this.parts;
      const size = readCheckpointSize((await store.get(`${this.log.path}/${CHECKPOINT_PATH}`)) ?? Buffer.alloc(0));
      for await (const found of entriesOf(store, this.log.path, size, entry)) {
        const id: unknown = JSON.parse(found.entry.toString()).e?.id;
        return typeof id === 'string' ? id : undefined;
      }
    } catch {
      // It says nothing that could be read.
    }
    return undefined;
  }

  private async take(entry: Buffer, index: number): Promise<void> {
    this.parts.onRead();
    const record = await this.read(entry, index);
    if (record) await this.judge?.take(record, index);
  }

  private async read(entry: Buffer, index: number): Promise<LogRecord | undefined> {
    try {
      const { record, previous } = await recordOf(this.parts.store, entry);
      if (previous !== this.last && !(index === 0 && previous === -1)) this.fault({ code: 'order.broken', message: `it says that offset ${previous} is before it, and ${this.last} is`, entry: index, offset: record.offset });
      if (record.offset <= this.last) this.fault({ code: 'order.broken', message: `offset ${record.offset} comes behind ${this.last}`, entry: index, offset: record.offset });
      if (this.first !== undefined && record.offset > this.last + 1 && !mayHaveHoles(this.log)) this.fault({ code: 'record.missing', message: `offsets ${this.last + 1} to ${record.offset - 1} hold no record`, entry: index, offset: this.last + 1 });
      this.first ??= record.offset;
      this.last = record.offset;
      if (this.log.topic === 'controls' && !this.parts.checker) this.parts.ends.takeUnsigned(record.value, record.offset);
      return logRecordOf(this.log, this.parts.namespace, record);
    } catch (fault) {
      this.fault({ code: 'record.unreadable', message: messageOf(fault), entry: index });
      return undefined;
    }
  }

  private async judged(checked: Checked, entry: number): Promise<void> {
    if (checked.kind === 'event') {
      this.admitted += 1;
      await this.event(checked.event, entry, checked.record);
    }
    if (checked.kind === 'bad') this.bad(checked.code, checked.message, entry, checked.record);
    const { checker, onChecked } = this.parts;
    await onChecked?.(this.log, checked, checker?.readerOf(this.log.topic, this.log.partition));
  }

  private bad(code: string, message: string, entry: number, { offset }: LogRecord): void {
    // All the others are there as somebody wrote them, and nobody acted on them. A gap means that something is not there.
    const { topic, partition } = this.log;
    // What a service has signed lies where it belongs: another number of partitions than there are would have every reader pass over it.
    if (code === 'EVENT_MISPLACED' && isOfServices(admissionOf(topic))) this.fault({ code: 'event.misplaced', message, entry, offset });
    else if (code === 'SEQUENCE_BROKEN' && !this.parts.gaps.has(topic, partition, offset)) this.fault({ code: 'sequence.broken', message, entry, offset });
    else this.refused[code] = (this.refused[code] ?? 0) + 1;
  }

  private async event(event: Event, entry: number, { offset }: LogRecord): Promise<void> {
    this.parts.gaps.take(event);
    if (this.log.topic === 'controls') this.parts.ends.take(event, offset);
    const at = { entry, offset, event: event.id };
    const { faults } = await holdCauses(this.parts.index, this.log.partition, parseCauses(event.causes) ?? []);
    for (const message of faults) this.fault({ code: 'cause.wrong', message, ...at });
    const incomplete = this.log.topic === 'proposals' ? this.roots.take(event) : undefined;
    if (incomplete !== undefined) this.fault({ code: 'run.incomplete', message: incomplete, ...at });
  }

  private fault(fault: Omit<AuditFault, 'log'>): void {
    this.faults.push({ log: this.name, ...fault });
  }
}
