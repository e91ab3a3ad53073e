import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyId } from '@countersign/kernel';
import { signBatch, verifySignature, type SignedRecord } from './batch-signature.js';
import type { Epoch } from './batch-tree.js';
import type { Service } from './flow.js';
import type { KeyRing, Signer } from './signer.js';
import { verifyBatch } from './verify-batch.js';

interface Member {
  readonly signer: Signer;
  readonly publicKey: KeyObject;
}

const member = (service: Service, key: string): Member => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { signer: { service, key: key as KeyId, sign: (bytes) => sign(null, bytes, privateKey) }, publicKey };
};

const policy = member('policy', '1111111111111111');
const planner = member('planner', '2222222222222222');
const gateway = member('gateway', '3333333333333333');
/** Says that it is policy, and signs with a key of its own. */
const impostor = member('policy', '1111111111111111');
const RETIRED_AT = 2_000;

const ringOf = (...members: readonly Member[]): KeyRing => ({
  find: (key, at) => {
    const found = at > RETIRED_AT ? undefined : members.find(({ signer }) => signer.key === key);
    return found && { service: found.signer.service, publicKey: found.publicKey };
  },
});
const keys = ringOf(policy, planner, gateway);

interface Where {
  readonly topic?: string;
  readonly partition?: number;
  readonly epoch?: Epoch;
  readonly firstSeq?: number;
  readonly by?: Member;
}

/** What one produce of policy puts into partition 1 of decisions, as a reader gets it. */
const produce = (values: readonly string[], { topic = 'countersign.decisions', partition = 1, epoch = 40, firstSeq = 7, by = policy }: Where = {}): SignedRecord[] => {
  const records = values.map((value) => ({ key: Buffer.from('acme/refund-desk'), value: Buffer.from(value) }));
  const headers = signBatch({ topic, partition, epoch, firstSeq, records, signer: by.signer });
  return records.map((record, at) => ({ ...record, topic, partition, timestamp: 1_000, headers: { 'cs-epoch': Buffer.from(String(epoch)), 'cs-sig': Buffer.from(headers[at] ?? '') } }));
};

const only = (records: readonly SignedRecord[]): SignedRecord => {
  const [record] = records;
  if (!record) throw new Error('no record');
  return record;
};
const withHeader = (record: SignedRecord, change: (text: string) => string): SignedRecord => ({
  ...record,
  headers: { ...record.headers, 'cs-sig': Buffer.from(change(Buffer.from(record.headers['cs-sig'] ?? '').toString())) },
});
const field = (at: number, change: (text: string) => string) => (text: string) => text.split('.').map((part, index) => (index === at ? change(part) : part)).join('.');
const withEpoch = (record: SignedRecord, epoch: string): SignedRecord => ({ ...record, headers: { ...record.headers, 'cs-epoch': Buffer.from(epoch) } });

const three = produce(['a', 'b', 'c']);
const [first = only([]), second = only([])] = three;
const single = only(produce(['a']));

const refusal = (record: SignedRecord): unknown => {
  try {
    return verifySignature(record, keys);
  } catch (fault) {
    return (fault as { code: string }).code;
  }
};

describe('batch signature', () => {
  it('says who wrote each record, in which epoch and with which number', () => {
    expect(three.map((record) => verifySignature(record, keys))).toEqual([7, 8, 9].map((seq) => ({ service: 'policy', key: '1111111111111111', epoch: 40, seq })));
  });

  it('covers a batch of one record', () => {
    expect(verifySignature(single, keys)).toEqual({ service: 'policy', key: '1111111111111111', epoch: 40, seq: 7 });
  });

  it('covers a claim, whose epoch is the word', () => {
    expect(verifySignature(only(produce(['claim'], { epoch: 'claim', firstSeq: 0 })), keys)).toMatchObject({ epoch: 'claim', seq: 0 });
  });

  it('covers what has no epoch, on a topic without claims', () => {
    expect(verifySignature(only(produce(['task'], { topic: 'countersign.tasks', epoch: '-', firstSeq: 0, by: gateway })), keys)).toMatchObject({ service: 'gateway', epoch: '-' });
  });

  it('covers no more records than a header can number', () => {
    const records = Array.from({ length: 65_536 }, () => ({ key: null, value: Buffer.alloc(0) }));
    expect(() => signBatch({ topic: 't', partition: 0, epoch: 1, firstSeq: 0, records, signer: policy.signer })).toThrow('too large to sign');
  });

  it('signs nothing where there is nothing', () => {
    expect(signBatch({ topic: 't', partition: 0, epoch: 1, firstSeq: 0, records: [], signer: policy.signer })).toEqual([]);
  });
});

