import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile, humanPrincipal, rawPublicKeyOf } from '@countersign/identity';
import { systemClock } from '@countersign/kernel';
import { kafkaMissing } from '@countersign/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRoot } from './connection/root.js';
import { readControlLog } from './controls/control-log.js';
import { EXIT } from './exit-codes.js';
import { contextIn } from './spec-support/context.spec-support.js';
import { KAFKA_PATIENCE, startInstallation, type Installation } from './spec-support/installation.spec-support.js';
import { kill } from './stop/kill.js';
import { listStops } from './stop/list.js';
import { pause, setMode } from './stop/mode.js';
import { resume } from './stop/resume.js';

const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
const REASON = { reason: 'an incident' };
const queued = { tenant: 'acme', workflow: 'refund-desk', tool: 'payments.refund', effect: 'write', waitsFor: 'tenant:acme', count: 3, older: 1, oldest: '2026-01-02T03:04:05.000Z', newest: '2026-01-02T03:04:05.000Z' };

let installation: Installation;
const open = (given: Parameters<typeof contextIn>[1] = {}) => contextIn(installation.folder, { json: true, now: () => systemClock.now(), ...given });
const stops = async () => (await readControlLog(installation.broker, installation.namespace, readRoot(open().context))).state.stops;
const standing = async (): Promise<unknown> => {
  const { context, out } = open();
  await listStops(context, { args: [], options: {} });
  return JSON.parse(out());
};

