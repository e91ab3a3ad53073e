import { CountersignError } from '@countersign/kernel';
import type { LogRecord, NewRecord, TopicPartition } from '../broker.js';

/** One partition: its records, and who waits for more. */
class MemoryPartition {
  readonly records: LogRecord[] = [];
  start = 0;
  end = 0;
  readonly watchers = new Set<() => void>();

  /** Index of the first record at or after an offset. */
  indexOf(offset: number): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle]?.offset ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What lies up to and without `next`. */
export interface Stretch {
  readonly records: readonly LogRecord[];
  readonly next: number;
}

const bytes = (value: Buffer | string): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);

/** The topics of a cluster in memory. Everything happens at once; who asks waits for it elsewhere. */
export class MemoryLog {
  private readonly topics = new Map<string, readonly MemoryPartition[]>();

  createTopic(topic: string, partitions: number): void {
    if (!this.topics.has(topic)) this.topics.set(topic, Array.from({ length: partitions }, () => new MemoryPartition()));
  }

  /** Number of partitions; throws `BROKER_REFUSED`. */
  partitions(topic: string): number {
    return this.topic(topic).length;
  }

  append(target: TopicPartition, records: readonly NewRecord[], timestamp: number): number {
    const partition = this.find(target);
    const base = partition.end;
    for (const [at, { key, value, headers }] of records.entries()) {
      const kept = Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, bytes(header)]));
      partition.records.push({ ...target, offset: base + at, timestamp, key, value, headers: kept });
    }
    partition.end += records.length;
    for (const watcher of partition.watchers) watcher();
    return base;
  }

  /** Uses offsets up without a record that anybody gets, as markers of transactions, aborted batches and compaction do. */
  skip(target: TopicPartition, count: number): void {
    const partition = this.find(target);
    partition.end += count;
    for (const watcher of partition.watchers) watcher();
  }

  offsets(target: TopicPartition): { readonly start: number; readonly end: number } {
    const { start, end } = this.find(target);
    return { start, end };
  }

  offsetAt(target: TopicPartition, time: number): number {
    const { records, end } = this.find(target);
    return records.find(({ timestamp }) => timestamp >= time)?.offset ?? end;
  }

  /** Records from an offset on, `most` at most; throws `LOG_TRUNCATED`. */
  slice(target: TopicPartition, from: number, most: number): readonly LogRecord[] {
    const partition = this.find(target);
    const { records, start } = partition;
    if (from < start) throw new CountersignError('LOG_TRUNCATED', `\`${target.topic}\` partition ${target.partition} begins at ${start}, not at ${from}`);
    const first = partition.indexOf(from);
    return records.slice(first, first + most);
  }

  /** All that lies from an offset on, up to `most` records, and how far that reaches; throws `LOG_TRUNCATED`. */
  read(target: TopicPartition, from: number, most: number): Stretch {
    const records = this.slice(target, from, most);
    const last = records.at(-1);
    const isMore = last !== undefined && records.length === most;
    return { records, next: isMore ? last.offset + 1 : Math.max(from, this.find(target).end) };
  }

  truncate(target: TopicPartition, start: number): void {
    const partition = this.find(target);
    partition.records.splice(0, partition.indexOf(start));
    partition.start = Math.max(partition.start, start);
    partition.end = Math.max(partition.end, start);
  }

  /** Calls back after each append; gives what ends that. */
  watch(target: TopicPartition, watcher: () => void): () => void {
    const { watchers } = this.find(target);
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }

  private topic(topic: string): readonly MemoryPartition[] {
    const found = this.topics.get(topic);
    if (!found) throw new CountersignError('BROKER_REFUSED', `there is no topic \`${topic}\``);
    return found;
  }

  private find({ topic, partition }: TopicPartition): MemoryPartition {
    const found = this.topic(topic)[partition];
    if (!found) throw new CountersignError('BROKER_REFUSED', `\`${topic}\` has no partition ${partition}`);
    return found;
  }
}
