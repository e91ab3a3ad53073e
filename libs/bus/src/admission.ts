import { CLAIM_TYPE, FLOW, HEADERS, parseCauses, SERVICES, topicOf, type Cause, type EventType, type Service, type Verified, type Writer } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf, sha256, type ErrorCode } from '@countersign/kernel';
import type { LogRecord } from './broker.js';
import { judge, type EventPlace, type ReaderState, type Statement } from './log-reader.js';
import type { BusStats } from './stats.js';
import type { Received } from './step.js';
import type { Wire } from './wire.js';

/**
 * What a record of a topic has to show. `claimed`: signed by a service, in the epoch of a claim. `signed`: signed by a service.
 * `person`: an event of ours that a person signed; whoever handles it checks that signature. `foreign`: not ours to check.
 */
export type Admission = 'claimed' | 'signed' | 'person' | 'foreign';

const isService = (writer: Writer): writer is Service => (SERVICES as readonly Writer[]).includes(writer);

/** For a topic without its namespace. */
export const admissionOf = (local: string): Admission => {
  const topic = topicOf(local);
  if (topic === undefined) throw new CountersignError('CONFIG_INVALID', `\`${local}\` is no topic of the flow`);
  const { claimed, writers } = FLOW[topic];
  if (claimed) return 'claimed';
  if (writers.every(isService)) return 'signed';
  return writers.includes('upstream') ? 'foreign' : 'person';
};

/** Whether services alone write there, and their signatures are checked before a record is judged. */
export const isOfServices = (admission: Admission): boolean => admission === 'claimed' || admission === 'signed';

/** A record that was judged. */
export type Admitted =
  | { readonly kind: 'event'; readonly received: Received; readonly causes: readonly Cause[] }
  | { readonly kind: 'foreign'; readonly record: LogRecord }
  | { readonly kind: 'rejected'; readonly record: LogRecord; readonly code: ErrorCode; readonly message: string }
  /** A claim that counts, and the process that made it. */
  | { readonly kind: 'claim'; readonly instance: string }
  /** Nothing to handle: an event that is for others; with `why`, a copy, or an event or claim of a former owner. */
  | { readonly kind: 'passed'; readonly why?: PassedOver };

/** A record that everybody passes over without a word, and what somebody who keeps a record of everything would say of it. */
export interface PassedOver {
  readonly record: LogRecord;
  readonly code: Extract<ErrorCode, 'EPOCH_STALE' | 'EVENT_REPEATED'>;
  readonly message: string;
}

const PASSED = { kind: 'passed' } as const;

const IGNORED = {
  stale: { count: 'stale', code: 'EPOCH_STALE', message: 'an event of an epoch that is over' },
  'void-claim': { count: 'voidClaims', code: 'EPOCH_STALE', message: 'a claim that ends an epoch which was over' },
  duplicate: { count: 'duplicates', code: 'EVENT_REPEATED', message: 'a copy of an event that lies before it' },
} as const;

interface Found {
  readonly statement: Statement;
  readonly admitted: Admitted;
}

/** Judges the records of one topic partition. */
export class Door {
  constructor(
    private readonly local: string,
    readonly admission: Admission,
    private readonly wire: Wire,
    private readonly stats: BusStats,
    /** Types that somebody here does something about; all unless given. */
    private readonly handles?: ReadonlySet<EventType>,
  ) {}

  /** What verification says of records, for `admit`; nothing for doors. */
  verify(records: readonly LogRecord[]): readonly (Verified | CountersignError | undefined)[] {
    return isOfServices(this.admission) ? this.wire.verify(records) : records.map(() => undefined);
  }

  /** Judges the next record; `state` is what holds after it. */
  admit(record: LogRecord, verified: Verified | CountersignError | undefined, state: ReaderState): { readonly admitted: Admitted; readonly state: ReaderState } {
    if (this.admission !== 'claimed') return { admitted: this.count(this.admitFree(record, verified)), state };
    const { statement, admitted } = this.find(record, verified);
    const { verdict, state: next } = judge(state, statement);
    switch (verdict.kind) {
      case 'accept':
        return { admitted: this.count(admitted), state: next };
      case 'claim':
        this.stats.claimsSeen += 1;
        return { admitted, state: next };
      case 'ignore': {
        const { count, code, message } = IGNORED[verdict.why];
        this.stats[count] += 1;
        return { admitted: { kind: 'passed', why: { record, code, message } }, state: next };
      }
      case 'dead-letter':
        if (verdict.code === 'SEQUENCE_BROKEN') this.stats.sequenceBroken += 1;
        return { admitted: { kind: 'rejected', record, code: verdict.code, message: verdict.message }, state: next };
    }
  }

