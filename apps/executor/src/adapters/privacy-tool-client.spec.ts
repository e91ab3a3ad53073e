import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initialControls, type ControlState, type TenantDocument } from '@countersign/domain';
import { days, timestamp, type Instant, type Json, type JsonObject, type Tenant } from '@countersign/kernel';
import { newRecipient, type KeyOwner } from '@countersign/privacy';
import { keysOfTest } from './spec-support/keys.js';
import { OWN_KEYS, PrivacyToolClient } from './privacy-tool-client.js';
import type { SendOptions, ToolAnswer } from './tool-client.js';

/** Each key is durable before the next. */
const MANY_FILES_MS = 60_000;
const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
const ADA: KeyOwner = { kind: 'subject', id: 'ada' };
const GRACE: KeyOwner = { kind: 'subject', id: 'grace' };

const tenantWith = (more: Partial<TenantDocument>, tenant = 'acme'): TenantDocument => ({ id: tenant, version: 1, tenant: tenant as Tenant, directory: {}, budgets: { day: {}, month: {} }, ...more });

const world = (...tenants: readonly TenantDocument[]) => {
  const { keys, seals, folder } = keysOfTest();
  const removed: Instant[] = [];
  let later = 0;
  const now = (): Instant => (Date.now() + later) as Instant;
  const controlsOf = (documents: readonly TenantDocument[]): ControlState => ({ ...initialControls(), active: { tenants: documents.map((document) => ({ id: document.id, version: 1, hash: '', document })) } as unknown as NonNullable<ControlState['active']> });
  let controls = controlsOf(tenants);
  const client = new PrivacyToolClient({ keys, controls: () => controls, now, removeAnswers: (before) => Promise.resolve(removed.push(before)) });
  const send = (path: string, body: JsonObject = {}, tenant = 'acme'): Promise<ToolAnswer> =>
    client.send(OWN_KEYS, { method: 'POST', path, query: {}, headers: {}, body }, { tenant } as unknown as SendOptions);
  return {
    keys,
    folder,
    removed,
    now,
    send,
    putInForce: (...documents: readonly TenantDocument[]) => {
      controls = controlsOf(documents);
    },
    pass: (milliseconds: number) => {
      later += milliseconds;
    },
    sealed: async (value: Json, owner: KeyOwner = ADA, tenant = 'acme') => (await seals.sealer({ tenant, run: RUN }, owner)).seal(value, 'personal'),
    kidOf: async (owner: KeyOwner) => (await keys.keyFor('acme', owner, RUN)).kid,
  };
};

const bodyOf = (answer: ToolAnswer): JsonObject => (answer.kind === 'answered' ? (answer.body as JsonObject) : {});
const disclosedIn = (answer: ToolAnswer): string => {
  const { disclosed } = bodyOf(answer);
  return typeof disclosed === 'string' ? disclosed : '';
};
const soon = (now: () => Instant): string => timestamp((now() + 60_000) as Instant);

describe('what is sealed is shown', () => {
  it('to the one who asks, and in no other form', async () => {
    const { send, sealed, now } = world();
    const recipient = await newRecipient();
    const answer = await send('/open', { sealed: [await sealed('ada@example.com'), await sealed({ street: 'Main' })], recipient: recipient.key, until: soon(now) });
    expect(JSON.stringify(answer)).not.toMatch(/ada@|Main/);
    expect(await recipient.open(disclosedIn(answer))).toEqual([{ value: 'ada@example.com' }, { value: { street: 'Main' } }]);
    expect(bodyOf(answer)['count']).toBe(2);
    await expect((await newRecipient()).open(disclosedIn(answer))).rejects.toMatchObject({ code: 'SEAL_INVALID' });
  });

  it('as far as it can be, with why not: gone, of another tenant, nothing sealed', async () => {
    const { send, sealed, keys, kidOf, now } = world();
    const recipient = await newRecipient();
    const gone = await sealed('gone', GRACE);
    await keys.shred('acme', await kidOf(GRACE));
    const answer = await send('/open', { sealed: [await sealed('here'), gone, await sealed('theirs', ADA, 'globex'), 'plain'], recipient: recipient.key, until: soon(now) });
    expect(await recipient.open(disclosedIn(answer))).toEqual([{ value: 'here' }, { code: 'key.shredded' }, { code: 'seal.invalid' }, { code: 'seal.invalid' }]);
  });

  it('not after the time is over, and to no key that is none', async () => {
    const { send, sealed, now, pass } = world();
    const { key } = await newRecipient();
    const asked = { sealed: [await sealed('ada')], recipient: key, until: soon(now) };
    expect(await send('/open', { ...asked, recipient: 'me' })).toEqual({ kind: 'refused', code: 'seal.invalid' });
    pass(60_001);
    expect(await send('/open', asked)).toEqual({ kind: 'refused', code: 'disclosure.over' });
    expect(await send('/open', { ...asked, until: 'for ever' })).toEqual({ kind: 'refused', code: 'disclosure.over' });
  });
});

