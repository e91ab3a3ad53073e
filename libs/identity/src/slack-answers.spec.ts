import { describe, expect, it } from 'vitest';
import { newEvent } from '@countersign/contracts';
import { codeOf, runIdOf, sha256, timestamp, type Instant, type KeyId, type Principal, type Tenant, type Workflow } from '@countersign/kernel';
import { answerBytes, checkAnswer, signedAnswer } from './answer.js';
import { signAsPerson } from './jws.js';
import { generateKey, keyIdOf, rawPublicKeyOf } from './keys.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const keyOf = () => {
  const privateKey = generateKey();
  const publicKey = rawPublicKeyOf(privateKey);
  return { privateKey, publicKey, id: keyIdOf(publicKey) };
};
const [slackKey, anotherService, samsKey] = [keyOf(), keyOf(), keyOf()];
const sam = { subject: 'spiffe://countersign.local/human/sam' as Principal, name: 'Sam', publicKey: samsKey.publicKey, roles: ['support'], slack: 'T0ACME/U0SAM' };
const bob = { subject: 'spiffe://countersign.local/human/bob' as Principal, name: 'Bob', publicKey: keyOf().publicKey, roles: ['support'] };
const directory = { people: [sam, bob] };
const slackKeys = (key: KeyId): string | undefined => (key === slackKey.id ? slackKey.publicKey : undefined);

const [tenant, workflow] = ['acme' as Tenant, 'refund-desk' as Workflow];
const run = runIdOf(tenant, workflow, '/helpdesk', 'ticket-1');
const via = { slack: { team: 'T0ACME', user: 'U0SAM' } };
const SAID = { id: 'answer-1', time: timestamp(NOW), tenant, workflow, run, by: sam.subject, reason: 'it stands in the order', escalation: 'escalation-1', asked: sha256('question'), choice: 'stop' as 'stop' | 'resume', via };

const pressed = (change: Partial<typeof SAID> = {}, by = slackKey): { readonly value: Buffer; readonly jws: string } => {
  const value = answerBytes({ ...SAID, ...change });
  return { value, jws: signAsPerson(value, by.privateKey, by.id) };
};
const faultOf = (act: () => unknown): string => {
  try {
    act();
    return 'none';
  } catch (fault) {
    return codeOf(fault);
  }
};

describe('what was said in Slack to a question of a run', () => {
  const read = ({ value, jws }: ReturnType<typeof pressed>, keys: typeof slackKeys | undefined = slackKeys) => signedAnswer(value, jws, directory, keys);

  it('is its person’s where the Slack service has signed it for the user that the directory names', () => {
    expect(read(pressed())).toMatchObject({ by: sam.subject, choice: 'stop', via });
  });

  it.each([
    ['by another user', pressed({ via: { slack: { team: 'T0ACME', user: 'U0BOB' } } }), 'SIGNER_WRONG'],
    ['by the same id in another workspace', pressed({ via: { slack: { team: 'T0EVIL', user: 'U0SAM' } } }), 'SIGNER_WRONG'],
    ['for somebody whom the directory names no user for', pressed({ by: bob.subject }), 'SIGNER_WRONG'],
    ['for nobody of the directory', pressed({ by: 'spiffe://countersign.local/human/eve' as Principal }), 'SIGNER_WRONG'],
    ['signed by another service', pressed({}, anotherService), 'SIGNATURE_INVALID'],
    ['signed by the person, who signs nothing of Slack', pressed({}, samsKey), 'SIGNATURE_INVALID'],
    ['that was changed', { ...pressed({ choice: 'resume' }), jws: pressed().jws }, 'SIGNATURE_INVALID'],
    ['with a user that can be none', pressed({ via: { slack: { team: 'T0ACME', user: 'nobody' } } }), 'EVENT_INVALID'],
    ['with more than the user', pressed({ via: { slack: { ...via.slack, name: 'sam' } } as typeof via }), 'EVENT_INVALID'],
  ])('is none %s', (_, of, code) => expect(faultOf(() => read(of))).toBe(code));

  it('is none without a word of Slack in it: the service signs for nobody else', () => {
    const { via: _via, ...plain } = SAID;
    const value = answerBytes(plain);
    expect(faultOf(() => read({ value, jws: signAsPerson(value, slackKey.privateKey, slackKey.id) }))).toBe('SIGNER_UNKNOWN');
  });

  it('is none once the key is retired, or where none is known', () => {
    expect(faultOf(() => read(pressed(), () => undefined))).toBe('SIGNATURE_INVALID');
    const { value, jws } = pressed();
    expect(faultOf(() => signedAnswer(value, jws, directory))).toBe('SIGNATURE_INVALID');
  });

  it('is what the event says of it, who pressed too', () => {
    const { value, jws } = pressed();
    const { escalation, asked, by, reason } = SAID;
    const of = (change: object) => newEvent<'countersign.task.answered'>({ service: 'gateway', type: 'countersign.task.answered', tenant, workflow, run, now: NOW, data: { escalation, asked, by, reason, choice: 'stop', via, word: { value: value.toString(), jws }, ...change } });
    const check = (change: object): string => faultOf(() => checkAnswer(of(change), directory, NOW, slackKeys));
    expect(check({})).toBe('none');
    expect(check({ via: undefined })).toBe('SIGNATURE_INVALID');
    expect(check({ via: { slack: { team: 'T0ACME', user: 'U0BOB' } } })).toBe('SIGNATURE_INVALID');
    expect(check({ choice: 'resume' })).toBe('SIGNATURE_INVALID');
  });
});
