import { Door, NO_CONTEXT, SignedWire, WHOLE_LOG, admissionOf, newStats, type Admission, type LogRecord, type ReaderState } from '@countersign/bus/client';
import { localName, topicOf, type Event, type Signer } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { CountersignError, codeOf, messageOf, type ErrorCode, type KeyId } from '@countersign/kernel';
import type { ArchivedLog } from './archived-log.js';
import { announcedKeys, controlsFold, controlVerifier } from '@countersign/service/client';

/** The topics that are judged, and how many partitions they have. */
export interface Namespace {
  readonly namespace: string;
  readonly partitions: number;
}

/** A record and what a service would make of it. */
export type Checked =
  | { readonly kind: 'event'; readonly topic: string; readonly record: LogRecord; readonly event: Event }
  /** Of an upstream system: not ours to check. */
  | { readonly kind: 'foreign'; readonly topic: string; readonly record: LogRecord }
  /** Nobody acts on it: it fails a check. */
  | { readonly kind: 'bad'; readonly topic: string; readonly record: LogRecord; readonly code: ErrorCode; readonly message: string }
  /** A claim of a partition; a copy, or an event of a writer that owned the partition no more. */
  | { readonly kind: 'passed'; readonly topic: string; readonly record: LogRecord };

/** Whoever judges reads what services write, and writes none of it. */
const NOBODY: Signer = {
  service: 'ledger',
  key: '0'.repeat(16) as KeyId,
  sign: () => {
    throw new CountersignError('INTERNAL', 'whoever judges signs for no service');
  },
};

/** Records that are judged at once: the signature of a batch is checked once. */
const BATCH = 256;

interface Reader {
  readonly door: Door;
  state: ReaderState;
}

/** Judges records of the log as every service does: signature, epoch, sequence, place and schema. */
export class LogChecker {
  readonly #wire: SignedWire;
  readonly #readers = new Map<string, Reader>();
  readonly #verifyControl: ReturnType<typeof controlVerifier>;
  #controls: ControlState;

  /** `controls`: what is in force so far; newer controls that come by are folded in. */
  constructor(
    private readonly topics: Namespace,
    root: Root,
    controls: ControlState,
  ) {
    this.#controls = controls;
    this.#verifyControl = controlVerifier(root);
    this.#wire = new SignedWire({ ...topics, signer: NOBODY, keys: announcedKeys(() => this.#controls) });
  }

  /** Judges records of one topic partition; those of one partition have to come in their order. `fromStart`: nothing before them was left out. */
  check(records: readonly LogRecord[], fromStart = false): readonly Checked[] {
    const [first] = records;
    if (!first) return [];
    const topic = localName(this.topics.namespace, first.topic);
    const admission = admissionOf(topic);
    if (topicOf(topic) === 'controls') return records.map((record) => this.#control(topic, record));
    const reader = this.#reader(topic, first.partition, admission, fromStart);
    const verified = reader.door.verify(records);
    return records.map((record, index) => {
      const { admitted, state } = reader.door.admit(record, verified[index], reader.state);
      reader.state = state;
      if (admitted.kind === 'event') return { kind: 'event', topic, record, event: admitted.received.event };
      if (admitted.kind === 'foreign') return { kind: 'foreign', topic, record };
      return admitted.kind === 'rejected' ? { kind: 'bad', topic, record, code: admitted.code, message: admitted.message } : { kind: 'passed', topic, record };
    });
  }

  /** What a reader has to know to go on behind what was judged of a topic partition; `undefined` where nothing of it was, and for controls, of which nothing has to be known. */
  readerOf(topic: string, partition: number): ReaderState | undefined {
    return this.#readers.get(`${topic}/${partition}`)?.state;
  }

  /** Records of a topic partition are missing: what was known behind those before them is known no more. */
  forget(topic: string, partition: number): void {
    this.#readers.delete(`${topic}/${partition}`);
  }

  #control(topic: string, record: LogRecord): Checked {
    try {
      const control = this.#verifyControl(record);
      if (record.offset > this.#controls.epoch) this.#controls = controlsFold.evolve(this.#controls, control, record);
      return { kind: 'event', topic, record, event: control.event };
    } catch (fault) {
      return { kind: 'bad', topic, record, code: codeOf(fault), message: messageOf(fault) };
    }
  }

  #reader(topic: string, partition: number, admission: Admission, fromStart: boolean): Reader {
    const key = `${topic}/${partition}`;
    const known = this.#readers.get(key);
    if (known) return known;
    const reader: Reader = { door: new Door(topic, admission, this.#wire, newStats()), state: fromStart ? WHOLE_LOG : NO_CONTEXT };
    this.#readers.set(key, reader);
    return reader;
  }
}

/** Judges the records of one log, many at once, as they come. */
export class LogJudge {
  private waiting: { readonly entry: number; readonly record: LogRecord }[] = [];

  /** `found` is told of each record in its order, some time after it was taken. `isGapless`: no record is missing between the log and the one before it, which was judged. */
  constructor(
    private readonly checker: LogChecker,
    private readonly log: Pick<ArchivedLog, 'topic' | 'partition' | 'epoch'>,
    private readonly found: (checked: Checked, entry: number) => void | Promise<void>,
    { isGapless = false }: { readonly isGapless?: boolean } = {},
  ) {
    if (log.epoch > 0 && !isGapless) checker.forget(log.topic, log.partition);
  }

  /** `entry`: number of the record in its log. */
  async take(record: LogRecord, entry: number): Promise<void> {
    this.waiting.push({ entry, record });
    if (this.waiting.length >= BATCH) await this.end();
  }

  /** Judges what waits. */
  async end(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    const checked = this.checker.check(batch.map(({ record }) => record), batch[0]?.entry === 0 && this.log.epoch === 0);
    for (const [at, each] of checked.entries()) await this.found(each, batch[at]?.entry ?? 0);
  }
}
