import { deadLetterTopic, localName, type Service } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf, type ErrorCode } from '@countersign/kernel';
import { untilDone } from './backoff.js';
import type { Broker, LogRecord } from './broker.js';
import type { BusLog } from './bus-log.js';
import type { BusStats } from './stats.js';
import type { Timers } from './timers.js';

/** Headers of a dead letter. The value is the original's, byte for byte, unless that is very large: then only its place is told. */
export const DEAD_LETTER_HEADERS = {
  code: 'cs-code',
  message: 'cs-message',
  /** Where the original lies: the topic without its namespace. */
  topic: 'cs-topic',
  partition: 'cs-partition',
  offset: 'cs-offset',
} as const;

/** Dead letters are few, and whoever lists them wants them in one order. */
export const DEAD_LETTER_PARTITION = 0;

/** The value of a larger record is left where it lies, so that its letter fits into the topic. */
export const MAX_LETTER_VALUE_BYTES = 512 * 1024;
/** Longer messages only fill the topic. */
const MAX_MESSAGE = 500;

export interface DeadLetter {
  readonly code: ErrorCode;
  readonly message: string;
  /** Topic without its namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface DeadLettersOptions {
  readonly broker: Broker;
  readonly namespace: string;
  readonly service: Service;
  readonly timers: Timers;
  readonly stats: BusStats;
  readonly log: BusLog;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
}

/** What could not be handled, kept for a person. */
export class DeadLetters {
  constructor(private readonly options: DeadLettersOptions) {}

  /**
   * Resolves once the record is in the dead-letter topic, and does not give up before: nothing goes on as long as what it
   * leaves behind is kept nowhere. Throws `OWNERSHIP_LOST` once the signal (the process's, unless given) is aborted.
   */
  async append(record: LogRecord, fault: unknown, signal: AbortSignal = this.options.signal): Promise<void> {
    const { broker, namespace, service, timers, stats, log } = this.options;
    const topic = localName(namespace, record.topic);
    const place = { topic, partition: record.partition, offset: record.offset };
    const letter = {
      key: record.key,
      value: record.value && record.value.length <= MAX_LETTER_VALUE_BYTES ? record.value : null,
      headers: {
        [DEAD_LETTER_HEADERS.code]: codeOf(fault),
        [DEAD_LETTER_HEADERS.message]: messageOf(fault).slice(0, MAX_MESSAGE),
        [DEAD_LETTER_HEADERS.topic]: topic,
        [DEAD_LETTER_HEADERS.partition]: String(record.partition),
        [DEAD_LETTER_HEADERS.offset]: String(record.offset),
      },
    };
    const target = { topic: deadLetterTopic(namespace, service), partition: DEAD_LETTER_PARTITION };
    await untilDone(
      timers,
      signal,
      () => broker.append(target, [letter]),
      (reason) => log.error('a dead letter could not be written', { ...place, code: codeOf(reason) }),
    );
    stats.deadLetters += 1;
    log.warn('a record went to the dead letters', { ...place, code: codeOf(fault) });
  }

  /** Whether the record at a place became a dead letter after a time (Kafka's timestamps): nothing else may be handled once more. */
  async has({ topic, partition, offset }: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>, since = 0): Promise<boolean> {
    const { broker, namespace, service } = this.options;
    const target = { topic: deadLetterTopic(namespace, service), partition: DEAD_LETTER_PARTITION };
    const { start, end } = await broker.offsets(target);
    let found = false;
    await broker.read(target, start, end, (records) => {
      const letters = records.filter(({ timestamp }) => timestamp >= since).map(readDeadLetter);
      found ||= letters.some((letter) => letter.topic === topic && letter.partition === partition && letter.offset === offset);
    });
    return found;
  }
}

/** A handler that knows why it refuses says so with a code (`VOTE_INVALID`); anything else that it throws is its own fault. */
export const handlerFault = (fault: unknown): CountersignError =>
  fault instanceof CountersignError && fault.code !== 'INTERNAL' ? fault : new CountersignError('HANDLER_FAILED', messageOf(fault), { cause: fault });

const text = (header: Buffer | undefined): string => header?.toString() ?? '';

/** What a record of a dead-letter topic says. */
export const readDeadLetter = ({ headers }: LogRecord): DeadLetter => ({
  code: text(headers[DEAD_LETTER_HEADERS.code]) as ErrorCode,
  message: text(headers[DEAD_LETTER_HEADERS.message]),
  topic: text(headers[DEAD_LETTER_HEADERS.topic]),
  partition: Number(text(headers[DEAD_LETTER_HEADERS.partition])),
  offset: Number(text(headers[DEAD_LETTER_HEADERS.offset])),
});
