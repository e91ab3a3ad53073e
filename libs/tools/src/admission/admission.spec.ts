import { describe, expect, it } from 'vitest';
import type { AgentContract, ControlState, Pinned } from '@countersign/domain';
import { canonicalJson, runIdOf, type Instant, type Principal, type Sha256, type Tenant, type Workflow } from '@countersign/kernel';
import { MAX_FOREIGN_BYTES } from './foreign-event.js';
import { admit, type Admission, type AdmissionContext } from './admission.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const HASH = '3b'.repeat(32) as Sha256;

const CONTRACT = { id: 'refund-desk', version: 3, hash: HASH, document: { workflow: 'refund-desk', tenants: ['acme'], accepts: ['refund.requested'] } } as unknown as Pinned<AgentContract>;
const CONTEXT: AdmissionContext = {
  tenant: 'acme' as Tenant,
  now: NOW,
  receivedAt: NOW,
  controls: { active: { contracts: [CONTRACT] } } as unknown as ControlState,
  subject: 'spiffe://countersign.local/tenant/acme/upstream' as Principal,
  inputFaults: (_contract, input) => (typeof input['amount_cents'] === 'number' ? [] : [{ pointer: '/amount_cents', message: 'must be integer' }]),
};

const EVENT = { specversion: '1.0', id: 't-1', source: '/helpdesk', type: 'refund.requested', time: '2026-01-02T03:00:00Z', data: { amount_cents: 1200 } };

const send = (event: unknown, context: Partial<AdmissionContext> = {}, headers: Record<string, Buffer> = {}): Admission =>
  admit({ value: typeof event === 'string' ? Buffer.from(event) : Buffer.from(JSON.stringify(event)), headers }, { ...CONTEXT, ...context });

