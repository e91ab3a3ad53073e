import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepId } from '@countersign/kernel';
import { bundlesOf, type Course, type PartitionTape } from '@countersign/replay';
import { forkRun, type Forked, type ForkWith } from '../../apps/cli/src/replay/fork.js';
import { settingOf } from '../../apps/cli/src/replay/setting.js';
import { PARTITIONS } from '../trust/forgery/world.ts';
import { candidate } from './candidate.ts';
import { Recording, TRUST_DOMAIN } from './recording.ts';

const REFUND = { id: 'mug', workflow: 'refund-desk', type: 'refund.requested', input: { ticket: 'HD-1', charge_id: 'ch_1', amount_cents: 1_200, reason: 'the mug is broken' } };
const EXPORT = { id: 'list', workflow: 'refund-desk', type: 'export.requested', input: { ticket: 'HD-2', rows: 5_000, reason: 'for the newsletter' } };

const recording = new Recording();
let tapes: readonly PartitionTape[] = [];

beforeAll(async () => {
  recording.world.outside.tellsCharges = true;
  await recording.start();
  await recording.carryOut(REFUND);
  await recording.carryOut(EXPORT);
  await recording.stop();
  tapes = recording.tapes();
}, 60_000);
afterAll(() => recording.stop());

const fork = (task: typeof REFUND | typeof EXPORT, given: Omit<ForkWith, 'engine'>): Promise<Forked> => {
  const bundle = tapes.flatMap((tape) => bundlesOf(tape).get(recording.runOf(task)) ?? [])[0];
  if (!bundle) throw new Error('the run is not on the tape');
  return forkRun({ tapes, controls: recording.timeline(), partitions: PARTITIONS, trustDomain: TRUST_DOMAIN }, bundle, { engine: 'cedar', ...given });
};

const decidedOn = (course: Course | undefined): Readonly<Record<StepId, string>> => Object.fromEntries([...(course?.decisions ?? [])].map(([step, { type }]) => [step, type.replace('countersign.', '')]));

const withoutRules = (folder: string, file: string, ...names: readonly string[]): void => {
  const path = join(folder, 'policies', file);
  writeFileSync(path, names.reduce((text, name) => text.replace(new RegExp(`  - name: ${name}\\n(?:    .*\\n)+`), ''), readFileSync(path, 'utf8')));
};
const denying = (folder: string): void => writeFileSync(join(folder, 'policies/no-more.yaml'), 'policies:\n  - name: no_more_looking\n    if: { tool: "charges.get" }\n    then: { action: deny }\n  - name: no_more_refunds\n    if: { tool: "payments.refund" }\n    then: { action: deny }\n');

describe('a fork', () => {
  it('denies from its proposal on what was allowed, and leaves what was decided before as it was', async () => {
    const { parent, fork: forked, end } = await fork(REFUND, { at: 2, candidate: candidate(denying) });
    expect(decidedOn(parent)).toEqual({ charge: 'action.allowed', refund: 'action.allowed' });
    expect(decidedOn(forked)).toEqual({ charge: 'action.allowed', refund: 'action.denied' });
    expect(end).toEqual({ parent: 'succeeded', fork: 'denied' });
  });

  it('denies the first proposal where that is where it begins, and nothing follows it', async () => {
    const { fork: forked, end } = await fork(REFUND, { at: 1, candidate: candidate(denying) });
    expect(decidedOn(forked)).toEqual({ charge: 'action.denied' });
    expect(end.fork).toBe('denied');
  });

  it('allows what was denied, and stops there: it was never done', async () => {
    const milder = candidate((folder) => {
      withoutRules(folder, 'refund-desk.yaml', 'no_bulk_export');
      withoutRules(folder, 'hijacked-planners.yaml', 'larger_export_requires_approval');
    });
    const { parent, fork: forked, end } = await fork(EXPORT, { at: 1, candidate: milder });
    expect([decidedOn(parent), decidedOn(forked)]).toEqual([{ export: 'action.denied' }, { export: 'action.allowed' }]);
    expect(end).toEqual({ parent: 'denied', fork: 'the tape ends at export: it was never called with these arguments' });
  });

  it('waits where people are asked who were not', async () => {
    const { fork: forked, end } = await fork(EXPORT, { at: 1, candidate: candidate((folder) => withoutRules(folder, 'refund-desk.yaml', 'no_bulk_export')) });
    expect(decidedOn(forked)).toEqual({ export: 'approval.required' });
    expect(end.fork).toBe('waits for people at export');
  });

  it('keeps the proposal that it begins at as it was, whatever another playbook would have proposed', async () => {
    const other = candidate((folder) => {
      const file = join(folder, 'playbooks/refund-desk.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^version: .*$/m, 'version: 99').replace(/ {2}- id: charge\n(?: {4}.*\n)+/, '').replaceAll('    after: [charge]\n', '').replace(/ {2}- id: refund-remaining\n(?: {4}.*\n)+/, ''));
    });
    const { fork: forked, proposal } = await fork(REFUND, { at: 1, candidate: other });
    expect(proposal.event.step).toBe('charge');
    expect(decidedOn(forked)).toMatchObject({ charge: 'action.allowed' });
  });

  it('decides on the arguments that were set, under the rules that are tried', async () => {
    const asking = candidate((folder) => writeFileSync(join(folder, 'policies/asks.yaml'), 'policies:\n  - name: small_ones_too\n    if: { tool: "payments.refund", amount_usd: "> 20" }\n    then: { action: require_human_approval }\n'));
    expect(decidedOn((await fork(REFUND, { at: 2, candidate: asking })).fork)).toMatchObject({ refund: 'action.allowed' });
    const { fork: forked, end } = await fork(REFUND, { at: 2, candidate: asking, settings: [settingOf('amount_cents=2100')] });
    expect(decidedOn(forked)).toMatchObject({ refund: 'approval.required' });
    expect(end.fork).toBe('waits for people at refund');
  });

  it('comes out as its parent did where the rules are those of then', async () => {
    const { parent, fork: forked, end } = await fork(REFUND, { at: 1, candidate: candidate(() => undefined) });
    expect(decidedOn(forked)).toEqual(decidedOn(parent));
    expect(end.fork).toBe(end.parent);
  });

  it.each([undefined, candidate(() => undefined)])('refuses an argument that the tool does not have, and names those that it has', async (tried) => {
    await expect(fork(REFUND, { at: 2, candidate: tried, settings: [settingOf('amount=2100')] })).rejects.toMatchObject({
      code: 'USAGE',
      message: '`payments.refund` has no argument `amount`',
      hint: 'it has `amount_cents`, `charge_id`, `reason`',
    });
  });

  it('begins at a step by its name as by its number, and says which there are', async () => {
    const { number, proposal, end } = await fork(REFUND, { at: 'refund', candidate: candidate(denying) });
    expect([number, proposal.event.step, end.fork]).toEqual([2, 'refund', 'denied']);
    for (const at of ['receipt', 3]) await expect(fork(REFUND, { at })).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(`has no proposal \`${at}\``), hint: '`--at` takes a number or a step of `1 charge`, `2 refund`' });
  });
});
