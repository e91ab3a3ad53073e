import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newEvent } from '@countersign/contracts';
import { codeOf, hours, timestamp, type Instant, type Principal, type Tenant, type Workflow } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ACME, ADA, CONTRACT, GRACE, hashOfDocument, REFUND_DESK, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import { signAsPerson } from './jws.js';
import { keyIdOf, rawPublicKeyOf } from './keys.js';
import { bytesOfTask, checkSubject, signerOfTask, type TaskToSign } from './task.js';

const KEYS = { [ADA]: generateKeyPairSync('ed25519').privateKey, [GRACE]: generateKeyPairSync('ed25519').privateKey };
const directory = { people: Object.entries(KEYS).map(([subject, key]) => ({ subject: subject as Principal, name: subject, publicKey: rawPublicKeyOf(key), roles: [] })) };
const sign = (bytes: Uint8Array, who: Principal = ADA): string => {
  const key = KEYS[who];
  if (!key) throw new Error(`no key of ${who}`);
  return signAsPerson(bytes, key, keyIdOf(rawPublicKeyOf(key)));
};

const TASK: TaskToSign['task'] = { task: 'ticket-1', source: '/helpdesk', upstreamType: 'refund.requested', upstreamTime: timestamp(NOW), input: { charge: 'ch_1', amount_cents: 1_200 }, extensions: {} };
const GIVEN: TaskToSign = { tenant: ACME, workflow: REFUND_DESK, task: TASK };
const submitted = (rest: { readonly subject: Principal; readonly signature?: string }, tenant: Tenant = ACME) =>
  newEvent({ service: 'gateway', type: 'countersign.task.submitted', tenant, workflow: REFUND_DESK, run: RUN, now: NOW, data: { ...TASK, ...rest, contract: { id: CONTRACT.id, version: CONTRACT.version, hash: hashOfDocument(CONTRACT) } } });

const outcome = (work: () => unknown): unknown => {
  try {
    return work() ?? 'holds';
  } catch (fault) {
    return codeOf(fault);
  }
};

describe('what a person signs who hands a task in', () => {
  it('is the CloudEvent in its canonical form, with tenant, workflow and time', () => {
    expect(String(bytesOfTask(GIVEN))).toBe(
      '{"data":{"amount_cents":1200,"charge":"ch_1"},"id":"ticket-1","source":"/helpdesk","specversion":"1.0","tenant":"acme","time":"2026-01-02T03:04:05.000Z","type":"refund.requested","workflow":"refund-desk"}',
    );
  });

  it('keeps attributes that we do not know, of which none stands for one that we do', () => {
    const event = JSON.parse(String(bytesOfTask({ ...GIVEN, task: { ...TASK, extensions: { priority: 'high', tenant: 'globex', workflow: 'other', id: 'another' } } }))) as object;
    expect(event).toMatchObject({ priority: 'high', tenant: 'acme', workflow: 'refund-desk', id: 'ticket-1' });
  });

  it('is never what could be a ballot or a control', () => {
    expect(outcome(() => bytesOfTask({ ...GIVEN, task: { ...TASK, upstreamType: 'countersign.ballot.cast' } }))).toBe('EVENT_MISPLACED');
  });
});

describe('who has handed a task in', () => {
  it('is the person of the directory whose key has signed it', () => {
    expect(signerOfTask(GIVEN, sign(bytesOfTask(GIVEN)), directory)).toBe(ADA);
    expect(signerOfTask(GIVEN, sign(bytesOfTask(GIVEN), GRACE), directory)).toBe(GRACE);
  });

  it.each([
    ['where nobody is in the directory', 'SIGNER_UNKNOWN', () => signerOfTask(GIVEN, sign(bytesOfTask(GIVEN)), undefined)],
    ['for another tenant', 'SIGNATURE_INVALID', () => signerOfTask({ ...GIVEN, tenant: 'globex' as Tenant }, sign(bytesOfTask(GIVEN)), directory)],
    ['for another workflow', 'SIGNATURE_INVALID', () => signerOfTask({ ...GIVEN, workflow: 'gifts' as Workflow }, sign(bytesOfTask(GIVEN)), directory)],
    ['where two have signed', 'SIGNATURE_INVALID', () => signerOfTask(GIVEN, `${sign(bytesOfTask(GIVEN))} ${sign(bytesOfTask(GIVEN), GRACE)}`, directory)],
    ['where one has signed twice', 'SIGNATURE_INVALID', () => signerOfTask(GIVEN, `${sign(bytesOfTask(GIVEN))} ${sign(bytesOfTask(GIVEN))}`, directory)],
    ['where the header is empty', 'SIGNATURE_MISSING', () => signerOfTask(GIVEN, '', directory)],
  ])('is nobody %s', (_, code, work) => {
    expect(outcome(work)).toBe(code);
  });
});

describe('whom a task on the log acts for', () => {
  const signature = sign(bytesOfTask(GIVEN));
  it.each([
    ['the systems of its tenant', 'holds', submitted({ subject: UPSTREAM })],
    ['a person who has signed it', 'holds', submitted({ subject: ADA, signature })],
    ['a person who has not', 'SIGNATURE_MISSING', submitted({ subject: ADA })],
    ['a person, where another one has signed', 'SIGNER_WRONG', submitted({ subject: GRACE, signature })],
    ['a person, in another tenant', 'SIGNATURE_INVALID', submitted({ subject: ADA, signature }, 'globex' as Tenant)],
    ['the systems of its tenant, where a person has signed', 'SIGNER_WRONG', submitted({ subject: UPSTREAM, signature })],
    ['the systems of another tenant', 'SIGNATURE_MISSING', submitted({ subject: UPSTREAM }, 'globex' as Tenant)],
    ['a service', 'SIGNATURE_MISSING', submitted({ subject: 'spiffe://countersign.local/service/policy' as Principal })],
  ])('%s: %s', (_, expected, event) => {
    expect(outcome(() => checkSubject(event, directory, NOW, 'countersign.local'))).toBe(expected);
  });

  it('is nobody of another trust domain than that of who checks it, whatever the gateway writes and the directory has', () => {
    const [upstream, ada] = [UPSTREAM, ADA].map((subject) => subject.replace('countersign.local', 'evil.example') as Principal);
    const people = directory.people.map((person) => (person.subject === ADA ? { ...person, subject: ada ?? ADA } : person));
    const check = (event: ReturnType<typeof submitted>, trustDomain: string) => outcome(() => checkSubject(event, { people }, NOW, trustDomain));
    expect(check(submitted({ subject: upstream ?? UPSTREAM }), 'countersign.local')).toBe('SIGNATURE_MISSING');
    expect(check(submitted({ subject: upstream ?? UPSTREAM }), 'evil.example')).toBe('holds');
    expect(check(submitted({ subject: ada ?? ADA, signature }), 'countersign.local')).toBe('SIGNER_WRONG');
    expect(check(submitted({ subject: ada ?? ADA, signature }), 'evil.example')).toBe('holds');
  });

  it.each([
    ['holds', hours(25)],
    ['SIGNATURE_INVALID', hours(25) + 1],
    ['holds', -1 * hours(1)],
    ['SIGNATURE_INVALID', -1 * hours(1) - 1],
  ])('is nobody who has signed it so long ago that it is forgotten, or for later: %s after %d ms', (expected, age) => {
    expect(outcome(() => checkSubject(submitted({ subject: ADA, signature }), directory, (NOW + age) as Instant, 'countersign.local'))).toBe(expected);
  });
});