describe('the door', () => {
  it('admits an ordinary CloudEvent with a run made of tenant, workflow, source and id', () => {
    expect(send(EVENT)).toMatchObject({
      admitted: true,
      workflow: 'refund-desk' as Workflow,
      run: runIdOf('acme', 'refund-desk', '/helpdesk', 't-1'),
      task: { task: 't-1', source: '/helpdesk', upstreamTime: '2026-01-02T03:00:00.000Z', input: { amount_cents: 1200 }, contract: { id: 'refund-desk', version: 3, hash: HASH } },
    });
  });

  it('takes the same id for another task where another workflow is asked', () => {
    const goodwill = { ...CONTRACT, id: 'goodwill', document: { ...CONTRACT.document, workflow: 'goodwill' as Workflow } };
    const controls = { active: { contracts: [CONTRACT, goodwill] } } as unknown as ControlState;
    const [one, other, repeat] = ['refund-desk', 'goodwill', 'goodwill'].map((workflow) => send({ ...EVENT, workflow }, { controls }));
    expect([one, other]).toMatchObject([{ workflow: 'refund-desk' }, { workflow: 'goodwill' }]);
    expect(one?.admitted && other?.admitted && one.run === other.run).toBe(false);
    expect(repeat).toEqual(other);
  });

  it('admits any key order alike, and keeps attributes that it does not know apart', () => {
    const { data, ...rest } = EVENT;
    const turned = send({ data, priority: 'high', ...Object.fromEntries(Object.entries(rest).toReversed()) });
    expect(turned).toEqual({ ...send(EVENT), task: expect.objectContaining({ extensions: { priority: 'high' } }) });
  });

  it('admits the binary mode, whose attributes are headers', () => {
    const { data, ...attributes } = EVENT;
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, Buffer.from(value)]));
    expect(send(data, {}, headers)).toEqual(send(EVENT));
  });

  it('takes the time of the record for a task that states none', () => {
    const { time: _, ...timeless } = EVENT;
    expect(send(timeless, { receivedAt: (NOW - 5_000) as Instant })).toMatchObject({ task: { upstreamTime: '2026-01-02T03:04:00.000Z' } });
  });

  it.each([
    ['no JSON', '{"id":', 'event.not-json', []],
    ['no UTF-8', '\u{fffd}', 'event.not-json', []],
    ['a list', [EVENT], 'event.not-cloudevent', ['']],
    ['another specversion', { ...EVENT, specversion: '0.3' }, 'event.not-cloudevent', ['/specversion']],
    ['no id and no data', { ...EVENT, id: '', data: undefined }, 'event.not-cloudevent', ['/id', '/data']],
    ['a time that is none', { ...EVENT, time: 'yesterday' }, 'event.not-cloudevent', ['/time']],
    ['an unknown workflow', { ...EVENT, workflow: 'gift-cards' }, 'workflow.unknown', []],
    ['an unknown type', { ...EVENT, type: 'refund.dreamt' }, 'workflow.unknown', []],
    ['a known workflow with a type of another', { ...EVENT, workflow: 'refund-desk', type: 'issues.opened' }, 'workflow.unknown', []],
    ['data that break the input schema', { ...EVENT, data: { amount_cents: 'a lot' } }, 'input.invalid', ['/data/amount_cents']],
    ['a task of the day before yesterday', { ...EVENT, time: '2026-01-01T03:04:04Z' }, 'task.too-old', ['/time']],
    ['a task of tomorrow', { ...EVENT, time: '2026-01-02T04:04:06Z' }, 'task.in-future', ['/time']],
  ])('refuses %s with a code and the places', (_, event, code, pointers) => {
    const value = event === '\u{fffd}' ? undefined : event;
    const admission = value === undefined ? admit({ value: Buffer.of(0xff, 0xfe), headers: {} }, CONTEXT) : send(value);
    expect(admission).toMatchObject({ admitted: false, refusal: { code } });
    expect(admission.admitted || admission.refusal.faults.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('refuses what is too large without parsing it', () => {
    expect(send(`{"id":"${'x'.repeat(MAX_FOREIGN_BYTES)}"}`)).toMatchObject({ refusal: { code: 'event.too-large' } });
  });

  it.each([
    ['a number that is none', '1e999', 'event.not-json'],
    ['half of a character', '"\\ud83d"', 'event.not-json'],
    ['numbers that are short here and long as we write them', `[${Array(2_000).fill('1e20').join(',')}]`, 'event.too-large'],
    ['lists without end', '['.repeat(10_000), 'event.not-cloudevent'],
  ])('refuses %s, which no event of ours could carry', (_, amount, code) => {
    expect(send(JSON.stringify(EVENT).replace('1200', amount))).toMatchObject({ admitted: false, refusal: { code } });
  });

  it('refuses integers that it would have to round, and names the places', () => {
    const event = JSON.stringify({ ...EVENT, data: { amount_cents: 'A', lines: [{ account: 'B' }], said: '9007199254740993' } });
    expect(send(event.replace('"A"', '9007199254740993').replace('"B"', '12345678901234567890'))).toMatchObject({
      admitted: false,
      refusal: { code: 'number.inexact', task: 't-1', source: '/helpdesk', faults: [{ pointer: '/data/amount_cents' }, { pointer: '/data/lines/0/account' }] },
    });
    expect(send(event.replace('"A"', '9007199254740992').replace('"B"', '100000000000000000000'))).toMatchObject({ admitted: true, task: { input: { amount_cents: 9_007_199_254_740_992, lines: [{ account: 1e20 }] } } });
  });

  it('refuses them in the binary mode too, by their place in the event', () => {
    const { data: _, ...attributes } = EVENT;
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, Buffer.from(value)]));
    expect(send('{"amount_cents":9007199254740993}', {}, headers)).toMatchObject({ refusal: { code: 'number.inexact', task: 't-1', faults: [{ pointer: '/data/amount_cents' }] } });
  });

  it('answers whoever sends keys of any length within the size of an event', () => {
    const long = Array.from({ length: 40 }, (_unused, index) => ({ pointer: `/${'\u{1f600}'.repeat(900)}${index}`, message: '\u0000'.repeat(900) }));
    const refused = send({ ...EVENT, data: {} }, { inputFaults: () => long });
    expect(refused).toMatchObject({ refusal: { code: 'input.invalid' } });
    expect(refused.admitted ? 0 : Buffer.byteLength(canonicalJson(refused.refusal))).toBeLessThan(45_000);
  });

  it('takes no workflow for another because its name is no name', () => {
    expect(send({ ...EVENT, workflow: 'w'.repeat(201) })).toMatchObject({ refusal: { code: 'event.not-cloudevent', faults: [{ pointer: '/workflow' }] } });
  });

  it('refuses an empty record', () => {
    expect(admit({ value: null, headers: {} }, CONTEXT)).toMatchObject({ refusal: { code: 'event.not-json' } });
  });

  it('tells whose task it refused where that could be read', () => {
    expect(send({ ...EVENT, data: 7 })).toMatchObject({ refusal: { task: 't-1', source: '/helpdesk' } });
    expect(send({ ...EVENT, id: 7 })).toMatchObject({ refusal: { source: '/helpdesk' } });
  });

  it('lets no tenant use the contract of another', () => {
    expect(send(EVENT, { tenant: 'globex' as Tenant })).toMatchObject({ refusal: { code: 'workflow.unknown' } });
  });

  it('does not take `__proto__` for more than a name', () => {
    expect(send('{"specversion":"1.0","id":"t","source":"/s","type":"refund.requested","__proto__":{"admin":true},"data":{"amount_cents":1}}')).toMatchObject({ admitted: true });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
