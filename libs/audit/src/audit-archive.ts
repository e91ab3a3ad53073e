import { logPath, verifyLog, type LogFault, type ReadableStore } from '@countersign/archive';
import { admissionOf, type LogRecord, type ReaderState } from '@countersign/bus/client';
import { parseCauses, topicOf, type Event } from '@countersign/contracts';
import { initialControls } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { messageOf } from '@countersign/kernel';
import { CHECKPOINT_PATH, decodeNote, parseCheckpoint } from '@countersign/tlog';
import { logRecordOf, nameOf, recordOf, type ArchivedLog } from './archived-log.js';
import { holdCauses } from './hold-causes.js';
import { LogChecker, LogJudge, type Checked } from './log-checker.js';
import { LogEnds, type Begun, type LogExtent } from './log-ends.js';
import { entriesOf } from './prove.js';
import { readAnchor, type Anchor, type Trust } from './read-anchor.js';
import { RecordIndex } from './record-index.js';
import { RunRoots } from './run-roots.js';

export interface AuditOptions {
  readonly store: ReadableStore;
  readonly trust: Trust;
  /** Whose controls count. Without it the archive is borne out, and not who wrote the events in it. */
  readonly root?: Root;
  /** Of each topic of the log. */
  readonly partitions: number;
  /** Only these topics; all unless given. */
  readonly topics?: ReadonlySet<string>;
  readonly onProgress?: (events: number) => void;
  /**
   * Each record that was judged, in the order of its log, and what a reader has to know behind it, or behind some that follow it, but for the last
   * one of the log; never without a root. Whether the archive is what was signed is known when all of it is read.
   */
  readonly onChecked?: (log: ArchivedLog, checked: Checked, reader: ReaderState | undefined) => void | Promise<void>;
}

export interface AuditFault {
  /** Name of the log. */
  readonly log: string;
  readonly code: LogFault['code'] | 'order.broken' | 'epoch.broken' | 'record.missing' | 'record.unreadable' | 'sequence.broken' | 'signature.unknown' | 'event.misplaced' | 'cause.wrong' | 'run.incomplete';
  readonly message: string;
  /** Number of the entry. */
  readonly entry?: number;
  /** Up to and without this entry, where only a range is known. */
  readonly before?: number;
  /** Where it was in Kafka. */
  readonly offset?: number;
  readonly event?: string;
}

export interface AuditedLog {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  /** Of a log that is not the first of its topic partition: by whose order it was begun, and what is archived nowhere. */
  readonly begun?: Begun;
  readonly entries: number;
  /** Checkpoints that the anchor tells of. */
  readonly anchored: number;
  /** Entries that no checkpoint of the anchor covers yet. */
  readonly unanchored: number;
  /** Records that no service acts on, by why: they are kept, as they were written. */
  readonly refused: Readonly<Record<string, number>>;
  readonly faults: readonly AuditFault[];
}

export interface Audit {
  readonly anchor: Pick<Anchor, 'namespace' | 'origin' | 'size' | 'witnesses'>;
  readonly logs: readonly AuditedLog[];
  /** Runs whose end names exactly the events that are there. */
  readonly runs: number;
  readonly events: number;
  readonly faults: readonly AuditFault[];
}

/** Controls first: they say whose signatures count. Then what the ledger had to say of records when it read them. */
const inOrder = (logs: readonly ArchivedLog[]): readonly ArchivedLog[] => {
  const placeOfTopic = ({ topic }: ArchivedLog): number => (topic === 'controls' ? 0 : topic === 'ledger' ? 1 : 2);
  return logs.toSorted((one, other) => placeOfTopic(one) - placeOfTopic(other));
};

/** Records that the ledger raised an alarm for because events before them were missing on Kafka already: whoever writes to a topic can make such a gap. */
class KnownGaps {
  private readonly gaps: Event<'countersign.ledger.alarm'>['data'][] = [];

