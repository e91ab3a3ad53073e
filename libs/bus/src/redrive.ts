import { CountersignError } from '@countersign/kernel';
import { admissionOf, Door, type Admitted } from './admission.js';
import type { Broker, LogRecord, TopicPartition } from './broker.js';
import { NO_CONTEXT, type ReaderState } from './log-reader.js';
import { newStats } from './stats.js';
import type { Wire } from './wire.js';

export interface RedriveSource {
  readonly broker: Broker;
  readonly wire: Wire;
  /** Topic without its namespace, and the partition with it. */
  readonly local: string;
  readonly target: TopicPartition;
  readonly offset: number;
}

/** `undefined` where retention took it, or it is not written yet. */
export const findOne = async (broker: Broker, target: TopicPartition, offset: number): Promise<LogRecord | undefined> => {
  const { start, end } = await broker.offsets(target);
  const found: LogRecord[] = [];
  if (offset >= start && offset < end) await broker.read(target, offset, offset + 1, (records) => void found.push(...records));
  return found[0];
};

/** Whether a later claim ended the epoch of an event before it was written. Honest writers state only epochs that were valid, so nothing before that epoch matters. */
const isStale = async ({ broker, wire, local, target, offset }: RedriveSource, epoch: number): Promise<boolean> => {
  const door = new Door(local, 'claimed', wire, newStats());
  const { start } = await broker.offsets(target);
  let state: ReaderState = { ...NO_CONTEXT, epoch, floor: epoch };
  await broker.read(target, Math.max(start, epoch + 1), offset, (records) => {
    for (const [at, verified] of door.verify(records).entries()) {
      const record = records[at];
      const isClaim = !(verified === undefined || verified instanceof CountersignError) && verified.epoch === 'claim';
      if (record && isClaim) ({ state } = door.admit(record, verified, state));
    }
  });
  return state.epoch !== epoch;
};

/**
 * The record that a person wants handled once more, checked as if it were read for the first time, its place in the sequence
 * apart: that was passed long ago. An event of a writer that did not own the partition stays ignored.
 */
export const readAgain = async (source: RedriveSource): Promise<Admitted> => {
  const { broker, wire, local, target, offset } = source;
  const record = await findOne(broker, target, offset);
  if (!record) return { kind: 'passed' };
  const door = new Door(local, admissionOf(local), wire, newStats());
  const [verified] = door.verify([record]);
  const { admitted } = door.admit(record, verified, NO_CONTEXT);
  if (verified === undefined || verified instanceof CountersignError || typeof verified.epoch !== 'number') return admitted;
  return (await isStale(source, verified.epoch)) ? { kind: 'passed' } : admitted;
};
