import { isDeepStrictEqual } from 'node:util';
import type { LogRecord } from '@countersign/bus/client';
import { FLOW, partitionCountOf, TOPICS, type Topic } from '@countersign/contracts';
import { codeOf } from '@countersign/kernel';
import type { Kafka } from '../connection/kafka.js';
import type { FoundLetter, Letter, OnLog } from './letters.js';

/** The topic of a letter, where there can be such a place. */
const topicOf = ({ topic, partition, offset }: FoundLetter, { partitions }: Kafka): Topic | undefined => {
  const [name, ...tenant] = topic.split('.');
  const found = TOPICS.find((each) => each === name);
  if (!found || tenant.length !== (FLOW[found].perTenant ? 1 : 0)) return undefined;
  const isIn = (number: number, end: number): boolean => Number.isSafeInteger(number) && number >= 0 && number < end;
  return isIn(partition, partitionCountOf(found, partitions)) && isIn(offset, Infinity) ? found : undefined;
};

/** A letter has its record byte for byte; what was too large for it is left out. */
const isSame = (letter: LogRecord, original: LogRecord): boolean =>
  (letter.key === null || isDeepStrictEqual(letter.key, original.key)) && (letter.value === null || isDeepStrictEqual(letter.value, original.value));

const lookUp = async (kafka: Kafka, letter: FoundLetter): Promise<OnLog> => {
  const { broker, namespace } = kafka;
  const topic = topicOf(letter, kafka);
  if (!topic) return 'other';
  if (!FLOW[topic].readers.includes('operator')) return 'unread';
  const { offset } = letter;
  const target = { topic: `${namespace}.${letter.topic}`, partition: letter.partition };
  try {
    const { start, end } = await broker.offsets(target);
    if (offset < start) return 'gone';
    const originals: LogRecord[] = [];
    if (offset < end) await broker.read(target, offset, offset + 1, (records) => void originals.push(...records));
    const original = originals.find((each) => each.offset === offset);
    return original && isSame(letter.record, original) ? 'same' : 'other';
  } catch (fault) {
    // Rights may be narrower than those that come along; that says nothing of the letter.
    if (codeOf(fault) === 'BROKER_REFUSED') return 'unread';
    throw fault;
  }
};

/**
 * The letters, each compared with the record that it speaks of. Nobody signs letters: whoever has a service's Kafka password can write
 * one about an innocent record. One that differs from the log is forged; one that is the same may still be.
 */
export const compareWithLog = async (kafka: Kafka, letters: readonly FoundLetter[]): Promise<readonly Letter[]> => {
  const compared: Letter[] = [];
  for (const letter of letters) compared.push({ ...letter, onLog: await lookUp(kafka, letter) });
  return compared;
};
