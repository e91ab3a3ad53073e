import { decodeEvent, type Event } from '@countersign/contracts';
import { endedLog, endFault, type EndedLog } from '@countersign/domain';
import type { ArchivedLog } from './archived-log.js';

/** How a log that is not the first of its topic partition was begun. */
export interface Begun {
  /** Offset that it was to begin at; its first record may lie behind that, for not every offset holds one. */
  readonly at: number;
  /** How many offsets before it are archived nowhere. */
  readonly missing: number;
  readonly reason: string;
  /** Who ordered it. */
  readonly by: string;
}

/** What was found of a log that was read. */
export interface LogExtent {
  readonly log: ArchivedLog;
  readonly size: number;
  /** In hexadecimal digits. */
  readonly root: string;
  /** Offsets of its first record and behind its last one; `undefined` where it has none. */
  readonly first?: number;
  readonly next?: number;
}

type Place = Pick<ArchivedLog, 'topic' | 'partition' | 'epoch'>;

/** Orders by which people have ended logs that stood still, as the controls have them. */
export class LogEnds {
  private readonly ended: EndedLog[] = [];

  /** Controls in their order. One that is void for whoever folds them is void here. */
  take(event: Event, offset: number): void {
    if (event.type !== 'countersign.log.ended' || endFault(this.ended, event.data) !== undefined) return;
    this.ended.push(endedLog(event.data, offset, event.actor));
  }

  /** The same of a record, for whoever does not know whose signatures count. */
  takeUnsigned(value: Buffer | null, offset: number): void {
    if (!value?.includes('countersign.log.ended')) return;
    try {
      this.take(decodeEvent(value), offset);
    } catch {
      // It is no event, and says nothing.
    }
  }

  begunBy({ topic, partition, epoch }: Place): Begun | undefined {
    const before = epoch > 0 ? this.endOf({ topic, partition, epoch: epoch - 1 }) : undefined;
    return before && { at: before.begins, missing: before.begins - before.next, reason: before.reason, by: before.by };
  }

  endOf({ topic, partition, epoch }: Place): EndedLog | undefined {
    return this.ended.find((end) => end.topic === topic && end.partition === partition && end.epoch === epoch);
  }

  /** What of a log is not as it was ordered; a log that follows another one without an order is not either. */
  faultsOf({ log, size, root, first, next }: LogExtent): readonly string[] {
    const [begun, end] = [this.begunBy(log), this.endOf(log)];
    return [
      ...(log.epoch > 0 && !begun ? ['nobody has ended the log before it'] : []),
      ...(begun && first !== undefined && first < begun.at ? [`it was to begin at offset ${begun.at}, and begins at ${first}`] : []),
      ...(end && (size !== end.size || root !== end.root) ? [`it was ended with ${end.size} entries, and has ${size === end.size ? 'others' : size}`] : []),
      ...(end && size === end.size && (next ?? 0) !== end.next ? [`it was ended before offset ${end.next}, and comes to ${next ?? 0}`] : []),
    ];
  }
}