  take(event: Event): void {
    if (event.type === 'countersign.ledger.alarm' && event.data.code === 'SEQUENCE_BROKEN') this.gaps.push(event.data);
  }

  has(topic: string, partition: number, offset: number): boolean {
    return this.gaps.some((gap) => gap.topic === topic && gap.partition === partition && offset >= gap.offset && offset <= gap.lastOffset);
  }
}

/** Verifies a whole archive: every log against the anchor, and every event in it. Streams: memory does not grow with the archive. */
export const auditArchive = async ({ store, trust, root, partitions, topics, onProgress = () => undefined, onChecked }: AuditOptions): Promise<Audit> => {
  const anchor = await readAnchor(store, trust);
  const { namespace } = anchor;
  const index = new RecordIndex(store, anchor.logs);
  const checker = root && new LogChecker({ namespace, partitions }, root, initialControls());
  const [gaps, ends] = [new KnownGaps(), new LogEnds()];
  const audited: (AuditedLog & { readonly extent: LogExtent })[] = [];
  let [events, runs, admitted] = [0, 0, 0];
  for (const log of inOrder(anchor.logs)) {
    if (topics && !topics.has(log.topic) && log.topic !== 'controls') continue;
    const reading = new LogAudit(log, { store, namespace, checker, index, gaps, ends, below: laterPaths(anchor, log, ends), onRead: () => onProgress((events += 1)), onChecked });
    audited.push(await reading.run());
    runs += reading.roots.verified;
    admitted += log.topic === 'controls' ? 0 : reading.admitted;
  }
  const unsigned = audited.filter(({ topic }) => topic !== 'controls').reduce((sum, { refused }) => sum + Object.values(refused).reduce((all, count) => all + count, 0), 0);
  const ofAnchor: readonly AuditFault[] = [...nothingSigned(anchor, trust), ...anchor.faults.map((fault) => placed('anchor/0', fault))];
  // Whether logs ended as was ordered is known when all controls were read, those behind the end of their own log too.
  const logs = audited.map(({ extent, ...log }): AuditedLog => {
    const begun = ends.begunBy(log);
    const ofEnds = ends.faultsOf(extent).map((message): AuditFault => ({ log: nameOf(log), code: 'epoch.broken', message }));
    // Whatever else was found of the anchor was found when it was read first.
    const faults = log.topic === 'anchor' ? [...ofAnchor, ...log.faults.filter(({ code }) => code === 'order.broken')] : [...log.faults, ...ofEnds];
    return { ...log, ...(begun ? { begun } : {}), faults };
  });
  return { anchor: { namespace, origin: anchor.origin, size: anchor.size, witnesses: anchor.witnesses }, logs, runs, events, faults: beforeWhatFollows(rootsFirst(logs.flatMap(({ faults }) => faults)), nobodyKnown(admitted, unsigned)) };
};

/** An archive of which everything was taken says nothing wrong. */
const nothingSigned = ({ size, faults }: Pick<Anchor, 'size' | 'faults'>, { anchor: { name } }: Trust): readonly AuditFault[] =>
  size === 0 && faults.length === 0 ? [{ log: 'anchor/0', code: 'checkpoint.invalid', message: `there is no checkpoint of \`${name}\`: nothing that is here was signed with that key` }] : [];

/** Some records of others may lie between those of services, and nobody acts on them; where there is nothing else, whose signatures count is not known, or nobody wrote what is there. */
const nobodyKnown = (admitted: number, refused: number): readonly AuditFault[] =>
  admitted === 0 && refused > 0 ? [{ log: 'controls/0', code: 'signature.unknown', message: `not one of ${refused} events is signed with a key that the controls announce: the root file is that of another installation, or controls are missing` }] : [];