describe('keys are destroyed', () => {
  it('as they are named, and once more is the same', async () => {
    const { send, keys, kidOf } = world();
    const named = { keys: [await kidOf(ADA)], reason: 'asked to be forgotten' };
    expect(bodyOf(await send('/shred', named))).toMatchObject({ keys: expect.arrayContaining(named.keys), reason: named.reason });
    expect(bodyOf(await send('/shred', named))).toEqual(named);
    await expect(keys.get('acme', named.keys[0] ?? '')).rejects.toMatchObject({ code: 'KEY_SHREDDED' });
  });

  it('with the one that a run of the person would yet get: nobody reads what its tools say from here on', async () => {
    const { send, keys, kidOf } = world();
    const [ada, of] = [await kidOf(ADA), { kind: 'run', id: RUN } as const];
    expect(await keys.keysOf('acme', of)).toEqual([]);
    const told = bodyOf(await send('/shred', { keys: [ada], reason: 'r' }))['keys'];
    const { kid, shreddedAt } = await keys.keyFor('acme', of, RUN);
    expect([told, shreddedAt]).toEqual([[ada, kid], expect.any(Number)]);
  });

  it('with those of more runs than an event can name', { timeout: MANY_FILES_MS }, async () => {
    const { send, keys, kidOf } = world();
    const ada = await kidOf(ADA);
    await Promise.all(Array.from({ length: 501 }, (_, number) => keys.keyFor('acme', ADA, `run-${number}`)));
    expect(bodyOf(await send('/shred', { keys: [ada], reason: 'r' }))['keys']).toHaveLength(500);
    expect((await keys.list('acme')).keys.filter(({ shreddedAt }) => shreddedAt === undefined)).toEqual([]);
  });

  it('not where one of them is held, or everything is, or one never was: then none is', async () => {
    const { send, keys, kidOf, putInForce } = world();
    const [ada, grace] = [await kidOf(ADA), await kidOf(GRACE)];
    putInForce(tenantWith({ legalHold: { 'matter-1': [ada] } }));
    expect(await send('/shred', { keys: [grace, ada], reason: 'r' })).toEqual({ kind: 'refused', code: 'key.held' });
    putInForce(tenantWith({ legalHold: { 'matter-2': ['*'] } }));
    expect(await send('/shred', { keys: [grace], reason: 'r' })).toEqual({ kind: 'refused', code: 'key.held' });
    putInForce(tenantWith({ legalHold: { 'matter-1': [ada] } }, 'globex'));
    expect(await send('/shred', { keys: [grace, 'x'.repeat(22)], reason: 'r' })).toEqual({ kind: 'refused', code: 'key.unknown' });
    expect((await keys.list('acme')).keys.map(({ shreddedAt }) => shreddedAt)).toEqual([undefined, undefined]);
    expect(await send('/shred', { keys: [grace, ada], reason: 'r' })).toMatchObject({ kind: 'answered' });
  });

  it('of its own tenant only', async () => {
    const { send, kidOf } = world();
    expect(await send('/shred', { keys: [await kidOf(ADA)], reason: 'r' }, 'globex')).toEqual({ kind: 'refused', code: 'key.unknown' });
  });
});

describe('what was kept for long enough', () => {
  it('is let go of by age, but for what is held', async () => {
    const { send, kidOf, pass, putInForce, removed } = world();
    const [ada, grace] = [await kidOf(ADA), await kidOf(GRACE)];
    putInForce(tenantWith({ retention: { personal: days(90), answers: days(30) }, legalHold: { 'matter-1': [ada] } }));
    expect(bodyOf(await send('/retain'))).toMatchObject({ keys: [], held: 0, more: false });
    pass(days(91));
    expect(bodyOf(await send('/retain'))).toMatchObject({ keys: [grace], held: 1, more: false, keys_before: expect.any(String) });
    expect(removed).toHaveLength(2);
    expect(bodyOf(await send('/retain'))).toMatchObject({ keys: [], held: 1 });
  });

  it('is let go of beside a file of a key that is damaged, which is told', async () => {
    const { send, kidOf, pass, folder } = world(tenantWith({ retention: { personal: days(90) } }));
    const [ada, grace] = [await kidOf(ADA), await kidOf(GRACE)];
    writeFileSync(join(folder, 'data', 'acme', `${ada}.json`), '{"v":1');
    pass(days(91));
    expect(bodyOf(await send('/retain'))).toMatchObject({ keys: [grace], damaged: [ada] });
  });

  it('is nothing where the tenant says no time', async () => {
    const { send, kidOf, pass, removed } = world(tenantWith({}));
    await kidOf(ADA);
    pass(days(10_000));
    expect(bodyOf(await send('/retain'))).toEqual({ keys: [], held: 0, more: false, answers: 0 });
    expect(removed).toEqual([]);
  });

  it('of answers beside the log is what no tenant keeps any more, and nothing while one holds everything', async () => {
    const { send, removed, putInForce, now } = world();
    putInForce(tenantWith({ retention: { answers: days(30) } }), tenantWith({ retention: { answers: days(60) } }, 'globex'));
    await send('/retain');
    expect(now() - (removed[0] ?? 0)).toBeGreaterThanOrEqual(days(60));
    putInForce(tenantWith({ retention: { answers: days(30) } }), tenantWith({}, 'globex'));
    await send('/retain');
    putInForce(tenantWith({ retention: { answers: days(30) }, legalHold: { 'matter-1': ['*'] } }));
    await send('/retain');
    expect(removed).toHaveLength(1);
  });
});

it('a request that is none of these is refused', async () => {
  const { send } = world();
  expect(await send('/everything')).toEqual({ kind: 'refused', code: 'request.unknown' });
});
