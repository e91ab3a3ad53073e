import { readDeadLetter, type Broker, type DeadLetters, type LogRecord } from '@countersign/bus';
import { deadLetterTopic } from '@countersign/contracts';
import { CountersignError, type ErrorCode } from '@countersign/kernel';

/** Place of an event. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Letters of all endpoints lie in one topic; the message names the endpoint, so that a redrive is for it alone. */
const nameOf = (endpoint: string): string => `\`${endpoint}\``;

const PARTITION = 0;

/** What an endpoint was not told, kept for a person. */
export class Letters {
  constructor(
    private readonly letters: Pick<DeadLetters, 'append'>,
    private readonly broker: Pick<Broker, 'offsets' | 'read'>,
    private readonly namespace: string,
  ) {}

  append(endpoint: string, record: LogRecord, code: ErrorCode, message: string): Promise<void> {
    return this.letters.append(record, new CountersignError(code, `${nameOf(endpoint)}: ${message}`));
  }

  /** Whether an endpoint was not told of an event. */
  async has(endpoint: string, { topic, partition, offset }: Place): Promise<boolean> {
    const target = { topic: deadLetterTopic(this.namespace, 'webhooks'), partition: PARTITION };
    const { start, end } = await this.broker.offsets(target);
    let found = false;
    await this.broker.read(target, start, end, (records) => {
      found ||= records.map(readDeadLetter).some((letter) => letter.topic === topic && letter.partition === partition && letter.offset === offset && letter.message.startsWith(nameOf(endpoint)));
    });
    return found;
  }
}
