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
  readonly onRecord: () => void;
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

  async add(record: NewRecord, offset: number): Promise<void> {
    const size = sizeOf(record);
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
    if (this.next === 0) await this.begin(count);
    // What is not flushed yet is there: a record goes into its batch after the one before was flushed.
    else if (count === 1) await this.write((records) => gaps.appendAndSkip(this.target, records));
    else {
      await this.flush();
      await gaps.skip(this.target, count);
    }
    this.next += count;
  }

  private async begin(offset: number): Promise<void> {
    const { topic, partition } = this.log;
    if (isFolded(topic)) throw new CountersignError('LOG_TRUNCATED', `the archive has \`${topic}/${partition}\` from offset ${offset} on, and what was before it counts`, { hint: 'the archive was begun later than the topic; nobody could go on from what is left: begin a namespace anew' });
    await this.parts.gaps.startAt(this.target, offset);
  }

  private async write(write: (records: readonly NewRecord[]) => Promise<number>): Promise<void> {
    const { topic, partition } = this.log;
    const first = this.next - this.batch.length;
    const offset = await write(this.batch);
    if (offset !== first) throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` got offset ${offset} where the archive has ${first}`, { hint: 'somebody else writes to this Kafka: begin again with an empty one' });
    [this.batch, this.bytes] = [[], 0];
  }
}

/** Writes every record of a log into an empty topic partition, at the offset and with the time that it had: causes name offsets. Throws `LOG_TRUNCATED` where that cannot be had. */
export const restoreLog = async (log: ArchivedLog, parts: RestoreLogParts): Promise<void> => {
  const { store, onRecord } = parts;
  const size = (await readCheckpoint(store, log.path, log.verifier))?.checkpoint.size ?? 0;
  const partition = new RestoredPartition(log, parts);
  for await (const { entry } of entriesOf(store, log.path, size)) {
    const { offset, timestamp, key, value, headers } = (await recordOf(store, entry)).record;
    await partition.add({ key, value, headers, timestamp }, offset);
    onRecord();
  }
  await partition.flush();
};