describe('a record whose signature does not hold', () => {
  it.each<[string, SignedRecord, string]>([
    ['has none', { ...first, headers: { 'cs-epoch': Buffer.from('40') } }, 'SIGNATURE_MISSING'],
    ['has an empty one', withHeader(first, () => ''), 'SIGNATURE_MISSING'],
    ['has another value', { ...first, value: Buffer.from('x') }, 'SIGNATURE_INVALID'],
    ['has no value', { ...first, value: null }, 'SIGNATURE_INVALID'],
    ['has another key', { ...first, key: Buffer.from('acme/other') }, 'SIGNATURE_INVALID'],
    ['has no key any more', { ...first, key: null }, 'SIGNATURE_INVALID'],
    ['moved a byte from its key to its value', { ...first, key: Buffer.from('acme/refund-des'), value: Buffer.from('ka') }, 'SIGNATURE_INVALID'],
    ['was moved to another partition', { ...first, partition: 2 }, 'SIGNATURE_INVALID'],
    ['was moved to another namespace', { ...first, topic: 'sbx-1.decisions' }, 'SIGNATURE_INVALID'],
    ['was moved to a topic that its signer may not write', { ...first, topic: 'countersign.executions' }, 'SIGNER_WRONG'],
    ['was moved to a topic that people write', { ...first, topic: 'countersign.controls' }, 'SIGNER_WRONG'],
    ['was moved to a topic that is not on the map', { ...first, topic: 'countersign.nowhere' }, 'SIGNER_WRONG'],
    ['was moved to a later epoch', withEpoch(first, '41'), 'SIGNATURE_INVALID'],
    ['passes for a claim', withEpoch(first, 'claim'), 'SIGNATURE_INVALID'],
    ['passes for one without epoch', withEpoch(first, '-'), 'SIGNATURE_INVALID'],
    ['is a claim that passes for an event', withEpoch(only(produce(['claim'], { epoch: 'claim', firstSeq: 0 })), '40'), 'SIGNATURE_INVALID'],
    ['has an epoch of another spelling', withEpoch(first, '040'), 'SIGNATURE_INVALID'],
    ['has no epoch', { ...first, headers: { 'cs-sig': first.headers['cs-sig'] ?? Buffer.from('') } }, 'SIGNATURE_INVALID'],
    ['has another number', withHeader(first, field(2, () => '8')), 'SIGNATURE_INVALID'],
    ['is said to be of a larger batch', withHeader(first, field(3, () => '4')), 'SIGNATURE_INVALID'],
    ['is said to be at another place in its batch', withHeader(first, field(4, () => '1')), 'SIGNATURE_INVALID'],
    ['is said to be behind the end of its batch', withHeader(first, field(4, () => '3')), 'SIGNATURE_INVALID'],
    ['has the signature of another batch', withHeader(first, field(5, () => Buffer.from(single.headers['cs-sig'] ?? '').toString().split('.')[5] ?? '')), 'SIGNATURE_INVALID'],
    ['has another spelling of its signature', withHeader(first, field(5, (signature) => signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(85) + 1))), 'SIGNATURE_INVALID'],
    ['has another spelling of its path', withHeader(first, field(6, (path) => path.slice(0, -1) + String.fromCharCode(path.charCodeAt(path.length - 1) + 1))), 'SIGNATURE_INVALID'],
    ['has the path of another record', withHeader(first, field(6, () => Buffer.from(second.headers['cs-sig'] ?? '').toString().split('.')[6] ?? '')), 'SIGNATURE_INVALID'],
    ['has a path that is cut off', withHeader(first, field(6, (path) => Buffer.from(path, 'base64url').subarray(0, 32).toString('base64url'))), 'SIGNATURE_INVALID'],
    ['has a path that is cut off in a hash', withHeader(first, field(6, (path) => path.slice(0, -4))), 'SIGNATURE_INVALID'],
    ['has no path', withHeader(first, field(6, () => '')), 'SIGNATURE_INVALID'],
    ['has a path though it is alone', withHeader(single, field(6, () => Buffer.alloc(32).toString('base64url'))), 'SIGNATURE_INVALID'],
    ['names the key of another service', withHeader(first, field(1, () => planner.signer.key)), 'SIGNER_WRONG'],
    ['names a key that nobody announced', withHeader(first, field(1, () => '4444444444444444')), 'SIGNER_UNKNOWN'],
    ['was appended after its key was retired', { ...first, timestamp: RETIRED_AT + 1 }, 'SIGNER_UNKNOWN'],
    ['is signed by an impostor', only(produce(['a'], { by: impostor })), 'SIGNATURE_INVALID'],
    ['has no epoch on a topic with claims, and is signed so', only(produce(['a'], { epoch: '-' })), 'SIGNATURE_INVALID'],
    ['has an epoch on a topic without claims, and is signed so', only(produce(['a'], { topic: 'countersign.tasks', by: gateway })), 'SIGNATURE_INVALID'],
    ['is of another format', withHeader(first, field(0, () => 'v2')), 'SIGNATURE_INVALID'],
    ['has more parts', withHeader(first, (text) => `${text}.`), 'SIGNATURE_INVALID'],
  ])('%s', (_, record, code) => {
    expect(refusal(record)).toBe(code);
  });

  it('is refused with the ring of others, though it was verified before', () => {
    verifySignature(first, keys);
    expect(() => verifySignature(first, ringOf(impostor))).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
  });

  it('is refused again and again: only what held is remembered', () => {
    const altered = { ...first, value: Buffer.from('x') };
    expect([refusal(altered), refusal(altered)]).toEqual(['SIGNATURE_INVALID', 'SIGNATURE_INVALID']);
  });
});

