import type { Broker, Committed, TopicPartition } from '@countersign/bus';
import { CountersignError } from '@countersign/kernel';
import { FILLING, type Position, type ReadModel } from '@countersign/read-model';

export interface LogPositionsParts {
  readonly model: Pick<ReadModel, 'positions' | 'begin' | 'skip'>;
  readonly broker: Pick<Broker, 'offsets'>;
  readonly namespace: string;
  /** Events from `position` up to `start` are gone from Kafka, and the model never had them. */
  readonly onLost: (position: Position, start: number) => void;
}

/** Where reading goes on: at the end of the read model, whatever the consumer group has committed. Topics are without their namespace. */
export class LogPositions {
  constructor(private readonly parts: LogPositionsParts) {}

  /** Throws `LOG_TRUNCATED` where the model is ahead of the log: then it was made of another one; `POSITION_GAP`, for later, while it is made from the archive. */
  async of(targets: readonly TopicPartition[]): Promise<readonly Committed[]> {
    const known = await this.parts.model.positions();
    return Promise.all(targets.map((target) => this.find(target, known.find(({ topic, partition }) => topic === target.topic && partition === target.partition))));
  }

  private async find({ topic, partition }: TopicPartition, known: Position | undefined): Promise<Committed> {
    const { model, broker, namespace, onLost } = this.parts;
    const { start, end } = await broker.offsets({ topic: `${namespace}.${topic}`, partition });
    const atStart: Position = { topic, partition, nextOffset: start, reader: '' };
    if (known === undefined) {
      await model.begin([atStart]);
      return committed(atStart);
    }
    // The log may begin behind what the archive still brings.
    if (known.reader === FILLING) throw new CountersignError('POSITION_GAP', `\`${topic}/${partition}\` is being filled from the archive`, { retry: 'later', hint: 'where nobody does that any more, do it again: `countersign ledger rebuild --from archive`, or `--from kafka`' });
    if (known.nextOffset > end) {
      throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` ends at offset ${end}, and the read model has come to ${known.nextOffset}`, {
        hint: 'the database belongs to another Kafka, or topics were made anew: use another database, or run the ledger’s `rebuild`',
      });
    }
    if (known.nextOffset >= start) return committed(known);
    onLost(known, start);
    await model.skip([atStart]);
    return committed(atStart);
  }
}

const committed = ({ topic, partition, nextOffset, reader }: Position): Committed => ({ topic, partition, offset: nextOffset, metadata: reader });
