import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { createKeyFile, humanPrincipal, rawPublicKeyOf } from '@countersign/identity';
import { systemClock } from '@countersign/kernel';
import { kafkaMissing } from '@countersign/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyConfig, diffConfig } from './config/apply.js';
import { rollbackConfig } from './config/rollback.js';
import { showConfig } from './config/show.js';
import { signConfig } from './config/sign.js';
import { readRoot } from './connection/root.js';
import { readControlLog } from './controls/control-log.js';
import { republishControl } from './controls/publish-controls.js';
import { EXIT } from './exit-codes.js';
import { policy, writeConfig, writeFile } from './spec-support/config-files.spec-support.js';
import { contextIn } from './spec-support/context.spec-support.js';
import { KAFKA_PATIENCE, startInstallation, type Installation } from './spec-support/installation.spec-support.js';

const BOB = humanPrincipal('bob');
const AS_BOB = { COUNTERSIGN_PERSON: BOB, COUNTERSIGN_PERSON_KEY_FILE: 'bob.pem' };
const YES = { args: [], options: { yes: true } };
const APPLY = { args: ['config'], options: { yes: true } };
const REFUNDS = 'refund-desk of acme: payments.refund with amount_usd above 100 (and not amount_usd above 500) without approval (rule `refund_requires_approval`)';

let installation: Installation;
const open = (given: Parameters<typeof contextIn>[1] = {}) => contextIn(installation.folder, { json: true, now: () => systemClock.now(), ...given });
const asBob = () => open({ env: { ...AS_BOB, COUNTERSIGN_PERSON_KEY_FILE: join(installation.folder, 'bob.pem') } });
const controls = async () => readControlLog(installation.broker, installation.namespace, readRoot(open().context));
const limitTo = (limit: number): void => writeFile(installation.folder, 'config/policies/refund-desk.yaml', policy(limit));
const versionInForce = async () => (await controls()).state.active?.version;

describe.skipIf(kafkaMissing !== undefined)('config with two admins who both have to agree', { timeout: KAFKA_PATIENCE }, () => {
  beforeAll(async () => {
    installation = await startInstallation();
    writeConfig(installation.folder);
    const { subject, publicKey } = installation.person;
    const bob = rawPublicKeyOf(createKeyFile(join(installation.folder, 'bob.pem')));
    const people = [
      { subject, publicKey, roles: ['admin', 'operator'] },
      { subject: BOB, publicKey: bob, roles: ['admin'] },
    ];
    writeFileSync(join(installation.folder, 'root.json'), JSON.stringify({ people, quorum: { admin: 2 } }));
  }, KAFKA_PATIENCE);
  afterAll(() => installation?.close(), KAFKA_PATIENCE);

  it('is not in force with the signature of its author alone', async () => {
    await expect(signConfig(asBob().context, YES)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { context, out } = open();
    expect(await applyConfig(context, APPLY)).toBe(EXIT.pending);
    expect(JSON.parse(out())).toMatchObject({ applied: false, pending: true, version: 1, signers: [installation.person.subject], needed: 2 });
    expect(await versionInForce()).toBeUndefined();
    const show = open();
    await showConfig(show.context, { args: [], options: {} });
    expect(JSON.parse(show.out())).toMatchObject({ pending: [{ version: 1, needed: 2 }] });
  });

  it('is not in force either when its author signs it twice', async () => {
    await expect(signConfig(open().context, YES)).rejects.toMatchObject({ code: 'SIGNER_WRONG', message: expect.stringContaining('each person counts once') as string });
    const [proposal] = (await controls()).proposals;
    if (!proposal) throw new Error('nothing waits');
    await republishControl(installation.broker, installation.namespace, proposal.value, [...proposal.signatures, installation.person.sign(proposal.value)]);
    expect(await versionInForce()).toBeUndefined();
  });

  it('is in force once another admin has seen what becomes possible, and signed', async () => {
    const { context, err, out } = contextIn(installation.folder, { env: asBob().context.env, answer: true, now: () => systemClock.now() });
    expect(await signConfig(context, { args: [], options: {} })).toBe(EXIT.ok);
    expect(err()).toContain('refund-desk of acme: payments.refund (write)');
    expect(out()).toContain('in force: version 1');
    expect(await versionInForce()).toBe(1);
  });

  it('narrows with one signature, and widens with two', async () => {
    limitTo(50);
    expect(await applyConfig(open().context, APPLY)).toBe(EXIT.ok);
    limitTo(200);
    expect(await applyConfig(open().context, APPLY)).toBe(EXIT.pending);
    expect(await versionInForce()).toBe(2);
  });

  it('goes back only with both, where that widens', async () => {
    const { context, out } = open();
    expect(await rollbackConfig(context, { args: ['1'], options: { yes: true } })).toBe(EXIT.pending);
    expect(JSON.parse(out())).toMatchObject({ pending: true, version: 3, possible: [{ contract: 'refund-desk', tenants: ['acme'], tool: 'payments.refund' }] });
    expect(await versionInForce()).toBe(2);
  });

  it('waits in a row of its own for each change: one has to be named', async () => {
    const { proposals } = await controls();
    expect(proposals).toHaveLength(2);
    await expect(signConfig(asBob().context, YES)).rejects.toMatchObject({ code: 'USAGE', message: '2 changes wait for signatures' });
    const rollback = String(proposals.at(-1)?.hash.slice(0, 12));
    expect(await signConfig(asBob().context, { args: [rollback], options: { yes: true } })).toBe(EXIT.ok);
    expect(await versionInForce()).toBe(3);
    expect((await controls()).proposals).toEqual([]);
  });

  it('says which calls become possible before anything is published', async () => {
    limitTo(500);
    const { context, out } = open();
    expect(await diffConfig(context, { args: ['config'], options: {} })).toBe(EXIT.drift);
    expect((JSON.parse(out()) as { possible: readonly { readonly text: string }[] }).possible.map(({ text }) => text)).toEqual([REFUNDS]);
    const text = open({ json: false });
    await diffConfig(text.context, { args: ['config'], options: {} });
    expect(text.out()).toContain(`becomes possible:\n  ! ${REFUNDS}\n`);
  });
});
