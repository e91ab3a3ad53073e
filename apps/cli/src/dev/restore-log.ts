import { readCheckpoint, type ReadableStore } from '@countersign/archive';
import { entriesOf, recordOf, type ArchivedLog } from '@countersign/audit';
import type { KafkaBroker, NewRecord, OffsetGaps } from '@countersign/bus';
import { FLOW, topicOf } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';

/** Below what any topic takes in one batch (128 KiB), with room for what Kafka adds. */
const MAX_BATCH_BYTES = 100_000;

export interface RestoreLogParts {
  readonly broker: Pick<KafkaBroker, 'append'>;
  readonly gaps: Pick<OffsetGaps, 'startAt' | 'appendAndSkip' | 'skip'>;
  readonly store: ReadableStore;
  readonly namespace: string;
  /** Told Kafka's time of each. */
  readonly onRecord: (at: number) => void;
}

const sizeOf = ({ key, value, headers }: NewRecord): number => 100 + (key?.length ?? 0) + (value?.length ?? 0) + Object.entries(headers).reduce((sum, [name, header]) => sum + name.length + header.length + 10, 0);

/** Whether what somebody does rests on every record of a topic from its start on: a service's own state, or what people have put in force. */
const isFolded = (local: string): boolean => {
  const topic = topicOf(local);
  return topic === 'controls' || (topic !== undefined && FLOW[topic].claimed === true);
};

/** One topic partition that is written again, every record at the offset that it had. */
class RestoredPartition {
  private batch: NewRecord[] = [];
  private bytes = 0;
  /** Where the next record goes, if nothing is left out. */
  private next = 0;

  constructor(
    private readonly log: Pick<ArchivedLog, 'topic' | 'partition'>,
    private readonly parts: RestoreLogParts,
  ) {}

  /** `isFirst`: of its log, so that records may be archived nowhere that were before it. */
  async add(record: NewRecord, offset: number, isFirst: boolean): Promise<void> {
    const size = sizeOf(record);
    if (isFirst && offset > this.next) this.requireNoLoss(offset);
    if (offset > this.next) await this.leave(offset - this.next);
    else if (this.bytes + size > MAX_BATCH_BYTES) await this.flush();
    this.batch.push(record);
    this.bytes += size;
    this.next += 1;
  }

  async flush(): Promise<void> {
    if (this.batch.length > 0) await this.write((records) => this.parts.broker.append(this.target, records));
  }

  private get target(): { readonly topic: string; readonly partition: number } {
    return { topic: `${this.parts.namespace}.${this.log.topic}`, partition: this.log.partition };
  }

  /** Offsets that held no record, such as a transaction's mark, or whose records no archive has. */
  private async leave(count: number): Promise<void> {
    const { gaps } = this.parts;
    if (this.next === 0) await gaps.startAt(this.target, count);
    // What is not flushed yet is there: a record goes into its batch after the one before was flushed.
    else if (count === 1) await this.write((records) => gaps.appendAndSkip(this.target, records));
    else {
      await this.flush();
      await gaps.skip(this.target, count);
    }
    this.next += count;
  }

  private requireNoLoss(offset: number): void {
    const { topic, partition } = this.log;
    if (isFolded(topic)) throw new CountersignError('LOG_TRUNCATED', `the archive lacks offsets ${this.next} to ${offset - 1} of \`${topic}/${partition}\`, and what was there counts`, { hint: 'nobody could go on from what is left: begin a namespace anew' });
  }

  private async write(write: (records: readonly NewRecord[]) => Promise<number>): Promise<void> {
    const { topic, partition } = this.log;
    const first = this.next - this.batch.length;
    const offset = await write(this.batch);
    if (offset !== first) throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` got offset ${offset} where the archive has ${first}`, { hint: 'somebody else writes to this Kafka: begin again with an empty one' });
    [this.batch, this.bytes] = [[], 0];
  }
}

/**
 * Writes every record of the logs of a topic partition, in the order of their epochs, into an empty one, at the offset and with the time that it
 * had: causes name offsets. Throws `LOG_TRUNCATED` where that cannot be had.
 */
export const restorePartition = async (logs: readonly ArchivedLog[], parts: RestoreLogParts): Promise<void> => {
  const [first] = logs;
  if (!first) return;
  const { store, onRecord } = parts;
  const partition = new RestoredPartition(first, parts);
  for (const { path, verifier } of logs) {
    const size = (await readCheckpoint(store, path, verifier))?.checkpoint.size ?? 0;
    for await (const { entry, index } of entriesOf(store, path, size)) {
      const { offset, timestamp, key, value, headers } = (await recordOf(store, entry)).record;
      await partition.add({ key, value, headers, timestamp }, offset, index === 0);
      onRecord(timestamp);
    }
  }
  await partition.flush();
};
