import { isJsonObject } from '@countersign/kernel';

/** A checkpoint of a log as the anchor is told of it; nothing of it is checked. */
export interface Telling {
  /** Without the namespace. */
  readonly topic: string;
  readonly partition: number;
  /** The log's key, as a C2SP verifier key. */
  readonly verifier: string;
  /** The checkpoint as it lies in its log. */
  readonly note: Buffer;
}

/** What the value of a record of the anchor tells; `undefined` for one that tells of no log. Throws a `SyntaxError` for what is no JSON. */
export const tellingOf = (value: Buffer | null): Telling | undefined => {
  const event: unknown = JSON.parse(value?.toString() ?? 'null');
  if (!isJsonObject(event) || event['type'] !== 'countersign.checkpoint.published' || !isJsonObject(event['data'])) return undefined;
  const { topic, partition, verifier, checkpoint } = event['data'];
  if (typeof topic !== 'string' || typeof partition !== 'number' || typeof verifier !== 'string' || typeof checkpoint !== 'string') return undefined;
  return { topic, partition, verifier, note: Buffer.from(checkpoint) };
};
