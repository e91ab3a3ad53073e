import { DEAD_LETTER_PARTITION, readDeadLetter, type DeadLetter, type LogRecord } from '@countersign/bus/client';
import { deadLetterTopic, SERVICES, type Service } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { CountersignError, timestamp, type Instant } from '@countersign/kernel';
import type { Kafka } from '../connection/kafka.js';
import { unknownName } from '../terminal/unknown-name.js';
import type { View } from '../terminal/view.js';

/** A record that a service could not take, as its dead-letter topic has it. */
export interface FoundLetter extends DeadLetter {
  /** `policy/17`: the service and the offset in its dead-letter topic. */
  readonly id: string;
  readonly service: Service;
  /** RFC 3339, Kafka's. */
  readonly at: string;
  readonly record: LogRecord;
  /** Somebody asked for it to be handled again after it came here. */
  readonly redriven: boolean;
}

/**
 * Whether the record that a letter speaks of is the one that it holds: `gone` where the log begins after it, `unread` where people may not
 * read the topic (inbox and ballots).
 */
export type OnLog = 'same' | 'other' | 'gone' | 'unread';

export interface Letter extends FoundLetter {
  readonly onLog: OnLog;
}

export const serviceNamed = (name: string): Service => {
  const service = SERVICES.find((each) => each === name);
  if (!service) throw unknownName('service', name, SERVICES);
  return service;
};

const ID = /^([a-z]+)\/(\d{1,15})$/;

/** Service and offset of an id such as `policy/17`; throws `USAGE`. */
export const parseLetterId = (id: string, { command }: Pick<View, 'command'>): { readonly service: Service; readonly offset: number } => {
  const [, name, offset] = ID.exec(id) ?? [];
  if (name === undefined) throw new CountersignError('USAGE', `\`${id}\` is no id of a dead letter`, { hint: `such as \`policy/17\`, as \`${command('dlq list')}\` shows it` });
  return { service: serviceNamed(name), offset: Number(offset) };
};

export const letterOf = (service: Service, record: LogRecord, { redrives }: Pick<ControlState, 'redrives'>): FoundLetter => {
  const letter = readDeadLetter(record);
  const isSame = (other: { readonly service: Service; readonly topic: string; readonly partition: number; readonly offset: number }): boolean =>
    other.service === service && other.topic === letter.topic && other.partition === letter.partition && other.offset === letter.offset;
  return { ...letter, id: `${service}/${record.offset}`, service, at: timestamp(record.timestamp as Instant), record, redriven: redrives.some(isSame) };
};

/** The newest dead letters of a service, newest first. */
export const readLetters = async ({ broker, namespace }: Kafka, service: Service, controls: ControlState, most: number): Promise<readonly FoundLetter[]> => {
  const target = { topic: deadLetterTopic(namespace, service), partition: DEAD_LETTER_PARTITION };
  const { start, end } = await broker.offsets(target);
  const letters: FoundLetter[] = [];
  await broker.read(target, Math.max(start, end - most), end, (records) => void letters.push(...records.map((record) => letterOf(service, record, controls))));
  return letters.toReversed();
};

/** One dead letter; throws `NOT_FOUND`. */
export const readLetter = async ({ broker, namespace }: Kafka, id: string, controls: ControlState, view: Pick<View, 'command'>): Promise<FoundLetter> => {
  const { service, offset } = parseLetterId(id, view);
  const target = { topic: deadLetterTopic(namespace, service), partition: DEAD_LETTER_PARTITION };
  const { start, end } = await broker.offsets(target);
  const found: FoundLetter[] = [];
  if (offset >= start && offset < end) await broker.read(target, offset, offset + 1, (records) => void found.push(...records.map((record) => letterOf(service, record, controls))));
  const [letter] = found;
  if (!letter) throw new CountersignError('NOT_FOUND', `there is no dead letter \`${id}\``, { hint: `\`${view.command('dlq list')}\` shows them` });
  return letter;
};
