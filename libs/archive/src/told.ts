import { isJsonObject } from '@countersign/kernel';

/** A checkpoint of a log as the anchor is told of it; nothing of it is checked. */
export interface Telling {
  /** Without the namespace. */
  readonly topic: string;
  readonly partition: number;
  /** 0 for the first log of a topic partition: it stands in the name of its key. */
  readonly epoch: number;
  /** Offset behind the last record of the checkpoint. */
  readonly next: number;
  /** The log's key, as a C2SP verifier key. */
  readonly verifier: string;
  /** The checkpoint as it lies in its log. */
  readonly note: Buffer;
}

/** The last part of the name of a log that is not the first of its topic partition. A name has no `+`, and the key behind it may have anything. */
const EPOCH = /^[^+]+\/e([1-9]\d{0,8})\+/;

/** What the value of a record of the anchor tells; `undefined` for one that tells of no log. Throws a `SyntaxError` for what is no JSON. */
export const tellingOf = (value: Buffer | null): Telling | undefined => {
  const event: unknown = JSON.parse(value?.toString() ?? 'null');
  if (!isJsonObject(event) || event['type'] !== 'countersign.checkpoint.published' || !isJsonObject(event['data'])) return undefined;
  const { topic, partition, next, verifier, checkpoint } = event['data'];
  if (typeof topic !== 'string' || typeof partition !== 'number' || typeof verifier !== 'string' || typeof checkpoint !== 'string') return undefined;
  return { topic, partition, epoch: Number(EPOCH.exec(verifier)?.[1] ?? 0), next: typeof next === 'number' ? next : 0, verifier, note: Buffer.from(checkpoint) };
};
