import type { BatchToSign, Claim, Encoded, Envelope, Event, EventType, Verified } from '@countersign/contracts';
import { CountersignError, type KeyId } from '@countersign/kernel';
import type { LogRecord, NewRecord } from '../../broker.js';
import type { Unsigned, Wire } from '../../wire.js';

/** Unsigned, unchecked and quick: schedules are about order, not about signatures. */
export class ToyWire implements Wire {
  constructor(readonly key: KeyId) {}

  verify(records: readonly LogRecord[]): readonly (Verified | CountersignError)[] {
    return records.map(({ headers }) => {
      const [key, epoch, seq] = headers['cs-sig']?.toString().split(' ') ?? [];
      if (key === undefined || epoch === undefined) return new CountersignError('SIGNATURE_MISSING', 'no signature');
      return { service: 'planner', key: key as KeyId, epoch: epoch === '-' || epoch === 'claim' ? epoch : Number(epoch), seq: Number(seq) };
    });
  }

  decode({ value }: LogRecord): Event {
    return JSON.parse(String(value)) as Event;
  }

  decodeClaim({ value }: LogRecord): Claim {
    return JSON.parse(String(value)) as Claim;
  }

  peekType(record: LogRecord): EventType {
    return this.decode(record).type;
  }

  encode(event: Envelope): Encoded {
    const text = JSON.stringify(event);
    return { value: Buffer.from(text), event: JSON.parse(text) as Event };
  }

  encodeClaim(claim: Claim): Buffer {
    return Buffer.from(JSON.stringify(claim));
  }

  seal({ epoch, firstSeq }: Omit<BatchToSign, 'records' | 'signer'>, records: readonly Unsigned[]): NewRecord[] {
    return records.map(({ key, value }, at) => ({ key, value, headers: { 'cs-sig': `${this.key} ${epoch} ${firstSeq + at}` } }));
  }

  sign(text: string): string {
    return `${this.key} ${text.length}`;
  }

  isSigned(text: string, signature: string): boolean {
    return signature.endsWith(` ${text.length}`);
  }
}