describe('verifying many records at once', () => {
  const verdicts = (records: readonly SignedRecord[]): unknown[] => verifyBatch(records, keys).map((verdict) => (verdict instanceof Error ? verdict.code : verdict));

  it('says of a whole batch what is said of each record', () => {
    expect(verdicts(three)).toEqual(three.map(refusal));
  });

  it('keeps the good records of a batch when one was altered', () => {
    const altered = three.map((record, at) => (at === 1 ? { ...record, value: Buffer.from('x') } : record));
    expect(verdicts(altered)).toEqual([refusal(first), 'SIGNATURE_INVALID', refusal(three[2] ?? first)]);
  });

  const batches = [three, produce(['d', 'e'], { firstSeq: 10 }), [single], produce(['f', 'g', 'h', 'i', 'j'], { epoch: 60, firstSeq: 0 }), produce(['claim'], { epoch: 'claim', firstSeq: 0 }), produce(['k', 'l'], { by: planner }), produce(['m', 'n'], { by: impostor })].flat();
  const alteration = fc.constantFrom<(record: SignedRecord) => SignedRecord>(
    (record) => ({ ...record, value: Buffer.from('x') }),
    (record) => ({ ...record, value: null }),
    (record) => ({ ...record, headers: {} }),
    (record) => ({ ...record, timestamp: RETIRED_AT + 1 }),
    (record) => ({ ...record, partition: 3 }),
    (record) => withEpoch(record, '61'),
    (record) => withEpoch(record, 'x'),
    (record) => withHeader(record, field(2, (seq) => String(Number(seq) + 1))),
    (record) => withHeader(record, field(4, () => '0')),
    (record) => withHeader(record, field(6, () => '')),
  );

  it('never depends on which of them come together, or on what was altered', () => {
    const picked = fc.array(fc.record({ from: fc.nat(batches.length - 1), length: fc.integer({ min: 1, max: 6 }) }), { maxLength: 4 });
    const alterations = fc.array(fc.tuple(fc.nat(20), alteration), { maxLength: 2 });
    fc.assert(
      fc.property(picked, alterations, (parts, changes) => {
        const records = parts.flatMap(({ from, length }) => batches.slice(from, from + length));
        for (const [at, alter] of changes) {
          const record = records[at];
          if (record) records[at] = alter(record);
        }
        expect(verdicts(records)).toEqual(records.map(refusal));
      }),
      { numRuns: 300 },
    );
  });
});
