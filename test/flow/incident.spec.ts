import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';

interface Told {
  readonly run: string;
  readonly steps: readonly { readonly step: string; readonly status: string; readonly outsideId?: string; readonly gates: readonly { readonly label: string; readonly verdict: string }[] }[];
  readonly events: Readonly<Record<string, string>>;
  readonly proofs?: { readonly proven: readonly string[]; readonly notAnchored: readonly string[] };
}

interface Readiness {
  readonly exitCode: number | null;
  readonly ready: boolean;
  readonly rows: readonly { readonly id: string; readonly met: boolean; readonly evidence: readonly string[]; readonly events: readonly string[] }[];
}

describe.skipIf(stackMissing !== undefined)(`what is asked after an incident${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  const folder = mkdtempSync(join(tmpdir(), 'incident-flow-'));
  let acme: Upstream;
  let [one, other]: Task[] = [];
  let outsideId = '';
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    one = deskTask({ id: 'incident-one', charge: await stack.payments.charge(700) });
    other = deskTask({ id: 'incident-other', charge: await stack.payments.charge(700), cents: 200 });
    for (const task of [one, other]) {
      await acme.send(task);
      await acme.finished(task);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const runOf = (task: Task | undefined): string => (task ? acme.runOf(task) : '');

  it('is answered for a run and for the id of the outside system alike, with proofs that verify', async () => {
    const told = await eventually('the run in the ledger', async () => {
      const found = await stack.json<Told>(['incident', runOf(one)]);
      return found.steps?.[0]?.status === 'verified' ? found : undefined;
    });
    outsideId = told.steps[0]?.outsideId ?? '';
    expect(told.steps[0]?.gates.map(({ label, verdict }) => `${label}: ${verdict}`)).toEqual(['schema: passed', 'contract: passed', 'rules: passed', 'taint: passed', 'budget: passed', 'people: did-not-look', 'grant: passed', 'read-back: passed']);
    let nth = 0;
    const proven = await eventually('every event in the anchor', async () => {
      const at = join(folder, `proofs-${(nth += 1)}`);
      const found = await stack.json<Told>(['incident', outsideId, '--proofs', at]);
      return found.proofs?.notAnchored.length === 0 ? { ...found, at } : undefined;
    });
    expect(proven.run).toBe(runOf(one));
    expect(readdirSync(proven.at).toSorted()).toEqual([...Object.keys(proven.events), 'incident.json'].toSorted());
    for (const [event, place] of Object.entries(proven.events)) {
      const shown = await stack.json<{ readonly exitCode: number; readonly topic: string; readonly partition: number; readonly offset: number }>(['ledger', 'verify', join(proven.at, event)]);
      expect([shown.exitCode, `${shown.topic}/${shown.partition}/${shown.offset}`]).toEqual([0, place]);
      expect(readFileSync(join(proven.at, event, 'record.json'), 'utf8')).toContain(`"id":"${event}"`);
    }
  });

  it('finds runs by what they did, and says in what two of them differ', async () => {
    const list = async (...filter: readonly string[]): Promise<readonly string[]> => (await stack.json<{ readonly runs: readonly { readonly id: string }[] }>(['runs', 'list', '--limit', '500', ...filter])).runs.map(({ id }) => id);
    const found = await list('--tool', 'payments.refund', '--agent', 'desk', '--outcome', 'succeeded', '--since', '1h', '--rule', 'contract.desk');
    expect(found).toEqual(expect.arrayContaining([runOf(one), runOf(other)]));
    expect(await list('--tool', 'payments.refund', '--until', '1h')).toEqual([]);
    const diff = await stack.json<{ readonly exitCode: number; readonly facts: readonly { readonly section: string; readonly name: string }[] }>(['runs', 'diff', runOf(one), runOf(other)]);
    expect(diff.exitCode).toBe(9);
    expect(diff.facts.map(({ section, name }) => `${section} ${name}`)).toContain('task input.amount_cents');
    expect((await stack.json<{ readonly exitCode: number }>(['runs', 'diff', runOf(one), runOf(one)])).exitCode).toBe(0);
  });

  it('says what keeps a workflow from being ready, and counts who signed off exactly that', async () => {
    const ready = (...more: readonly string[]): Promise<Readiness> => stack.json<Readiness>(['readiness', 'acme/desk', '--config', join(folder, 'no-cases'), '--require', 'finance', ...more]);
    const before = await ready();
    expect(before).toMatchObject({ exitCode: 9, ready: false });
    const met = Object.fromEntries(before.rows.map(({ id, met: is }) => [id, is]));
    expect(met).toMatchObject({ 'own-identity': true, 'fallback': false, 'regressions': false, 'signed-finance': false });
    expect(before.rows.find(({ id }) => id === 'replays')?.evidence).toEqual([expect.stringMatching(/^(\d+) of \1 runs? came out as they had$/)]);
    const signed = (await ready('--sign', 'finance', '--reason', 'looked through', '--yes')).rows.find(({ id }) => id === 'signed-finance');
    expect(signed).toMatchObject({ met: true, events: [expect.any(String)] });
  });
});
