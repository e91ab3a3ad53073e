import { describe, expect, it } from 'vitest';
import type { LogRecord } from '@countersign/bus';
import { HEADERS } from '@countersign/contracts';
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
