import type { LogEndedV1 } from '@countersign/contracts';
import type { Principal } from '@countersign/kernel';

/** A log of the archive that a person has ended. */
export interface EndedLog extends Readonly<LogEndedV1> {
  /** Offset of the control. */
  readonly at: number;
  readonly by: Principal;
}

/** The log that a topic partition is archived into. */
export interface LogEpoch {
  /** 0 for the first one. */
  readonly epoch: number;
  /** Offset of its first record; `undefined` for the first one, which begins where Kafka does. */
  readonly begins?: number;
  /** Offset behind the last record of the one before; `undefined` for the first one. */
  readonly after?: number;
}

export const endedLog = (data: Readonly<LogEndedV1>, at: number, by: Principal): EndedLog => ({ ...data, at, by });

const lastEnd = (ended: readonly EndedLog[], topic: string, partition: number): EndedLog | undefined => ended.findLast((end) => end.topic === topic && end.partition === partition);

/** The newest log of a topic partition, the topic without its namespace. */
export const logEpochOf = (ended: readonly EndedLog[], topic: string, partition: number): LogEpoch => {
  const last = lastEnd(ended, topic, partition);
  return last === undefined ? { epoch: 0 } : { epoch: last.epoch + 1, begins: last.begins, after: last.next };
};

/** Why a log cannot be ended so; `undefined` where it can. The anchor has no other epoch: its key is what auditors hold. */
export const endFault = (ended: readonly EndedLog[], { topic, partition, epoch, next, begins }: LogEndedV1): string | undefined => {
  if (topic === 'anchor') return 'the anchor of an archive does not end';
  const now = logEpochOf(ended, topic, partition);
  if (epoch !== now.epoch) return `the log of \`${topic}/${partition}\` is of epoch ${now.epoch}, and not of ${epoch}`;
  const first = now.begins ?? 0;
  // One that was to begin too late has no record, and ends where the one before did.
  return begins < next || (next < first && next !== now.after) ? `a log that began at offset ${first} and ends before ${next} is not gone on with at ${begins}` : undefined;
};