describe.skipIf(kafkaMissing !== undefined)('switches on a real Kafka', { timeout: KAFKA_PATIENCE }, () => {
  beforeAll(async () => {
    installation = await startInstallation();
    installation.answers.set('/v1/backlog', { backlog: [queued, { ...queued, waitsFor: 'outcomes' }] });
    installation.answers.set('/v1/runs', { runs: [{ id: RUN, tenant: 'acme', workflow: 'refund-desk', status: 'running', cost: {} }] });
  }, KAFKA_PATIENCE);
  afterAll(() => installation?.close(), KAFKA_PATIENCE);

  it('nothing is stopped before anybody has stopped it', async () => {
    expect(await standing()).toMatchObject({ stops: [], backlog: [queued, { waitsFor: 'outcomes' }] });
    await expect(resume(open().context, { args: ['all'], options: { ...REASON, yes: true } })).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'all is not stopped' });
  });

  it('a part is stopped without a question, and everything by typing what it is', async () => {
    const part = open();
    expect(await kill(part.context, { args: ['tool:payments.refund'], options: REASON })).toBe(EXIT.ok);
    expect(JSON.parse(part.out())).toMatchObject({ scope: 'tool:payments.refund', changed: true });
    const all = open({ json: false, answer: false });
    expect(await kill(all.context, { args: ['all'], options: REASON })).toBe(EXIT.error);
    expect(all.questions).toEqual(['this ends every run of every tenant, and breaks off the calls that are under way; kill']);
    await expect(kill(open().context, { args: ['all'], options: REASON })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await standing()).toMatchObject({ stops: [{ scope: 'tool:payments.refund', state: 'killed', reason: 'an incident' }] });
    expect(await kill(open().context, { args: ['all'], options: { ...REASON, yes: true } })).toBe(EXIT.ok);
    for (const args of [['all'], ['tool:payments.refund']]) expect(await resume(open().context, { args, options: { ...REASON, yes: true } })).toBe(EXIT.ok);
    expect(await standing()).toMatchObject({ stops: [] });
  });

  it('a run is found by the start of its id, and without the ledger by its whole name', async () => {
    await pause(open().context, { args: ['run:AAAA'], options: REASON });
    expect((await stops()).modes.get(`run:acme/refund-desk/${RUN}`)).toMatchObject({ mode: 'safe' });
    await resume(open().context, { args: [`run:acme/refund-desk/${RUN}`], options: { ...REASON, yes: true } });
    expect((await stops()).modes.get(`run:acme/refund-desk/${RUN}`)).toMatchObject({ mode: 'normal' });
  });

  it('an agent is found by its SPIFFE id', async () => {
    await kill(open().context, { args: ['agent:spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk'], options: REASON });
    expect((await stops()).kills.get('agent:acme/refund-desk/refund-desk')).toMatchObject({ stands: true });
  });

  it('what has queued is shown before it goes on, at a rate and up to an age', async () => {
    await setMode(open().context, { args: ['safe'], options: { ...REASON, tenant: 'acme' } });
    await setMode(open().context, { args: ['read-only', 'tenant:acme'], options: REASON });
    expect((await stops()).modes.get('tenant:acme')).toMatchObject({ mode: 'read-only' });
    const shown = open({ json: false, answer: false });
    expect(await resume(shown.context, { args: ['tenant:acme'], options: { ...REASON, maxAge: '2h' } })).toBe(EXIT.error);
    expect(shown.err()).toMatch(/WAITS FOR +WORKFLOW +TOOL +EFFECT +QUEUED +DROPPED .*\ntenant:acme +acme\/refund-desk +payments\.refund +write +3 +1 /);
    expect(await resume(open().context, { args: ['tenant:acme'], options: { ...REASON, dryRun: true } })).toBe(EXIT.ok);
    expect((await stops()).modes.get('tenant:acme')).toMatchObject({ mode: 'read-only' });
    expect(await resume(open().context, { args: ['tenant:acme'], options: { ...REASON, yes: true, rate: '30', maxAge: '2h' } })).toBe(EXIT.ok);
    expect((await stops()).modes.get('tenant:acme')).toMatchObject({ mode: 'normal', everyMs: 4_000, maxAgeMs: 7_200_000 });
  });

  it('is not pulled beyond what the root file lets somebody stop', async () => {
    const root = { people: [{ subject: installation.person.subject, publicKey: installation.person.publicKey, roles: ['admin', 'operator'], may: { kill: ['tenant:acme'] } }] };
    writeFileSync(join(installation.folder, 'root.json'), JSON.stringify(root));
    await expect(kill(open().context, { args: ['tenant:globex'], options: REASON })).rejects.toMatchObject({ code: 'SIGNER_WRONG', message: 'the root file does not let `spiffe://countersign.local/human/ada` pull this switch for tenant:globex' });
    expect(await kill(open().context, { args: ['workflow:acme/refund-desk'], options: REASON })).toBe(EXIT.ok);
  });

  it('is put back by as many operators as the root file asks for, each with the same command', async () => {
    const { subject, publicKey } = installation.person;
    const key = createKeyFile(join(installation.folder, 'bob.pem'));
    const people = [{ subject, publicKey, roles: ['admin', 'operator'] }, { subject: humanPrincipal('bob'), publicKey: rawPublicKeyOf(key), roles: ['operator'] }];
    writeFileSync(join(installation.folder, 'root.json'), JSON.stringify({ people, quorum: { operator: 2 } }));
    const bob = { COUNTERSIGN_PERSON: humanPrincipal('bob'), COUNTERSIGN_PERSON_KEY_FILE: join(installation.folder, 'bob.pem') };
    expect(await kill(open({ env: bob }).context, { args: ['tenant:acme'], options: REASON })).toBe(EXIT.ok);
    const one = open();
    expect(await resume(one.context, { args: ['tenant:acme'], options: { ...REASON, yes: true } })).toBe(EXIT.pending);
    expect(JSON.parse(one.out())).toMatchObject({ scope: 'tenant:acme', changed: false, missing: 1 });
    expect(await resume(open().context, { args: ['tenant:acme'], options: { ...REASON, yes: true } })).toBe(EXIT.pending);
    expect((await stops()).kills.get('tenant:acme')).toMatchObject({ stands: true });
    expect(await resume(open({ env: bob }).context, { args: ['tenant:acme'], options: { reason: 'so do I', yes: true } })).toBe(EXIT.ok);
    expect((await stops()).kills.get('tenant:acme')).toMatchObject({ stands: false });
  });

  it.each(['acme', 'tenant:', 'tenant:acme/x', 'nothing:acme', 'run:a/b'])('`%s` is no scope', async (typed) => {
    await expect(kill(open().context, { args: [typed], options: REASON })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
