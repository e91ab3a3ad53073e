import type { LogRecord, NewRecord } from '@countersign/bus';

/** One of the two sides that are measured: where a run goes in, where it comes out, and how it is told from others. */
export interface Lane {
  readonly name: 'ours' | 'relay';
  /** Full Kafka names. */
  readonly input: string;
  readonly output: string;
  readonly partitions: number;
  /** What starts run number `run`. */
  recordOf(run: number): NewRecord;
  /** The number of the run that is over; `undefined` for a record that says something else. Throws where the run went wrong. */
  finishedRun(record: LogRecord): number | undefined;
}
