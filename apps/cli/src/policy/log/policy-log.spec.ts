import { kafkaMissing } from '@countersign/testing';
import { systemClock, timestamp, type Instant } from '@countersign/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyConfig } from '../../config/apply.js';
import { readRoot } from '../../connection/root.js';
import { readControlLog } from '../../controls/control-log.js';
import { EXIT } from '../../exit-codes.js';
import { policy, writeConfig, writeFile } from '../../spec-support/config-files.spec-support.js';
import { contextIn } from '../../spec-support/context.spec-support.js';
import { decisionOn, loadBook, openingOf, type MadeDecision } from '../../spec-support/decisions.spec-support.js';
import { KAFKA_PATIENCE, startInstallation, type Installation } from '../../spec-support/installation.spec-support.js';
import { diffPolicies } from '../diff/diff.js';
import { explainCall, type ExplainOptions } from '../explain/explain.js';
import { simulatePolicies } from '../simulate.js';

let installation: Installation;
/** A refund of 80 dollars that was allowed, and one of 250 that people were asked about. */
let medium: MadeDecision;
let large: MadeDecision;

const open = () => contextIn(installation.folder, { json: true, now: () => systemClock.now() });

/** Writes what policy wrote, now and under the controls in force. */
const record = async (made: MadeDecision, controlEpoch: number): Promise<MadeDecision> => {
  const now = systemClock.now();
  const event = { ...made.event, time: timestamp(now), data: Object.assign({}, made.event.data, { controlEpoch, ...(made.event.type !== 'countersign.action.denied' && { runDeadline: timestamp((now + 3_600_000) as Instant) }) }) } as MadeDecision['event'];
  const context = openingOf(made, now);
  await installation.write('policy', 'decisions', { ...context, data: Object.assign({}, context.data, { deadline: timestamp((now + 3_600_000) as Instant) }) });
  await installation.write('policy', 'decisions', event);
  return { ...made, event };
};

describe.skipIf(kafkaMissing !== undefined)('policies and the log of a real Kafka', { timeout: KAFKA_PATIENCE }, () => {
  beforeAll(async () => {
    installation = await startInstallation();
    const { folder, broker, namespace } = installation;
    writeConfig(folder);
    writeConfig(folder, 'stricter');
    writeFile(folder, 'stricter/policies/refund-desk.yaml', policy(50));
    const { context } = open();
    await applyConfig(context, { args: ['config'], options: { yes: true } });
    const { state } = await readControlLog(broker, namespace, readRoot(context));
    const then = loadBook(folder, 'config');
    const refund = (id: string, amount_cents: number): MadeDecision => decisionOn(then, { id, tool: 'payments.refund', args: { charge_id: 'ch_1', amount_cents } });
    medium = await record(refund('medium', 8_000), state.epoch);
    large = await record(refund('large', 25_000), state.epoch);
  }, KAFKA_PATIENCE);
  afterAll(() => installation?.close(), KAFKA_PATIENCE);

  const simulate = async (dir: string, since = '1h') => {
    const { context, out } = open();
    const code = await simulatePolicies(context, { args: [dir], options: { since } });
    return { code, ...(JSON.parse(out()) as object) };
  };
  const explain = async (args: readonly string[], options: ExplainOptions) => {
    const { context, out } = open();
    const code = await explainCall(context, { args, options });
    return { code, ...(JSON.parse(out()) as object) };
  };

  it('simulate changes nothing under the files in force', async () => {
    expect(await simulate('config')).toMatchObject({ code: EXIT.ok, bad: 0, decided: 2, changed: 0, notOfRules: 0 });
  });

  it('simulate finds what a lower limit asks about, and exits 9', async () => {
    expect(await simulate('stricter')).toMatchObject({ code: EXIT.drift, decided: 2, changed: 1, newlyAsked: { count: 1, calls: [{ call: expect.stringContaining(medium.event.data.action.run.slice(0, 12)) as string, before: { effect: 'allow' }, after: { effect: 'ask' } }] } });
  });

  it('simulate looks back as far as it is told', async () => {
    expect(await simulate('stricter', '1ms')).toMatchObject({ code: EXIT.ok, decided: 0 });
  });

  it('explain says of a step of a run why it was decided so, with what policy knew', async () => {
    const { run, step } = large.event.data.action;
    expect(await explain([step], { run })).toMatchObject({
      code: EXIT.pending,
      under: 'version 1, in force then',
      verdict: { effect: 'ask', rules: ['refund_requires_approval'] },
      recorded: { effect: 'ask', rules: ['refund_requires_approval'] },
      forAllow: ['refund_requires_approval: 1 of any approver would have to agree within 1d, asked at tier 2'],
    });
  });

  it('explain finds an action by the start of its hash, and tries other files on it', async () => {
    const action = medium.event.data.actionHash.slice(0, 12);
    expect(await explain([], { action })).toMatchObject({ code: EXIT.ok, verdict: { effect: 'allow' } });
    expect(await explain([], { action, config: 'stricter' })).toMatchObject({ code: EXIT.pending, under: 'stricter', verdict: { effect: 'ask' }, recorded: { effect: 'allow' } });
  });

  it('explain says where nothing was decided, and where several things were', async () => {
    await expect(explain(['refund'], { run: 'run-None' })).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'no decision on step `refund` of run `run-None` is in Kafka' });
    await expect(explain(['call'], { run: 'run-' })).rejects.toMatchObject({ code: 'USAGE', hint: 'type a few characters more' });
  });

  it('diff holds a folder against what is in force', async () => {
    const { context, out } = open();
    expect(await diffPolicies(context, { args: ['stricter'], options: { failOn: 'any' } })).toBe(EXIT.drift);
    expect(JSON.parse(out())).toMatchObject({ before: { name: 'what is in force' }, rules: [{ kind: 'changed', id: 'refund_requires_approval' }], newlyAllowed: { count: 0 } });
  });
});
