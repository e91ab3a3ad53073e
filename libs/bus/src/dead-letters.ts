import { deadLetterTopic, localName, type Service } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf, sha256, type ErrorCode } from '@countersign/kernel';
import { untilDone } from './backoff.js';
import type { Broker, LogRecord, NewRecord, TopicPartition } from './broker.js';
import type { BusLog } from './bus-log.js';
import type { BusStats } from './stats.js';
import type { Timers } from './timers.js';

/** Headers of a dead letter. Key and value are the original's, byte for byte; of one that is very large only size and hash are told. */
export const DEAD_LETTER_HEADERS = {
  code: 'cs-code',
  message: 'cs-message',
  /** Where the original lies: the topic without its namespace. */
  topic: 'cs-topic',
  partition: 'cs-partition',
  offset: 'cs-offset',
  /** Only where the part was left out: its bytes as a number, and its hash. */
  keySize: 'cs-key-size',
  keySha256: 'cs-key-sha256',
  valueSize: 'cs-value-size',
  valueSha256: 'cs-value-sha256',
} as const;

/** Dead letters are few, and whoever lists them wants them in one order. */
export const DEAD_LETTER_PARTITION = 0;

/** A larger value is left where it lies. With the largest key and all headers a letter still is far below Kafka's 1 MiB. */
const MAX_LETTER_VALUE_BYTES = 512 * 1024;
/** Ours have some hundred bytes; a stranger's may be as large as a record can be. */
const MAX_KEY_BYTES = 16 * 1024;
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
  readonly broker: Pick<Broker, 'append' | 'offsets' | 'read'>;
  readonly namespace: string;
  readonly service: Service;
  readonly timers: Timers;
  readonly stats: BusStats;
  readonly log: BusLog;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
}

type Part = 'key' | 'value';
const MOST: Readonly<Record<Part, number>> = { key: MAX_KEY_BYTES, value: MAX_LETTER_VALUE_BYTES };
const PARTS = ['key', 'value'] as const satisfies readonly Part[];

/** A letter with the parts of the original that are within their limit; the others are named by size and hash. */
const letterOf = (record: LogRecord, place: Readonly<Record<string, string>>, most: Readonly<Record<Part, number>>): NewRecord => {
  const headers = { ...place };
  const kept: Record<Part, Buffer | null> = { key: null, value: null };
  for (const part of PARTS) {
    const bytes = record[part];
    if (!bytes || bytes.length <= most[part]) kept[part] = bytes;
    else {
      headers[DEAD_LETTER_HEADERS[`${part}Size`]] = String(bytes.length);
      headers[DEAD_LETTER_HEADERS[`${part}Sha256`]] = sha256(bytes);
    }
  }
  return { ...kept, headers };
};

/** What could not be handled, kept for a person. */
export class DeadLetters {
  constructor(private readonly options: DeadLettersOptions) {}

  /**
   * Resolves once the record is in the dead-letter topic, and does not give up before: nothing goes on as long as what it
   * leaves behind is kept nowhere. A letter that the broker finds too large is written again with the place alone; where even that
   * does not fit no further try would help, and the record is passed over with an error in the log, since it stays where it lies.
   * Throws `OWNERSHIP_LOST` once the signal (the process's, unless given) is aborted.
   */
  async append(record: LogRecord, fault: unknown, signal: AbortSignal = this.options.signal): Promise<void> {
    const { namespace, timers, stats, log } = this.options;
    const topic = localName(namespace, record.topic);
    const place = { topic, partition: record.partition, offset: record.offset };
    const headers = {
      [DEAD_LETTER_HEADERS.code]: codeOf(fault),
      [DEAD_LETTER_HEADERS.message]: messageOf(fault).slice(0, MAX_MESSAGE),
      [DEAD_LETTER_HEADERS.topic]: topic,
      [DEAD_LETTER_HEADERS.partition]: String(record.partition),
      [DEAD_LETTER_HEADERS.offset]: String(record.offset),
    };
    const whole = letterOf(record, headers, MOST);
    const placeAlone = letterOf(record, { ...headers, [DEAD_LETTER_HEADERS.message]: '' }, { key: 0, value: 0 });
    const isKept = await untilDone(
      timers,
      signal,
      () => this.writeFirstThatFits([whole, placeAlone]),
      (reason) => log.error('a dead letter could not be written', { ...place, code: codeOf(reason) }),
    );
    if (!isKept) {
      stats.deadLettersLost += 1;
      log.error('a record is passed over without a dead letter: not even its place fits into the topic', { ...place, code: codeOf(fault) });
      return;
    }
    stats.deadLetters += 1;
    log.warn('a record went to the dead letters', { ...place, code: codeOf(fault) });
  }

  /** Whether the record at a place became a dead letter after a time (Kafka's timestamps): nothing else may be handled once more. */
  async has({ topic, partition, offset }: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>, since = 0): Promise<boolean> {
    return (await this.offsetsOf({ topic, partition }, since)).has(offset);
  }

  /** Offsets of a partition (topic without its namespace) whose records became dead letters after a time, with one look at all letters. */
  async offsetsOf({ topic, partition }: TopicPartition, since = 0): Promise<Set<number>> {
    const { broker } = this.options;
    const { start, end } = await broker.offsets(this.target);
    const found = new Set<number>();
    await broker.read(this.target, start, end, (records) => {
      for (const record of records) {
        const letter = readDeadLetter(record);
        if (record.timestamp >= since && letter.topic === topic && letter.partition === partition) found.add(letter.offset);
      }
    });
    return found;
  }

  private get target(): TopicPartition {
    const { namespace, service } = this.options;
    return { topic: deadLetterTopic(namespace, service), partition: DEAD_LETTER_PARTITION };
  }

  /** Whether one of them was small enough. Any other refusal is thrown: somebody may cure it. */
  private async writeFirstThatFits(letters: readonly NewRecord[]): Promise<boolean> {
    for (const letter of letters) {
      try {
        await this.options.broker.append(this.target, [letter]);
        return true;
      } catch (fault) {
        if (codeOf(fault) !== 'RECORD_TOO_LARGE') throw fault;
      }
    }
    return false;
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
