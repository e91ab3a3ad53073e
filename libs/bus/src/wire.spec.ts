import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newClaim, newEvent, orderingKey, partitionOf, type EventType, type KeyRing, type Service, type Signer } from '@countersign/contracts';
import { CATALOGUE } from '@countersign/contracts/classes';
import { CountersignError, type Instant, type KeyId, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { admissionOf, Door } from './admission.js';
import type { LogRecord, NewRecord } from './broker.js';
import { WHOLE_LOG, type ReaderState } from './log-reader.js';
import { newStats } from './stats.js';
import { SignedWire } from './wire.js';

const NOW = Date.UTC(2026, 0, 2) as Instant;
const PARTITIONS = 4;
const KEY = orderingKey('acme', 'refund-desk');
const PARTITION = partitionOf(KEY, PARTITIONS);

const keyPairs = new Map<KeyId, { readonly service: Service; readonly publicKey: ReturnType<typeof generateKeyPairSync>['publicKey'] }>();
const keys: KeyRing = { find: (key) => keyPairs.get(key) };
const signerOf = (service: Service, key: string): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  keyPairs.set(key as KeyId, { service, publicKey });
  return { service, key: key as KeyId, sign: (bytes) => sign(null, bytes, privateKey) };
};
const planner = new SignedWire({ namespace: 'ns', partitions: PARTITIONS, keys, signer: signerOf('planner', 'aaaaaaaaaaaaaaaa') });
const policy = new SignedWire({ namespace: 'ns', partitions: PARTITIONS, keys, signer: signerOf('policy', 'bbbbbbbbbbbbbbbb') });

const sampleOf = (type: string): never => CATALOGUE.find((definition) => definition.type === type)?.sample as never;
const started = (subject: string) =>
  newEvent({
    service: 'planner',
    type: 'countersign.run.started',
    data: sampleOf('countersign.run.started'),
    tenant: 'acme' as Tenant,
    workflow: 'refund-desk' as Workflow,
    run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId,
    step: 'refund' as StepId,
    subject,
    now: NOW,
  });

const at = (records: readonly NewRecord[], topic: string, partition: number, offset = 0): LogRecord[] =>
  records.map(({ key, value, headers }, nth) => ({
    topic: `ns.${topic}`,
    partition,
    offset: offset + nth,
    timestamp: NOW,
    key,
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, Buffer.from(header)])),
  }));

const claimBy = (wire: SignedWire, topic = 'proposals', partition = PARTITION): LogRecord[] => {
  const claim = newClaim({ service: 'planner', claim: { member: 'm', instance: 'i', nonce: 'n', key: wire.key, after: -1 }, now: NOW });
  return at(wire.seal({ topic: `ns.${topic}`, partition, epoch: 'claim', firstSeq: 0 }, [{ key: null, value: wire.encodeClaim(claim) }]), topic, partition);
};
const eventsBy = (wire: SignedWire, count: number, partition = PARTITION): LogRecord[] => {
  const records = Array.from({ length: count }, (_, nth) => ({ key: Buffer.from(KEY), value: wire.encode(started(String(nth))).value }));
  return at(wire.seal({ topic: 'ns.proposals', partition, epoch: 0, firstSeq: 0 }, records), 'proposals', partition, 1);
};

/** What a reader makes of records: types of events, codes of refusals. */
const read = (records: readonly LogRecord[], topic = 'proposals', handles?: ReadonlySet<EventType>): string[] => {
  const door = new Door(topic, admissionOf(topic), policy, newStats(), handles);
  const verified = door.verify(records);
  let state: ReaderState = WHOLE_LOG;
  return records.map((record, nth) => {
    const judged = door.admit(record, verified[nth], state);
    ({ state } = judged);
    const { admitted } = judged;
    return admitted.kind === 'event' ? admitted.received.event.type.slice('countersign.'.length) : admitted.kind === 'rejected' ? admitted.code : admitted.kind;
  });
};

const change = (record: LogRecord | undefined, changed: Partial<LogRecord>): LogRecord[] => (record ? [{ ...record, ...changed }] : []);

