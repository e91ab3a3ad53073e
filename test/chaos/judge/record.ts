/** One record as it lies in Kafka. `topic` is without its namespace. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** A rule that was broken, and where. `rule` is for counting, `message` for people. */
export interface Violation {
  readonly rule: string;
  readonly message: string;
}

export const placeOf = ({ topic, partition, offset }: Pick<RawRecord, 'topic' | 'partition' | 'offset'>): string => `${topic}/${partition}/${offset}`;