/** Logs of further epochs lie below the first one; where the newest was ended the next one may have been begun, and not be anchored yet. */
const laterPaths = ({ namespace, logs, faults }: Pick<Anchor, 'namespace' | 'logs' | 'faults'>, { topic, partition, epoch }: ArchivedLog, ends: LogEnds): readonly string[] => {
  if (epoch > 0) return [];
  const epochs = logs.filter((other) => other.topic === topic && other.partition === partition).map((other) => other.epoch);
  const newest = Math.max(...epochs);
  // The order that ended the controls may be in their next log alone, and an anchor that was read in part may tell of no controls.
  const goesOn = topic === 'controls' || faults.length > 0 || ends.endOf({ topic, partition, epoch: newest }) !== undefined;
  return [...epochs, ...(goesOn ? [newest + 1] : [])].filter((each) => each > 0).map((each) => logPath(namespace, topic, partition, each));
};

/** What is wrong with a log itself comes first: the rest may follow of it. */
const rootsFirst = (faults: readonly AuditFault[]): readonly AuditFault[] => faults.toSorted((one, other) => Number(FOLLOWS.has(one.code)) - Number(FOLLOWS.has(other.code)));

/** Where nobody's signature counts, no order counts either. */
const beforeWhatFollows = (faults: readonly AuditFault[], first: readonly AuditFault[]): readonly AuditFault[] => {
  const at = faults.findIndex(({ code }) => code === 'epoch.broken' || FOLLOWS.has(code));
  return faults.toSpliced(at < 0 ? faults.length : at, 0, ...first);
};

const FOLLOWS: ReadonlySet<AuditFault['code']> = new Set(['cause.wrong', 'run.incomplete', 'sequence.broken']);

/** Where a checkpoint that was verified, or not, says that its log ends. */
const readCheckpointSize = (note: Buffer): number => parseCheckpoint(decodeNote(note).text).size;

/** Whether a service's signature is checked before anything else of a record. */
const isOfServices = ({ topic }: Pick<ArchivedLog, 'topic'>): boolean => ['claimed', 'signed'].includes(admissionOf(topic));

/** Only upstream systems may write with transactions, whose marks take offsets; everywhere else an offset without a record had one. */
const mayHaveHoles = ({ topic }: Pick<ArchivedLog, 'topic'>): boolean => topicOf(topic) === 'inbox';

const placed = (log: string, { code, message, index, before }: LogFault): AuditFault => ({ log, code, message, ...(index === undefined ? {} : { entry: index }), ...(before === undefined ? {} : { before }) });

interface LogAuditParts {
  readonly store: ReadableStore;
  readonly namespace: string;
  readonly checker: LogChecker | undefined;
  readonly index: RecordIndex;
  readonly gaps: KnownGaps;
  readonly ends: LogEnds;
  readonly below: readonly string[];
  readonly onRead: () => void;
  readonly onChecked: AuditOptions['onChecked'] | undefined;
}

class LogAudit {
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

  async run(): Promise<AuditedLog & { readonly extent: LogExtent }> {
    const { log } = this;
    const { topic, partition, epoch, path, verifier, heads } = log;
    const { store, below } = this.parts;
    const { size, root, faults } = await verifyLog({ store, path, verifier, known: heads, below, onEntry: (entry, index) => this.take(entry, index) });
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
    if (checked.kind === 'event') this.admitted += 1;
    if (checked.kind === 'event') await this.event(checked.event, entry, checked.record);
    if (checked.kind === 'bad') this.bad(checked.code, checked.message, entry, checked.record);
    const { checker, onChecked } = this.parts;
    await onChecked?.(this.log, checked, checker?.readerOf(this.log.topic, this.log.partition));
  }

  private bad(code: string, message: string, entry: number, { offset }: LogRecord): void {
    // All the others are there as somebody wrote them, and nobody acted on them. A gap means that something is not there.
    const { topic, partition } = this.log;
    // What a service has signed lies where it belongs: another number of partitions than there are would have every reader pass over it.
    if (code === 'EVENT_MISPLACED' && isOfServices(this.log)) this.fault({ code: 'event.misplaced', message, entry, offset });
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
