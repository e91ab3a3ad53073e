import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, type RunId } from '@countersign/kernel';
import { eventually } from '../support/eventually.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

const OWN_FILE = 0o600;

interface Exact {
  readonly equal: boolean;
  readonly runs: readonly { readonly run: string; readonly equal: boolean; readonly outcome: string }[];
  readonly events: number;
}

describe.skipIf(stackMissing !== undefined)(`a replay of what a stack did${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, configDir } = useStack();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-replay-'));
  const runs: RunId[] = [];
  let acme: Upstream;
  let charge: string;

  beforeAll(async () => {
    acme = await Upstream.open(stack);
    charge = await stack.payments.charge(900);
    const approvals = await stack.view('approvals');
    const plain = deskTask({ id: 'replay-plain', charge });
    const asked = deskTask({ id: 'replay-asked', how: 'ask', charge });
    const wrong = deskTask({ id: 'replay-wrong', charge, cents: 'many' });
    for (const task of [plain, asked, wrong]) {
      await acme.send(task);
      runs.push(acme.runOf(task));
    }
    const { data } = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(asked));
    await stack.cli(['approvals', 'approve', String(data['approval']), '--yes']);
    for (const task of [plain, asked, wrong]) await acme.finished(task);
    await eventually('the runs in the archive', async () => {
      const verified = await Promise.all(runs.map((run) => stack.cli(['replay', 'verify', run])));
      return verified.every(({ code }) => code === 0) || undefined;
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('writes all of it once more, byte for byte, and nothing is refunded by it', async () => {
    const before = await stack.payments.refundsOf(charge);
    const report = await stack.json<Exact>(['replay', 'exact', ...runs]);
    expect(report).toMatchObject({ exitCode: 0, equal: true });
    expect(report.runs.map(({ run, equal }) => [run, equal])).toEqual(runs.map((run) => [run, true]));
    expect(report.events).toBeGreaterThan(30);
    expect(await stack.payments.refundsOf(charge)).toEqual(before);
  });

  it('writes the last runs once more, as many as there are, and those that ended last where fewer are asked for', async () => {
    const all = await stack.json<Exact>(['replay', 'exact', '--last', '50']);
    expect(all).toMatchObject({ exitCode: 0, equal: true });
    const ended = all.runs.map(({ run }) => run);
    // Runs of other specs ended before them on this stack.
    expect(ended.length).toBeLessThanOrEqual(50);
    expect(ended.slice(-runs.length).toSorted()).toEqual(runs.toSorted());
    expect((await stack.json<Exact>(['replay', 'exact', '--last', '2'])).runs.map(({ run }) => run)).toEqual(ended.slice(-2));
  });

  it('comes out as it did under the files that are in force', async () => {
    expect(await stack.json(['replay', 'what-if', '--policy', configDir, ...runs])).toMatchObject({ exitCode: 0, runs: 3, changed: 0, otherwiseCount: 0 });
  });

  it('tells an event that was changed in the archive: it is not proven, and the code would have written another', async () => {
    const { archive } = JSON.parse(readFileSync(join(stack.dataDir, 'client.json'), 'utf8')) as { readonly archive: { readonly anchor: string } };
    const changed = join(folder, 'changed');
    cpSync(join(stack.dataDir, 'archive'), changed, { recursive: true });
    for (const name of readdirSync(join(changed, stack.namespace, 'decisions'), { recursive: true, encoding: 'utf8' })) {
      const file = join(changed, stack.namespace, 'decisions', name);
      if (!statSync(file).isFile() || !name.includes('entries')) continue;
      chmodSync(file, OWN_FILE);
      writeFileSync(file, Buffer.from(readFileSync(file, 'latin1').replaceAll('desk_asks"', 'desk_lets"'), 'latin1'));
    }
    const [, asked = ''] = runs;
    const reading = ['--archive', changed, '--anchor', archive.anchor];
    expect(await stack.json(['replay', 'verify', asked, ...reading])).toMatchObject({ exitCode: 8, intact: false });
    expect(await stack.json<Exact>(['replay', 'exact', asked, ...reading])).toMatchObject({ exitCode: 9, equal: false });
    expect(await stack.json(['replay', 'verify', asked])).toMatchObject({ exitCode: 0, intact: true });
  });

  it('shows what of a run had happened at a moment, and what was in force', async () => {
    expect(await stack.json(['replay', 'at', new Date().toISOString(), '--run', runs[0] ?? ''])).toMatchObject({ exitCode: 0, configuration: { version: expect.any(Number) }, run: { id: runs[0] } });
  });

  it('forks a run at a step with other arguments, stops where the tape ends, and nothing is refunded by it', async () => {
    const before = await stack.payments.refundsOf(charge);
    expect(await stack.json(['replay', 'fork', runs[0] ?? '', '--at', '1', '--set', 'amount_cents=101'])).toMatchObject({
      exitCode: 9,
      parent: { run: runs[0], at: 1, step: 'plain' },
      end: { fork: 'the tape ends at plain: it was never called with these arguments' },
    });
    expect(await stack.payments.refundsOf(charge)).toEqual(before);
  });

  it('makes a test of a run, without what was written in its task', async () => {
    expect(await stack.json(['replay', 'promote', runs[0] ?? '', '--as', 'a-refund', '--expect', 'plain=ask', '--into', join(folder, 'incidents')])).toMatchObject({ exitCode: 0, calls: [{ step: 'plain', was: 'allow', expected: 'ask' }] });
    expect(readdirSync(join(folder, 'incidents'))).toEqual(['0001-a-refund']);
    expect(readFileSync(join(folder, 'incidents/0001-a-refund/incident.json'), 'utf8')).not.toContain('a test asks for it');
  });

  it('copies the archive into a sandbox, and its user can write nowhere else', async () => {
    const namespace = 'sbx-flow';
    const copied = await stack.json<{ readonly records: number }>(['replay', 'to-topic', '--ns', namespace]);
    expect(copied).toMatchObject({ exitCode: 0, namespace });
    const partition = stack.partitionOf('acme', 'desk');
    const sandbox = stack.kafka('sbx-replay');
    const { end } = await sandbox.offsets({ topic: `${namespace}.tasks`, partition });
    expect(end).toBeGreaterThanOrEqual(3);
    const headers: string[] = [];
    await sandbox.read({ topic: `${namespace}.tasks`, partition }, 0, 1, (records) => void headers.push(...records.flatMap((record) => Object.keys(record.headers))));
    expect(headers).toEqual(expect.arrayContaining(['x-replay-of', 'x-replay-time', 'cs-orig-sig']));
    const refused = await sandbox.append({ topic: stack.topic('tasks'), partition }, [{ key: null, value: Buffer.from('{}'), headers: {} }]).catch((fault: unknown) => fault);
    expect(codeOf(refused)).toBe('BROKER_REFUSED');
    expect(await stack.cli(['replay', 'to-topic', '--ns', 'countersign'])).toMatchObject({ code: 2 });
  });

  it('copies from Kafka what it copies from the archive, byte for byte, and with the times and places of the originals', async () => {
    const [archived, live] = ['sbx-flow-archive', 'sbx-flow-kafka'];
    expect(await stack.json(['replay', 'to-topic', '--ns', archived])).toMatchObject({ exitCode: 0, from: 'archive' });
    expect(await stack.json(['replay', 'to-topic', '--ns', live, '--from', 'kafka'])).toMatchObject({ exitCode: 0, from: 'kafka', of: stack.namespace });
    const sandbox = stack.kafka('sbx-replay');
    const copiesIn = async (namespace: string, topic: string, partition: number): Promise<readonly unknown[]> => {
      const target = { topic: `${namespace}.${topic}`, partition };
      const { start, end } = await sandbox.offsets(target);
      const copies: unknown[] = [];
      await sandbox.read(target, start, end, (records) => void copies.push(...records.map(({ key, value, headers }) => ({ key, value, headers }))));
      return copies;
    };
    for (const topic of ['tasks', 'proposals', 'decisions', 'approvals', 'executions', 'ballots', 'inbox.acme', 'outcomes.acme']) {
      let copied = 0;
      for (let partition = 0; partition < stack.partitions; partition += 1) {
        const [before, after] = [await copiesIn(archived, topic, partition), await copiesIn(live, topic, partition)];
        // Kafka may have some that are not archived yet.
        expect(after.slice(0, before.length)).toEqual(before);
        copied += before.length;
      }
      expect(`${topic}: ${copied > 0}`).toBe(`${topic}: true`);
    }
    expect(await stack.cli(['replay', 'to-topic', '--ns', live, '--from', 'kafka', '--archive', folder])).toMatchObject({ code: 2 });
  });
});
