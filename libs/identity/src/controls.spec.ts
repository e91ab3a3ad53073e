import { encodeEvent, newEvent, PUBLISHED, type EventData } from '@countersign/contracts';
import { configActivatedV1, dlqRedrivenV1, keyAnnouncedV1, keyRetiredV1, killSwitchLiftedV1, killSwitchSetV1, policyPublishedV1, taskAcceptedV1, SAMPLE } from '@countersign/contracts/classes';
import type { Instant, KeyId, Tenant } from '@countersign/kernel';
import { describe, expect, it } from 'vitest';
import { checkControl, CONTROL_ROLES, type ControlType } from './controls.js';
import { signAsPerson } from './jws.js';
import { generateKey, keyIdOf, rawPublicKeyOf } from './keys.js';
import { verifyPersons } from './people.js';
import { humanPrincipal } from './principals.js';
import type { Root, RootPerson, RootRole } from './root.js';

const personOf = (name: string, roles: readonly RootRole[]) => {
  const privateKey = generateKey();
  return { subject: humanPrincipal(name), publicKey: rawPublicKeyOf(privateKey), roles, privateKey };
};
const ada = personOf('ada', ['admin', 'operator']);
const bob = personOf('bob', ['admin']);
const cem = personOf('cem', ['operator']);
const eve = personOf('eve', ['admin']);
const root: Root = { people: [ada, bob, cem], quorum: { admin: 1, operator: 1 } };
const two: Root = { ...root, quorum: { admin: 2, operator: 1 } };

const NOW = 1_767_323_045_000 as Instant;
const control = <Type extends ControlType>(type: Type, data: EventData<Type>, actor = ada.subject): Buffer => encodeEvent(newEvent({ service: 'operator', type, data, actor, subject: 'nonce', now: NOW }));
const sign = (bytes: Buffer, ...people: readonly (typeof ada)[]): string => people.map(({ privateKey, publicKey }) => signAsPerson(bytes, privateKey, keyIdOf(publicKey))).join(' ');
const policy = control('countersign.policy.published', policyPublishedV1.sample);
const manifest = control('countersign.config.activated', configActivatedV1.sample);
const retired = control('countersign.key.retired', keyRetiredV1.sample);
const refusal = (bytes: Buffer, jws: string | undefined, of = root): unknown => {
  try {
    return checkControl(bytes, jws, of).event.type;
  } catch (fault) {
    return (fault as { code: string }).code;
  }
};

describe('a control', () => {
  it('counts when a person who may has signed it', () => {
    expect(checkControl(policy, sign(policy, ada), root)).toMatchObject({ event: { type: 'countersign.policy.published' }, signers: [ada.subject] });
    expect(checkControl(policy, Buffer.from(sign(policy, ada)), root).signers).toEqual([ada.subject]);
  });

  it('counts with a quorum of signatures, in any order, each person once', () => {
    expect(checkControl(retired, sign(retired, bob, ada), two).signers).toEqual([bob.subject, ada.subject]);
    expect(refusal(retired, sign(retired, ada), two)).toBe('SIGNER_WRONG');
    expect(refusal(retired, sign(retired, ada, ada), two)).toBe('SIGNER_WRONG');
  });

  it('does not count people of another role towards the quorum', () => {
    expect(refusal(retired, sign(retired, ada, cem), two)).toBe('SIGNER_WRONG');
  });

  it('of a file or a manifest counts with one signature, and says whether there are more', () => {
    expect(refusal(policy, sign(policy, ada), two)).toBe('countersign.policy.published');
    expect(refusal(manifest, sign(manifest, ada), two)).toBe('countersign.config.activated');
    const quorate = (jws: string, of: Root): boolean => checkControl(manifest, jws, of).quorate;
    expect(quorate(sign(manifest, bob, ada), two)).toBe(true);
    expect([sign(manifest, ada), sign(manifest, ada, ada), sign(manifest, ada, cem)].map((jws) => quorate(jws, two))).toEqual([false, false, false]);
    expect(quorate(sign(manifest, ada), root)).toBe(true);
  });

  it.each<[string, string, Buffer, string | undefined]>([
    ['without a signature', 'SIGNATURE_MISSING', policy, undefined],
    ['with an empty signature', 'SIGNATURE_MISSING', policy, ''],
    ['with a signature over something else', 'SIGNATURE_INVALID', policy, sign(Buffer.from('{}'), ada)],
    ['with one good and one bad signature', 'SIGNATURE_INVALID', policy, `${sign(policy, ada)} ${sign(Buffer.from('{}'), bob)}`],
    ['with what is no signature', 'SIGNATURE_INVALID', policy, `${sign(policy, ada)} x`],
    ['with two spaces', 'SIGNATURE_INVALID', policy, `${sign(policy, ada)}  ${sign(policy, bob)}`],
    ['with more signatures than anyone needs', 'SIGNATURE_INVALID', policy, Array.from({ length: 33 }, () => sign(policy, ada)).join(' ')],
    ['of somebody whom the root file does not know', 'SIGNER_UNKNOWN', policy, sign(policy, eve)],
    ['of a person of another role', 'SIGNER_WRONG', control('countersign.policy.published', policyPublishedV1.sample, cem.subject), sign(control('countersign.policy.published', policyPublishedV1.sample, cem.subject), cem)],
    ['in the name of a person who did not sign', 'SIGNER_WRONG', policy, sign(policy, bob)],
    ['in bytes that are not canonical', 'EVENT_INVALID', Buffer.concat([policy, Buffer.from(' ')]), sign(Buffer.concat([policy, Buffer.from(' ')]), ada)],
    ['that is no event', 'EVENT_NOT_CLOUDEVENT', Buffer.from('{}'), sign(Buffer.from('{}'), ada)],
  ])('does not count %s', (_, code, bytes, jws) => {
    expect(refusal(bytes, jws)).toBe(code);
  });

  it('is none of the events of services', () => {
    const event = encodeEvent(newEvent({ service: 'gateway', type: 'countersign.task.accepted', data: taskAcceptedV1.sample, tenant: 'acme' as Tenant, actor: ada.subject, now: NOW }));
    expect(refusal(event, sign(event, ada))).toBe('EVENT_MISPLACED');
  });

  it('does not count when its hash is not that of its body', () => {
    const wrong = control('countersign.policy.published', Object.assign({}, policyPublishedV1.sample, { hash: SAMPLE.fileHash }));
    expect(refusal(wrong, sign(wrong, ada))).toBe('EVENT_INVALID');
  });

  it('does not count when it announces a key under the id of another', () => {
    const right = control('countersign.key.announced', keyAnnouncedV1.sample);
    const wrong = control('countersign.key.announced', Object.assign({}, keyAnnouncedV1.sample, { key: '0123456789abcdef' as KeyId }));
    expect(refusal(right, sign(right, ada))).toBe('countersign.key.announced');
    expect(refusal(wrong, sign(wrong, ada))).toBe('EVENT_INVALID');
  });

  it('needs an admin for keys and manifests, and an operator for a redrive', () => {
    const by = (person: typeof ada) =>
      [control('countersign.key.retired', keyRetiredV1.sample, person.subject), control('countersign.config.activated', configActivatedV1.sample, person.subject), control('countersign.dlq.redriven', dlqRedrivenV1.sample, person.subject)].map((bytes) => refusal(bytes, sign(bytes, person)));
    expect(by(bob)).toEqual(['countersign.key.retired', 'countersign.config.activated', 'SIGNER_WRONG']);
    expect(by(cem)).toEqual(['SIGNER_WRONG', 'SIGNER_WRONG', 'countersign.dlq.redriven']);
  });

  it('has a role for each type on the topic', () => {
    expect(Object.keys(CONTROL_ROLES).toSorted()).toEqual(PUBLISHED.filter(({ topic }) => topic === 'controls').map(({ type }) => type).toSorted());
  });
});

