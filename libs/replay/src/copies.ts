import type { LogRecord, NewRecord } from '@countersign/bus';
import { HEADERS } from '@countersign/contracts';

/** Headers of a copy, besides those of its original. */
export const COPY_HEADERS = {
  /** Where the original lies: `<topic>/<partition>/<offset>`, the topic with its namespace. */
  of: 'x-replay-of',
  /** When Kafka stamped the original, milliseconds. */
  time: 'x-replay-time',
  /** The signature of the original. It covers the original's topic, and holds nowhere else. */
  signature: 'cs-orig-sig',
} as const;

/** A record as it is written into a sandbox: key, id, times and all of the value are those of the original. Nobody takes it for one: it bears no signature that would hold there. */
export const copyOf = ({ topic, partition, offset, timestamp, key, value, headers }: LogRecord): NewRecord => {
  const { [HEADERS.signature]: signature, ...others } = headers;
  return { key, value, headers: { ...others, ...(signature && { [COPY_HEADERS.signature]: signature }), [COPY_HEADERS.of]: `${topic}/${partition}/${offset}`, [COPY_HEADERS.time]: String(timestamp) } };
};

/** Records of several logs in the order in which Kafka stamped them; those of one log stay in theirs. */
export const inOrderOfTime = (logs: readonly (readonly LogRecord[])[]): readonly LogRecord[] => logs.flat().toSorted((one, other) => one.timestamp - other.timestamp);