describe('records as they cross Kafka', () => {
  it('are accepted from the service that may write them, claims first', () => {
    expect(read([...claimBy(planner), ...eventsBy(planner, 3)])).toEqual(['claim', 'run.started', 'run.started', 'run.started']);
  });

  it('are refused from a service that may not', () => {
    expect(read(claimBy(policy))).toEqual(['SIGNER_WRONG']);
  });

  it('are refused when they are altered, moved or stripped', () => {
    const [claim] = claimBy(planner);
    const [event] = eventsBy(planner, 1);
    const bytes = Buffer.from(String(event?.value).replace('acme', 'acne'));
    const cases = [
      change(event, { value: bytes }),
      change(event, { key: Buffer.from('acme/other') }),
      change(event, { partition: (PARTITION + 1) % PARTITIONS }),
      change(event, { headers: Object.assign({}, event?.headers, { 'cs-epoch': Buffer.from('9') }) }),
      change(event, { headers: {} }),
    ];
    expect(cases.map((altered) => read([...(claim ? [claim] : []), ...altered])[1])).toEqual(['SIGNATURE_INVALID', 'SIGNATURE_INVALID', 'SIGNATURE_INVALID', 'SIGNATURE_INVALID', 'SIGNATURE_MISSING']);
  });

  it('are refused where their key does not belong, though their own service put them there', () => {
    const other = (PARTITION + 1) % PARTITIONS;
    expect(read([...claimBy(planner, 'proposals', other), ...eventsBy(planner, 1, other)])).toEqual(['claim', 'EVENT_MISPLACED']);
  });

  it('are refused where they state an epoch that begins behind them, which would make every claim to come void', () => {
    const future = 900_000_000_000_000;
    const sealed = planner.seal({ topic: 'ns.proposals', partition: PARTITION, epoch: future, firstSeq: 0 }, [{ key: Buffer.from(KEY), value: planner.encode(started('x')).value }]);
    const [claim] = claimBy(planner);
    const [forged] = at(sealed, 'proposals', PARTITION);
    const records = [claim, forged && { ...forged, offset: 1 }, ...eventsBy(planner, 1).map((record) => ({ ...record, offset: 2 }))].filter((record) => record !== undefined);
    expect(read(records)).toEqual(['claim', 'EVENT_INVALID', 'run.started']);
  });

  it('are refused with a claim that names another key than the one that signed it', () => {
    const claim = newClaim({ service: 'planner', claim: { member: 'm', instance: 'i', nonce: 'n', key: 'cccccccccccccccc' as KeyId, after: -1 }, now: NOW });
    const sealed = planner.seal({ topic: 'ns.proposals', partition: PARTITION, epoch: 'claim', firstSeq: 0 }, [{ key: null, value: planner.encodeClaim(claim) }]);
    expect(read(at(sealed, 'proposals', PARTITION))).toEqual(['SIGNER_WRONG']);
  });

  it('of a door that people write need a signature of a person, which whoever handles them checks', () => {
    const ballot = newEvent({ service: 'operator', type: 'countersign.ballot.cast', data: sampleOf('countersign.ballot.cast'), tenant: 'acme' as Tenant, workflow: 'refund-desk' as Workflow, run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId, step: 'refund' as StepId, subject: 'b', now: NOW });
    const { value } = planner.encode(ballot);
    const signed = { key: Buffer.from(KEY), value, headers: { 'cs-jws': 'x' } };
    const holding = { ...signed, value: Buffer.from(value.toString().replace('"causes":""', `"causes":"b@decisions/1/99999#${'0'.repeat(64)}"`)) };
    expect(read(at([signed, { ...signed, headers: {} }, { ...signed, value: Buffer.from('{}') }, holding], 'ballots', PARTITION), 'ballots')).toEqual(['ballot.cast', 'SIGNATURE_MISSING', 'EVENT_NOT_CLOUDEVENT', 'EVENT_INVALID']);
  });

  it('that nobody here handles keep their place in the order and are passed over, but only if their signature is good', () => {
    const [claim] = claimBy(planner);
    const events = eventsBy(planner, 3);
    const records = [...(claim ? [claim] : []), ...events];
    expect(read(records, 'proposals', new Set(['countersign.run.closed']))).toEqual(['claim', 'passed', 'passed', 'passed']);
    expect(read(records.toSpliced(2, 1), 'proposals', new Set(['countersign.run.closed']))).toEqual(['claim', 'passed', 'SEQUENCE_BROKEN']);
    expect(read([...records.slice(0, 1), ...change(events[0], { key: Buffer.from('acme/other') })], 'proposals', new Set(['countersign.run.closed']))).toEqual(['claim', 'SIGNATURE_INVALID']);
    expect(read(records, 'proposals', new Set(['countersign.run.started']))).toEqual(['claim', 'run.started', 'run.started', 'run.started']);
  });

  it('of a door of upstreams are handed on as they are', () => {
    expect(read(at([{ key: null, value: Buffer.from('anything'), headers: {} }], 'inbox.acme', 0), 'inbox.acme')).toEqual(['foreign']);
  });

  it('bear the trace of what they were made for', () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const sealed = planner.seal({ topic: 'ns.proposals', partition: PARTITION, epoch: 0, firstSeq: 0 }, [{ key: null, value: planner.encode(started('x')).value, traceparent }]);
    expect(sealed[0]?.headers['traceparent']).toBe(traceparent);
  });
});

describe('a text that a service signs for itself', () => {
  it('is known to be its own, and nobody else\'s', () => {
    const signature = planner.sign('a');
    expect(planner.isSigned('a', signature, NOW)).toBe(true);
    expect(planner.isSigned('b', signature, NOW)).toBe(false);
    expect(planner.isSigned('a', policy.sign('a'), NOW)).toBe(false);
    expect(planner.isSigned('a', 'nonsense', NOW)).toBe(false);
  });
});

describe('the topics of the flow', () => {
  it('say what their records have to show', () => {
    expect(['proposals', 'tasks', 'ledger', 'outcomes.acme', 'ballots', 'inbox.acme'].map(admissionOf)).toEqual(['claimed', 'signed', 'signed', 'signed', 'person', 'foreign']);
    expect(() => admissionOf('elsewhere')).toThrow(CountersignError);
  });
});