describe('signatures of people', () => {
  it('name each person once, in the order in which they signed', () => {
    const bytes = Buffer.from('text');
    expect(verifyPersons(bytes, sign(bytes, bob, ada, bob), root.people)).toEqual([bob.subject, ada.subject]);
  });
});

describe('a switch', () => {
  const both: Root = { people: [ada, cem, bob], quorum: { admin: 1, operator: 2 } };
  const kill = control('countersign.kill-switch.set', killSwitchSetV1.sample);
  const lift = control('countersign.kill-switch.lifted', killSwitchLiftedV1.sample);
  const mode = (change: Partial<EventData<'countersign.mode.changed'>>): Buffer => control('countersign.mode.changed', { scope: 'all', value: '', reason: 'an incident', mode: 'normal', ...change });

  it('is pulled by one operator, whatever the quorum', () => {
    for (const stop of [kill, mode({ mode: 'safe' }), mode({ mode: 'read-only' })]) expect(refusal(stop, sign(stop, ada), both)).toBe(JSON.parse(stop.toString()).type);
    expect(refusal(kill, sign(kill, bob), both)).toBe('SIGNER_WRONG');
  });

  it('is put back by the quorum alone, not even half of the way: one of them may put it on the log, and others add to it', () => {
    for (const loosens of [lift, mode({ lifts: 58 }), mode({ mode: 'read-only', lifts: 58 })]) {
      expect(checkControl(loosens, sign(loosens, ada), both).quorate).toBe(false);
      expect(checkControl(loosens, sign(loosens, ada, cem), both).quorate).toBe(true);
    }
  });

  it.each<[string, RootPerson['may'], string, string]>([
    ['of everything, where nothing is said', undefined, 'countersign.kill-switch.set', 'countersign.mode.changed'],
    ['of the scopes of the root file', { kill: [{ scope: 'tenant', value: 'acme' }], mode: [] }, 'countersign.kill-switch.set', 'SIGNER_WRONG'],
    ['of no other', { kill: [{ scope: 'tenant', value: 'globex' }] }, 'SIGNER_WRONG', 'countersign.mode.changed'],
    ['of all, where that is said', { kill: [{ scope: 'all', value: '' }], mode: [{ scope: 'all', value: '' }] }, 'countersign.kill-switch.set', 'countersign.mode.changed'],
  ])('is one %s', (_, may, killed, changed) => {
    const limited: Root = { ...root, people: [{ ...ada, ...(may && { may }) }] };
    expect(refusal(kill, sign(kill, ada), limited)).toBe(killed);
    expect(refusal(mode({ mode: 'safe' }), sign(mode({ mode: 'safe' }), ada), limited)).toBe(changed);
  });

  it('that somebody may not pull does not count towards a quorum either', () => {
    const limited: Root = { ...both, people: [ada, { ...cem, may: { kill: [] } }] };
    expect(checkControl(lift, sign(lift, ada, cem), limited).quorate).toBe(false);
  });
});
