import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LogRecord, Received } from '@countersign/bus';
import { HEADERS, newEvent, type EventData } from '@countersign/contracts';
import { keyIdOf, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { canonicalJson, microUsd, runIdOf, sha256, timestamp, type Instant, type JsonObject, type Sha256, type Tenant } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ACME, ADA, APPROVERS, controlsWith, heard, REFUND_DESK, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import { GatewayHandler, restsOnControls, type Reception } from './gateway.handler.js';

const handler = new GatewayHandler('countersign.local');
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const EVENT = { specversion: '1.0', id: 'ticket-1', source: '/helpdesk', type: 'refund.requested', time: '2026-01-02T03:00:00Z', data: { charge: 'ch_1', amount_cents: 1_200 } };

const recordOf = (body: unknown, offset = 7): LogRecord => ({
  topic: 'countersign.inbox.acme',
  partition: 2,
  offset,
  timestamp: NOW,
  key: null,
  value: body === null ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  headers: { traceparent: Buffer.from(TRACE) },
});
const receive = (body: unknown, offset?: number, tenant: Tenant = ACME): Reception => handler.receive(recordOf(body, offset), tenant, controlsWith(), NOW);

describe('what the gateway answers', () => {
  it('is a task and its acceptance, both about the run that the upstream can compute itself', () => {
    const { task, answer } = receive(EVENT);
    const common = { tenant: ACME, workflow: REFUND_DESK, run: runIdOf(ACME, REFUND_DESK, '/helpdesk', 'ticket-1') };
    expect(task).toMatchObject({ topic: 'tasks', traceparent: TRACE, outgoing: { type: 'countersign.task.submitted', ...common, data: { subject: UPSTREAM, input: EVENT.data } } });
    expect(answer).toMatchObject({ topic: 'outcomes.acme', traceparent: TRACE, outgoing: { type: 'countersign.task.accepted', ...common, data: { task: 'ticket-1', source: '/helpdesk' } } });
  });

  it('has the same ids wherever the same task lies, and the place of the record it was read from', () => {
    const [one, other] = [receive(EVENT, 7), receive(EVENT, 8)];
    expect(other.answer.trigger.id).toBe(one.answer.trigger.id);
    expect(other.answer.trigger).toMatchObject({ topic: 'inbox.acme', partition: 2, offset: 8, sha256: sha256(JSON.stringify(EVENT)) });
  });

  it('is a refusal and no task where the input breaks the agent contract', () => {
    const { task, answer } = receive({ ...EVENT, data: { charge: 7, amount_cents: 1_200 } });
    expect(task).toBeUndefined();
    expect(answer).toMatchObject({ topic: 'outcomes.acme', outgoing: { type: 'countersign.task.refused', subject: 'ticket-1', data: { code: 'input.invalid' } } });
  });

  it('tells refusals apart by the record, since two bad ones may look alike', () => {
    expect(receive('nonsense', 7).answer.trigger.id).not.toBe(receive('nonsense', 8).answer.trigger.id);
  });

  it.each([
    ['no JSON', 'nonsense', 'unknown'],
    ['an empty record', null, 'unknown'],
    ['a workflow that is no name', { ...EVENT, workflow: 'A/b' }, 'unknown'],
    ['a workflow that is no text', { ...EVENT, workflow: 7 }, 'unknown'],
    ['a workflow that is not there', { ...EVENT, workflow: 'gift-cards' }, 'gift-cards'],
  ])('is a refusal under a workflow that can be a key, for %s', (_, body, workflow) => {
    expect(receive(body)).toMatchObject({ answer: { outgoing: { type: 'countersign.task.refused', workflow } } });
  });

  it('goes to the tenant whose inbox it was, whatever the record says', () => {
    expect(receive({ ...EVENT, tenant: 'acme' }, 7, 'globex' as Tenant)).toMatchObject({ answer: { topic: 'outcomes.globex', outgoing: { type: 'countersign.task.refused', tenant: 'globex' } } });
  });
});

describe('a task that a person hands in', () => {
  const adas = generateKeyPairSync('ed25519').privateKey;
  const publicKey = rawPublicKeyOf(adas);
  const controls = controlsWith({ approvers: [{ ...APPROVERS, people: APPROVERS.people.map((person) => (person.subject === ADA ? { ...person, publicKey } : person)) }] });
  const SIGNED = { ...EVENT, time: timestamp(Date.parse(EVENT.time) as Instant), tenant: ACME, workflow: REFUND_DESK };
  const jwsOver = (event: JsonObject): string => signAsPerson(Buffer.from(canonicalJson(event)), adas, keyIdOf(publicKey));
  const receiveSigned = (event: JsonObject, jws: string, tenant: Tenant = ACME, inForce = controls): Reception => {
    const record = recordOf(event);
    return handler.receive({ ...record, headers: { ...record.headers, [HEADERS.personSignature]: Buffer.from(jws) } }, tenant, inForce, NOW);
  };

  it('acts for that person, and carries the signature on', () => {
    const jws = jwsOver(SIGNED);
    const { task, answer } = receiveSigned(SIGNED, jws);
    expect(task).toMatchObject({ outgoing: { data: { subject: ADA, signature: jws, input: EVENT.data, extensions: { tenant: ACME } } } });
    expect(answer).toMatchObject({ outgoing: { type: 'countersign.task.accepted' } });
  });

  it('leads to a run of that person, whose place no unsigned task under its id can take', () => {
    const [signed, unsigned] = [receiveSigned(SIGNED, jwsOver(SIGNED)), handler.receive(recordOf(SIGNED), ACME, controls, NOW)];
    const hers = runIdOf(ACME, REFUND_DESK, '/helpdesk', 'ticket-1', ADA);
    expect(signed).toMatchObject({ task: { outgoing: { run: hers } }, answer: { outgoing: { run: hers } } });
    expect(unsigned).toMatchObject({ task: { outgoing: { run: RUN } }, answer: { outgoing: { run: RUN } } });
    expect(signed.task?.trigger.id).not.toBe(unsigned.task?.trigger.id);
  });

  it('is the same task however its JSON is spelled', () => {
    const { task } = receiveSigned(Object.fromEntries(Object.entries(SIGNED).toReversed()), jwsOver(SIGNED));
    expect(task).toMatchObject({ outgoing: { data: { subject: ADA } } });
  });

  it('is told by the directory: a key that it did not know a moment ago may be there now', () => {
    const refused = receiveSigned(SIGNED, jwsOver(SIGNED), ACME, controlsWith());
    expect(refused).toMatchObject({ answer: { outgoing: { data: { code: 'signer.unknown', task: 'ticket-1', source: '/helpdesk' } } } });
    expect(restsOnControls(refused)).toBe(true);
  });

  it.each([
    ['whose signature is on something else', { ...SIGNED, id: 'ticket-2' }, jwsOver(SIGNED), 'signature.invalid', []],
    ['that was signed for another tenant', { ...SIGNED, tenant: 'globex' }, jwsOver({ ...SIGNED, tenant: 'globex' }), 'signature.invalid', ['/tenant']],
    ['that was signed for no tenant', EVENT, jwsOver(EVENT), 'signature.invalid', ['/tenant']],
    ['whose signature is empty', SIGNED, '', 'signature.missing', []],
    ['whose signature is none', SIGNED, 'undefined', 'signature.invalid', []],
  ])('is refused, and not the upstream’s, where it is one %s', (_, event, jws, code, pointers) => {
    const { task, answer } = receiveSigned(event, jws);
    expect(task).toBeUndefined();
    expect(answer).toMatchObject({ outgoing: { type: 'countersign.task.refused', data: { code, faults: pointers.map((pointer) => ({ pointer })) } } });
  });
});

describe('what the gateway tells at the end of a run', () => {
  const closed: EventData<'countersign.run.closed'> = { task: 'ticket-1', source: '/helpdesk', outcome: 'succeeded', cost: microUsd(2_500), sideEffects: [], events: 9, root: sha256('root') } as never;
  const received = (type: 'countersign.run.closed' | 'countersign.run.started', place: object = { tenant: ACME, workflow: REFUND_DESK, run: RUN }): Received => {
    const { event, cause } = heard(newEvent({ ...place, service: 'planner', type, now: NOW, data: closed }), 'proposals', 12);
    return { event, topic: cause.topic, offset: cause.offset, sha256: cause.sha256 as Sha256, partition: 3, key: '', record: recordOf('') };
  };

  it('is the outcome, without what is of no use outside', () => {
    const { task, source, outcome, cost, sideEffects } = closed;
    expect(handler.finish(received('countersign.run.closed'))).toMatchObject({ topic: 'outcomes.acme', traceparent: TRACE, trigger: { topic: 'proposals', partition: 3, offset: 12 } });
    expect(handler.finish(received('countersign.run.closed'))?.outgoing.data).toEqual({ task, source, outcome, reason: undefined, cost, sideEffects });
  });

  it('is nothing for anything but the end of a run of somebody', () => {
    expect(handler.finish(received('countersign.run.started'))).toBeUndefined();
    expect(handler.finish(received('countersign.run.closed', {}))).toBeUndefined();
  });
});
