import { describe, expect, it } from 'vitest';
import type { LogRecord } from '@countersign/bus';
import { HEADERS } from '@countersign/contracts';
import { generateKey, keyIdOf, rawPublicKeyOf, signAsPerson, undoOrderBytes } from '@countersign/identity';
import { hours, runIdOf, timestamp, type Instant, type StepId, type Tenant } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ACME, ADA, APPROVERS, controlsWith, GRACE, REFUND_DESK, RUN } from '@countersign/testing/refund-desk';
import { GatewayHandler, type Reception } from './gateway.handler.js';

const key = generateKey();
const controls = controlsWith({ approvers: [{ ...APPROVERS, people: APPROVERS.people.map((person) => (person.subject === ADA ? { ...person, publicKey: rawPublicKeyOf(key) } : person)) }] });
const ORDER = { id: 'order-1', time: timestamp(NOW), tenant: ACME, workflow: REFUND_DESK, run: RUN, step: 'refund' as StepId, by: ADA, reason: 'the wrong customer' };

const recordOf = (value: Buffer, jws = signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key)))): LogRecord => ({ topic: 'countersign.inbox.acme', partition: 2, offset: 7, timestamp: NOW, key: null, value, headers: { [HEADERS.personSignature]: Buffer.from(jws) } });
const receive = (record: LogRecord, tenant: Tenant = ACME, now: Instant = NOW): Reception => new GatewayHandler('countersign.local').receive(record, tenant, controls, now);
const signed = (change: object = {}): LogRecord => recordOf(undoOrderBytes({ ...ORDER, ...change }));

describe('an order to undo', () => {
  it('that a person of the directory has signed goes on to the log, with what was signed', () => {
    const run = runIdOf(ACME, REFUND_DESK, '/countersign/undo', 'order-1', ADA);
    expect(receive(signed())).toMatchObject({
      task: { topic: 'tasks', outgoing: { type: 'countersign.undo.ordered', run, data: { undoes: { run: RUN, step: 'refund' }, by: ADA, reason: ORDER.reason, order: { value: undoOrderBytes(ORDER).toString() } } } },
      answer: { outgoing: { type: 'countersign.task.accepted', run, data: { task: `${RUN}/refund`, source: '/countersign/undo' } } },
    });
  });

  it.each([
    ['whose bytes were changed after it was signed', () => recordOf(undoOrderBytes({ ...ORDER, step: 'other' as StepId }), signed().headers[HEADERS.personSignature]?.toString()), 'signature.invalid'],
    ['that names somebody else than who signed', () => signed({ by: GRACE }), 'signature.invalid'],
    ['of somebody whom the directory does not know', () => { const value = undoOrderBytes(ORDER); const stranger = generateKey(); return recordOf(value, signAsPerson(value, stranger, keyIdOf(rawPublicKeyOf(stranger)))); }, 'signer.unknown'],
    ['without a signature', () => ({ ...signed(), headers: {} }), 'signature.missing'],
    ['with white space', () => recordOf(Buffer.from(`${undoOrderBytes(ORDER).toString()} `)), 'undo.invalid'],
    ['of a run that can be none', () => signed({ run: 'run-1' }), 'undo.invalid'],
    ['of a workflow that nothing covers', () => signed({ workflow: 'gift-cards' }), 'workflow.unknown'],
    ['with an id that is half of a character', () => recordOf(Buffer.from(undoOrderBytes(ORDER).toString().replace('order-1', '\\ud800'))), 'undo.invalid'],
  ])('%s is refused', (_, record, code) => {
    const { task, answer } = receive(record());
    expect(task).toBeUndefined();
    expect(answer).toMatchObject({ outgoing: { type: 'countersign.task.refused', data: { code } } });
  });

  it('is for one tenant, and for a day', () => {
    expect(receive(signed(), 'globex' as Tenant)).toMatchObject({ answer: { topic: 'outcomes.globex', outgoing: { data: { code: 'undo.invalid' } } } });
    expect(receive(signed(), ACME, (NOW + hours(25)) as Instant)).toMatchObject({ answer: { outgoing: { data: { code: 'task.too-old' } } } });
  });

  it('that is sent twice is one', () => {
    expect(receive(signed()).task?.trigger.id).toBe(receive(signed()).task?.trigger.id);
    expect(receive(signed({ id: 'order-2' })).task?.trigger.id).not.toBe(receive(signed()).task?.trigger.id);
  });
});
