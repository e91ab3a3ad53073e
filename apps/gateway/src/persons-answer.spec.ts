import { describe, expect, it } from 'vitest';
import type { LogRecord, Received } from '@countersign/bus';
import { encodeEvent, HEADERS, newEvent, type Event } from '@countersign/contracts';
import { answerBytes, generateKey, keyIdOf, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { minutes, runIdOf, sha256, timestamp, type Instant, type Tenant } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ACME, ADA, APPROVERS, controlsWith, GRACE, REFUND_DESK, RUN } from '@countersign/testing/refund-desk';
import { GatewayHandler, type Reception } from './gateway.handler.js';

const key = generateKey();
const controls = controlsWith({ approvers: [{ ...APPROVERS, people: APPROVERS.people.map((person) => (person.subject === ADA ? { ...person, publicKey: rawPublicKeyOf(key) } : person)) }] });
const ANSWER = { id: 'answer-1', time: timestamp(NOW), tenant: ACME, workflow: REFUND_DESK, run: RUN, by: ADA, reason: 'it stands in the ticket', escalation: 'escalation-1', asked: sha256('question'), choice: 'answer' as 'answer' | 'claim' | 'done', given: { 'task:/charge': 'ch_9' } };

const recordOf = (value: Buffer, jws = signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key)))): LogRecord => ({ topic: 'countersign.inbox.acme', partition: 2, offset: 7, timestamp: NOW, key: null, value, headers: { [HEADERS.personSignature]: Buffer.from(jws) } });
const signed = (change: Partial<typeof ANSWER> = {}): LogRecord => recordOf(answerBytes({ ...ANSWER, ...change }));
const receive = (record: LogRecord, tenant: Tenant = ACME): Reception => new GatewayHandler('countersign.local').receive(record, tenant, controls, NOW);

describe('what a person says to a question of a run', () => {
  it('goes on the log with what was signed, and the door says that it has it', () => {
    const record = signed();
    const { task, answer } = receive(record);
    expect(task).toMatchObject({
      topic: 'tasks',
      outgoing: { type: 'countersign.task.answered', tenant: ACME, workflow: REFUND_DESK, run: RUN, data: { escalation: 'escalation-1', asked: sha256('question'), by: ADA, choice: 'answer', given: { 'task:/charge': 'ch_9' }, word: { value: record.value?.toString() } } },
    });
    expect(answer).toMatchObject({ topic: 'outcomes.acme', outgoing: { type: 'countersign.task.accepted', data: { task: 'answer-1', source: '/countersign/answer' } } });
  });

  it('that it is being looked at is a claim', () => {
    const { given: _given, ...claim } = { ...ANSWER, choice: 'claim' as const };
    expect(receive(recordOf(answerBytes(claim)))).toMatchObject({ task: { outgoing: { type: 'countersign.task.claimed', data: { escalation: 'escalation-1', by: ADA } } } });
  });

  it.each([
    ['whose bytes were changed after it was signed', () => recordOf(answerBytes({ ...ANSWER, choice: 'done' }), signed().headers[HEADERS.personSignature]?.toString()), 'signature.invalid'],
    ['that names somebody else than who signed', () => signed({ by: GRACE }), 'signature.invalid'],
    ['of somebody whom the directory does not know', () => { const value = answerBytes(ANSWER); const stranger = generateKey(); return recordOf(value, signAsPerson(value, stranger, keyIdOf(rawPublicKeyOf(stranger)))); }, 'signer.unknown'],
    ['without a signature', () => ({ ...signed(), headers: {} }), 'signature.missing'],
    ['with white space', () => recordOf(Buffer.from(`${answerBytes(ANSWER).toString()} `)), 'answer.invalid'],
    ['that claims and says something besides', () => signed({ choice: 'claim' }), 'answer.invalid'],
    ['that can be none', () => signed({ choice: 'approve' as 'done' }), 'answer.invalid'],
    ['of a question without a hash', () => signed({ asked: 'x' as typeof ANSWER.asked }), 'answer.invalid'],
    ['of a workflow that nothing covers', () => signed({ workflow: 'gift-cards' as typeof REFUND_DESK, run: runIdOf(ACME, 'gift-cards', 's', 't') }), 'workflow.unknown'],
    ['that was kept for later', () => signed({ time: timestamp((NOW - minutes(6)) as Instant) }), 'answer.stale'],
    ['of a day to come', () => signed({ time: timestamp((NOW + minutes(6)) as Instant) }), 'answer.stale'],
  ])('%s is refused, and nothing goes on the log', (_, record, code) => {
    const { task, answer } = receive(record());
    expect(task).toBeUndefined();
    expect(answer).toMatchObject({ outgoing: { type: 'countersign.task.refused', data: { code } } });
  });

  it('is for one tenant', () => {
    expect(receive(signed(), 'globex' as Tenant)).toMatchObject({ answer: { topic: 'outcomes.globex', outgoing: { data: { code: 'answer.invalid' } } } });
  });

  it('that is sent twice is one', () => {
    expect(receive(signed()).task?.trigger.id).toBe(receive(signed()).task?.trigger.id);
    expect(receive(signed({ id: 'answer-2' })).task?.trigger.id).not.toBe(receive(signed()).task?.trigger.id);
  });
});

