import { verify } from 'node:crypto';
import {
  checkPlace,
  CLOUDEVENTS_JSON,
  decodeClaim,
  decodeEvent,
  encode,
  encodeClaim,
  HEADERS,
  localName,
  peekType,
  signBatch,
  verifyBatch,
  type BatchToSign,
  type Claim,
  type Encoded,
  type Envelope,
  type Event,
  type EventType,
  type KeyRing,
  type Signer,
  type Verified,
} from '@countersign/contracts';
import type { CountersignError, KeyId } from '@countersign/kernel';
import type { LogRecord, NewRecord } from './broker.js';

/** A record to be written: key and bytes, not yet signed. */
export interface Unsigned {
  readonly key: Buffer | null;
  readonly value: Buffer;
  /** W3C trace context of what it was made for. */
  readonly traceparent?: string | undefined;
}

/** How events become signed records and back. Schedules of tests run with a cheap one. */
export interface Wire {
  /** Whose signature each record bears; a refusal is returned, not thrown. Whole batches at once are cheaper. */
  verify(records: readonly LogRecord[]): readonly (Verified | CountersignError)[];
  /** The event of a record, checked against its schema and its place; throws. */
  decode(record: LogRecord): Event;
  decodeClaim(record: LogRecord): Claim;
  /** The type of a record whose signature was checked, where it is plain to see without decoding it. */
  peekType(record: LogRecord): EventType | undefined;
  /** An event that is to be written; throws `EVENT_INVALID` and `EVENT_TOO_LARGE`. */
  encode(event: Envelope): Encoded;
  encodeClaim(claim: Claim): Buffer;
  /** Records of one append, with their headers. */
  seal(batch: Omit<BatchToSign, 'records' | 'signer'>, records: readonly Unsigned[]): NewRecord[];
  /** The key that signs here. */
  readonly key: KeyId;
  /** A signature of this process over a text, and whether one is of an announced key of the same service at a time. */
  sign(text: string): string;
  isSigned(text: string, signature: string, at: number): boolean;
}

export interface SignedWireOptions {
  readonly namespace: string;
  /** How many partitions the topics of the namespace have. */
  readonly partitions: number;
  readonly signer: Signer;
  readonly keys: KeyRing;
}

const NO_VALUE = Buffer.alloc(0);

/** The wire format of the catalogue: canonical CloudEvents, one Ed25519 signature per batch. */
export class SignedWire implements Wire {
  constructor(private readonly options: SignedWireOptions) {}

  verify(records: readonly LogRecord[]): readonly (Verified | CountersignError)[] {
    return verifyBatch(records, this.options.keys);
  }

  decode(record: LogRecord): Event {
    const event = decodeEvent(record.value ?? NO_VALUE);
    const { namespace, partitions } = this.options;
    checkPlace(event, { topic: localName(namespace, record.topic), partition: record.partition, key: record.key, partitions });
    return event;
  }

  decodeClaim(record: LogRecord): Claim {
    return decodeClaim(record.value ?? NO_VALUE);
  }

  peekType({ value }: LogRecord): EventType | undefined {
    return value === null ? undefined : peekType(value);
  }

  encode(event: Envelope): Encoded {
    return encode(event);
  }

  encodeClaim(claim: Claim): Buffer {
    return encodeClaim(claim);
  }

  seal(batch: Omit<BatchToSign, 'records' | 'signer'>, records: readonly Unsigned[]): NewRecord[] {
    const signatures = signBatch({ ...batch, records, signer: this.options.signer });
    const epoch = String(batch.epoch);
    return records.map(({ key, value, traceparent }, index) => ({
      key,
      value,
      headers: {
        [HEADERS.contentType]: CLOUDEVENTS_JSON,
        [HEADERS.epoch]: epoch,
        [HEADERS.signature]: signatures[index] ?? '',
        ...(traceparent === undefined ? {} : { [HEADERS.traceparent]: traceparent }),
      },
    }));
  }

  get key(): KeyId {
    return this.options.signer.key;
  }

  sign(text: string): string {
    return `v1.${this.key}.${this.options.signer.sign(Buffer.from(text)).toString('base64url')}`;
  }

  isSigned(text: string, signature: string, at: number): boolean {
    const [, key, signed] = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{86})$/.exec(signature) ?? [];
    const found = key === undefined ? undefined : this.options.keys.find(key as KeyId, at);
    if (!found || signed === undefined || found.service !== this.options.signer.service) return false;
    return verify(null, Buffer.from(text), found.publicKey, Buffer.from(signed, 'base64url'));
  }
}
