import { systemClock } from '@countersign/kernel';
import { kafkaMissing } from '@countersign/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyConfig, diffConfig } from './config/apply.js';
import { rollbackConfig } from './config/rollback.js';
import { showConfig } from './config/show.js';
import { readRoot } from './connection/root.js';
import { readControlLog } from './controls/control-log.js';
import { EXIT } from './exit-codes.js';
import { PLAYBOOK, policy, writeConfig, writeFile } from './spec-support/config-files.spec-support.js';
import { contextIn } from './spec-support/context.spec-support.js';
import { KAFKA_PATIENCE, startInstallation, type Installation } from './spec-support/installation.spec-support.js';

let installation: Installation;
const write = (path: string, text: string): void => writeFile(installation.folder, path, text);
const open = (given: Parameters<typeof contextIn>[1] = {}) => contextIn(installation.folder, { json: true, now: () => systemClock.now(), ...given });
const controls = async () => readControlLog(installation.broker, installation.namespace, readRoot(open().context));

describe.skipIf(kafkaMissing !== undefined)('config on a real Kafka', { timeout: KAFKA_PATIENCE }, () => {
  beforeAll(async () => {
    installation = await startInstallation();
    writeConfig(installation.folder);
  }, KAFKA_PATIENCE);
  afterAll(() => installation?.close(), KAFKA_PATIENCE);

  it('says that nothing is in force', async () => {
    const { context, err } = open({ json: false });
    await showConfig(context, { args: [], options: {} });
    expect(err()).toContain('no configuration is in force');
  });

  it('is refused as a whole for one fault, with file, line and column', async () => {
    writeConfig(installation.folder, 'broken');
    write('broken/policies/refund-desk.yaml', policy(100).replace('amount_usd', 'amonut_usd'));
    await expect(applyConfig(open().context, { args: ['broken'], options: { yes: true } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/broken\/policies\/refund-desk\.yaml:3:\d+: .*amonut_usd/) as string,
    });
    expect((await controls()).manifests).toEqual([]);
  });

  it('asks before it changes anything, and does nothing without a yes', async () => {
    const { context, questions } = open({ answer: false });
    expect(await applyConfig(context, { args: ['config'], options: {} })).toBe(EXIT.error);
    expect(questions).toEqual(['put this in force?']);
    await expect(applyConfig(open().context, { args: ['config'], options: {} })).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--yes') as string });
    expect((await controls()).manifests).toEqual([]);
  });

  it('is put in force by one manifest, with the key of whoever applies it in place of `local`', async () => {
    const { context, out } = open();
    expect(await applyConfig(context, { args: ['config'], options: { yes: true } })).toBe(EXIT.ok);
    expect(JSON.parse(out())).toMatchObject({ applied: true, version: 1, changed: [], removed: [] });
    const { state, published } = await controls();
    expect(state.active?.version).toBe(1);
    expect(state.active?.approvers?.document.people[0]?.publicKey).toBe(installation.approver.publicKey);
    expect(published).toHaveLength(5);
  });

  it('applied again changes nothing', async () => {
    const { context, out } = open();
    expect(await applyConfig(context, { args: ['config'], options: { yes: true } })).toBe(EXIT.ok);
    expect(JSON.parse(out())).toMatchObject({ applied: false, version: 1 });
    expect((await controls()).manifests).toHaveLength(1);
  });

  it('differs by a rule: diff says so and exits 9, apply publishes only that file', async () => {
    write('config/policies/refund-desk.yaml', policy(50));
    const { context, out } = open({ json: false });
    expect(await diffConfig(context, { args: ['config'], options: {} })).toBe(EXIT.drift);
    expect(out()).toMatch(/- +amount_usd: "> 100"\n +\+ +amount_usd: "> 50"/);
    await applyConfig(open().context, { args: ['config'], options: { yes: true } });
    const { published, manifests } = await controls();
    expect(published.map(({ id, version }) => `${id} ${version}`).slice(5)).toEqual(['refund-desk 2']);
    expect(manifests.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('of a version that was published with other content is refused', async () => {
    write('config/playbooks/refund.yaml', PLAYBOOK.replace('version: 1', 'version: 1\ndescription: changed'));
    await expect(applyConfig(open().context, { args: ['config'], options: { yes: true } })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('playbooks/refund.yaml:2:') as string });
    write('config/playbooks/refund.yaml', PLAYBOOK);
  });

  it('is rolled back by activating the files of an earlier version again', async () => {
    expect(await rollbackConfig(open().context, { args: ['1'], options: { yes: true } })).toBe(EXIT.ok);
    const { manifests, published } = await controls();
    expect(manifests.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(manifests[2]?.hash).toBe(manifests[0]?.hash);
    expect(published).toHaveLength(6);
    const { context, out } = open();
    await showConfig(context, { args: [], options: {} });
    expect(JSON.parse(out())).toMatchObject({ version: 3, versions: [{ version: 1 }, { version: 2 }, { version: 3 }], refused: [] });
  });

  it('signed by somebody who is not in the root file is not even published', async () => {
    const env = { COUNTERSIGN_PERSON: 'spiffe://countersign.local/human/eve' };
    write('config/policies/refund-desk.yaml', policy(20));
    await expect(applyConfig(open({ env }).context, { args: ['config'], options: { yes: true } })).rejects.toMatchObject({ code: 'SIGNER_WRONG' });
    write('config/policies/refund-desk.yaml', policy(100));
    expect((await controls()).refused).toEqual([]);
  });
});