describe('what was said in Slack to a question of a run', () => {
  const slack = generateKey();
  const slackId = keyIdOf(rawPublicKeyOf(slack));
  const via = { slack: { team: 'T0ACME', user: 'U0ADA' } };
  const inForce = controls.active?.approvers;
  if (!inForce) throw new Error('nobody is in force');
  const there = {
    ...controls,
    keys: new Map([...controls.keys, [slackId, { key: slackId, service: 'slack' as const, publicKey: rawPublicKeyOf(slack), announced: 1 }]]),
    active: { ...controls.active, approvers: { ...inForce, document: { ...inForce.document, people: inForce.document.people.map((person) => (person.subject === ADA ? { ...person, slack: 'T0ACME/U0ADA' } : person)) } } },
  } as typeof controls;
  /** Without what is left out on purpose. */
  const given = <Of extends object>(of: Of): Of => Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Of;
  const word = (change: object = {}, by = slack): { readonly value: string; readonly jws: string } => {
    const value = answerBytes(given({ ...ANSWER, via, ...change }));
    return { value: value.toString(), jws: signAsPerson(value, by, keyIdOf(rawPublicKeyOf(by))) };
  };
  const pressed = (said: ReturnType<typeof word>): Received => {
    const event = newEvent({ service: 'slack', type: 'countersign.answer.pressed', tenant: ACME, workflow: REFUND_DESK, run: RUN, now: NOW, data: { escalation: 'escalation-1', slack: via.slack, word: said } }) as Event;
    const value = encodeEvent(event);
    return { event, topic: 'ballots', partition: 1, offset: 4, sha256: sha256(value), record: { topic: 'countersign.ballots', partition: 1, offset: 4, timestamp: NOW, key: null, value, headers: {} } } as unknown as Received;
  };
  const hear = (said: ReturnType<typeof word>, now = there) => new GatewayHandler('countersign.local').pressed(pressed(said), now);

  it('goes on the log with who pressed, under the id of what was said: handed over twice it is one', () => {
    expect(hear(word())).toMatchObject({ topic: 'tasks', outgoing: { type: 'countersign.task.answered', tenant: ACME, run: RUN, data: { by: ADA, choice: 'answer', given: { 'task:/charge': 'ch_9' }, via, word: { value: word().value } } } });
    expect(hear(word({ choice: 'claim', given: undefined }))).toMatchObject({ outgoing: { type: 'countersign.task.claimed', data: { via } } });
    expect(hear(word())?.trigger.id).toBe(hear(word())?.trigger.id);
  });

  it.each([
    ['that the Slack service has not signed', () => hear(word({}, key))],
    ['of somebody else than who pressed', () => hear(word({ by: GRACE }))],
    ['that was kept for later', () => hear(word({ time: timestamp((NOW - minutes(6)) as Instant) }))],
    ['of another tenant', () => hear(word({ tenant: 'globex' }))],
    ['where no key of the Slack service is known', () => hear(word(), controls)],
    ['that a person has signed: that comes through the inbox', () => hear(word({ via: undefined }, key))],
  ])('%s is nothing', (_, heard) => expect(heard()).toBeUndefined());

  it('comes through no inbox', () => {
    const { value, jws } = word();
    expect(receive(recordOf(Buffer.from(value), jws))).toMatchObject({ answer: { outgoing: { data: { code: 'signature.invalid' } } } });
  });
});