  private count(admitted: Admitted): Admitted {
    if (admitted.kind === 'event' || admitted.kind === 'passed') this.stats.accepted += 1;
    return admitted;
  }

  private admitFree(record: LogRecord, verified: Verified | CountersignError | undefined): Admitted {
    if (this.admission === 'foreign') return { kind: 'foreign', record };
    if (verified instanceof CountersignError) return this.rejected(record, verified);
    if (this.admission === 'person' && record.headers[HEADERS.personSignature] === undefined) {
      return this.rejected(record, new CountersignError('SIGNATURE_MISSING', `the record has no \`${HEADERS.personSignature}\``));
    }
    const admitted = this.event(record);
    // Nobody has checked the signature yet, and what a stranger names as its cause would hold up the votes behind it.
    const isHolding = this.admission === 'person' && admitted.kind === 'event' && admitted.causes.length > 0;
    return isHolding ? this.rejected(record, new CountersignError('EVENT_INVALID', '`/causes` of what a person signs is empty')) : admitted;
  }

  private find(record: LogRecord, verified: Verified | CountersignError | undefined): Found {
    if (verified === undefined || verified instanceof CountersignError || verified.epoch === '-') {
      const admitted = this.rejected(record, verified instanceof CountersignError ? verified : undefined);
      return { admitted, statement: { kind: 'fault', code: admitted.code, message: admitted.message } };
    }
    if (verified.epoch === 'claim') return this.claim(record, verified);
    // An epoch is the offset of a claim, so it lies before what is written in it. A later one would make every true claim void.
    if (verified.epoch >= record.offset) {
      const admitted = this.rejected(record, new CountersignError('EVENT_INVALID', `an event at ${record.offset} cannot be of epoch ${verified.epoch}`));
      return { admitted, statement: { kind: 'fault', code: admitted.code, message: admitted.message } };
    }
    const place: EventPlace = { epoch: verified.epoch, seq: verified.seq, key: verified.key };
    const admitted = this.event(record);
    if (admitted.kind === 'rejected') return { admitted, statement: { kind: 'fault', code: admitted.code, message: admitted.message, place } };
    return { admitted, statement: { kind: 'event', place } };
  }

  private claim(record: LogRecord, verified: Verified): Found {
    try {
      const { after, key, instance } = this.wire.decodeClaim(record).data;
      if (key !== verified.key) throw new CountersignError('SIGNER_WRONG', `a \`${CLAIM_TYPE}\` for key \`${key}\` is signed with another one`);
      return { statement: { kind: 'claim', offset: record.offset, after, key }, admitted: { kind: 'claim', instance } };
    } catch (fault) {
      return { statement: { kind: 'fault', code: codeOf(fault), message: messageOf(fault) }, admitted: PASSED };
    }
  }

  /** What nobody here handles has its place in the order and is not decoded: of what was read, that is about half. */
  private event(record: LogRecord): Extract<Admitted, { kind: 'event' | 'rejected' | 'passed' }> {
    if (this.handles && isOfServices(this.admission)) {
      const type = this.wire.peekType(record);
      if (type !== undefined && !this.handles.has(type)) return PASSED;
    }
    try {
      const event = this.wire.decode(record);
      const causes = parseCauses(event.causes);
      if (!causes) throw new CountersignError('EVENT_INVALID', '`/causes` is not as it must be');
      const { partition, offset, key, value } = record;
      const received: Received = { event, topic: this.local, partition, offset, sha256: sha256(value ?? ''), key: key?.toString() ?? '', record };
      return { kind: 'event', received, causes };
    } catch (fault) {
      return this.rejected(record, fault);
    }
  }

  private rejected(record: LogRecord, fault: unknown): Extract<Admitted, { kind: 'rejected' }> {
    if (fault === undefined) return { kind: 'rejected', record, code: 'SIGNATURE_INVALID', message: 'the record states no epoch' };
    return { kind: 'rejected', record, code: codeOf(fault), message: messageOf(fault) };
  }
}
