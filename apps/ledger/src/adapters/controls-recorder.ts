import type { Broker, LogRecord } from '@countersign/bus';
import { topicName, type Event } from '@countersign/contracts';
import { codeOf, messageOf, sha256 } from '@countersign/kernel';
import type { ProjectedRecord, RejectedRecord } from '@countersign/read-model';
import { eventRecord, rejectedRecord, type LedgerBatch } from '../projection.js';

const CONTROLS = 'controls';
const PARTITION = 0;

export interface ControlsRecorderParts {
  readonly broker: Pick<Broker, 'follow'>;
  readonly namespace: string;
  /** Checks who signed a control and gives its event; throws. */
  readonly verify: (record: LogRecord) => Event;
  /** Where to go on. */
  readonly position: () => Promise<number>;
  readonly handle: (batch: LedgerBatch) => Promise<void>;
  /** Controls are not recorded any further: has to end the process. */
  readonly onCrash: (fault: unknown) => void;
}

/** Takes controls to the handler. They are nobody's to own, so every replica follows them, outside of the group. */
export class ControlsRecorder {
  private followed: { close(): Promise<void> } | undefined;
  private next = 0;
  private done = Promise.resolve();
  private isOver = false;

  constructor(private readonly parts: ControlsRecorderParts) {}

  async start(): Promise<void> {
    const { broker, namespace, position } = this.parts;
    this.next = await position();
    this.followed = await broker.follow({ topic: topicName(namespace, CONTROLS), partition: PARTITION }, this.next, {
      onRecords: (records) => this.enqueue(() => this.take(records)),
      // The last offsets may hold nothing: the model has come to the end all the same.
      onEnd: (end) => void this.enqueue(() => this.record([], end)),
      onFault: (fault) => void this.enqueue(() => Promise.reject(fault)),
    });
  }

  async stop(): Promise<void> {
    await this.followed?.close();
  }

  /** One after the other: ends come while records are still on their way into the model. */
  private enqueue(act: () => Promise<void>): Promise<void> {
    this.done = this.done.then(() => (this.isOver ? undefined : act())).catch((fault: unknown) => {
      this.isOver = true;
      this.parts.onCrash(fault);
    });
    return this.done;
  }

  private async take(records: readonly LogRecord[]): Promise<void> {
    const news = records.filter(({ offset }) => offset >= this.next);
    await this.record(news, (news.at(-1)?.offset ?? -1) + 1);
  }

  private async record(news: readonly LogRecord[], next: number): Promise<void> {
    if (next <= this.next) return;
    const checked = news.map((record) => this.check(record));
    const batch = { topic: CONTROLS, partition: PARTITION, from: this.next, next, reader: '', passedOver: [] };
    await this.parts.handle({ ...batch, records: checked.flatMap(({ accepted }) => accepted ?? []), rejected: checked.flatMap(({ rejected }) => rejected ?? []) });
    this.next = next;
  }

  private check(record: LogRecord): { readonly accepted?: ProjectedRecord; readonly rejected?: RejectedRecord } {
    const { partition, offset, value, key } = record;
    try {
      const event = this.parts.verify(record);
      return { accepted: eventRecord({ event, topic: CONTROLS, partition, offset, sha256: sha256(value ?? ''), key: key?.toString() ?? '', record }) };
    } catch (fault) {
      return { rejected: rejectedRecord(CONTROLS, { record, code: codeOf(fault), message: messageOf(fault) }) };
    }
  }
}
