import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';

interface Changed {
  readonly count: number;
  readonly calls: readonly { readonly call: string; readonly before: { readonly effect: string }; readonly after: { readonly effect: string; readonly rules: readonly string[] } }[];
}

interface Simulated {
  readonly decided: number;
  readonly newlyAllowed: Changed;
  readonly newlyAsked: Changed;
  readonly newlyDenied: Changed;
}

/** What the tools for policy authors say of the log of a stack. Nothing is put in force here. */
describe.skipIf(stackMissing !== undefined)(`policies held against the log${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, configDir } = useStack();
  let folder: string;
  let acme: Upstream;
  let small: Task;
  let medium: Task;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-policies-'));
    cpSync(configDir, join(folder, 'stricter'), { recursive: true });
    const rules = join(folder, 'stricter/policies/refund-desk.yaml');
    writeFileSync(rules, readFileSync(rules, 'utf8').replace('amount_usd: "> 100"', 'amount_usd: "> 50"'));
    acme = await Upstream.open(stack, 'acme');
    const charge = await stack.payments.charge(20_000);
    small = deskTask({ id: 'policies-small', charge, cents: 100 });
    medium = deskTask({ id: 'policies-medium', charge, cents: 8_000 });
  }, TEST_TIMEOUT_MS);
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const startOf = (task: Task): string => acme.runOf(task).slice(0, 'run-12345678'.length);
  const ofOurs = ({ calls }: Changed): Changed['calls'] => calls.filter(({ call }) => [small, medium].some((task) => call.startsWith(startOf(task))));

  it('begin with two refunds that were allowed', async () => {
    expect([(await acme.carryOut(small)).data, (await acme.carryOut(medium)).data]).toMatchObject([{ outcome: 'succeeded' }, { outcome: 'succeeded' }]);
  });

  it('simulate decides the real log again: a lower limit asks about the refund above it, and about no other', async () => {
    const found = await stack.json<Simulated>(['policy', 'simulate', join(folder, 'stricter'), '--since', '1h']);
    // Other files have put forged records on the log of this stack.
    expect(found).toMatchObject({ exitCode: 9 });
    expect(found.decided).toBeGreaterThan(1);
    expect([ofOurs(found.newlyAllowed), ofOurs(found.newlyDenied)]).toEqual([[], []]);
    expect(ofOurs(found.newlyAsked)).toMatchObject([{ call: expect.stringContaining(`${startOf(medium)} plain at `), before: { effect: 'allow' }, after: { effect: 'ask', rules: ['refund_requires_approval'] } }]);
  });

  it('simulate changes nothing for these runs under what is in force', async () => {
    const { newlyAllowed, newlyAsked, newlyDenied } = await stack.json<Simulated>(['policy', 'simulate', configDir, '--since', '1h']);
    expect([newlyAllowed, newlyAsked, newlyDenied].flatMap(ofOurs)).toEqual([]);
  });

  it('explain says of a past action which statements matched then, and what other files would have said', async () => {
    const past = await stack.json<{ readonly statements: readonly { readonly id: string; readonly matches: boolean; readonly tests: readonly { readonly input: string }[] }[] }>(['policy', 'explain', '--run', acme.runOf(medium), 'plain']);
    expect(past).toMatchObject({ exitCode: 0, tool: 'payments.refund', verdict: { effect: 'allow' }, recorded: { effect: 'allow' }, forAllow: [] });
    expect(past.statements.find(({ id }) => id === 'refund_requires_approval')).toMatchObject({ matches: false, tests: [{ holds: false, input: 'amount_usd is 80.00, from argument /amount_cents' }] });
    expect(await stack.json(['policy', 'explain', '--run', startOf(medium), 'plain', '--config', join(folder, 'stricter')])).toMatchObject({ exitCode: 4, verdict: { effect: 'ask', rules: ['refund_requires_approval'] } });
  });

  it('explain finds an action by its hash, and says where nothing was decided', async () => {
    const proposals = await stack.view('proposals', { from: 'start' });
    const { data } = await proposals.until('countersign.action.proposed', ({ run, step }) => run === acme.runOf(small) && step === 'plain');
    expect(await stack.json(['policy', 'explain', '--action', String(data['actionHash'])])).toMatchObject({ exitCode: 0, tool: 'payments.refund', recorded: { effect: 'allow' } });
    expect(await stack.json(['policy', 'explain', '--run', acme.runOf(small), 'two'])).toMatchObject({ exitCode: 1, error: { code: 'NOT_FOUND' } });
  });

  it('diff holds a folder against what is in force', async () => {
    expect(await stack.json(['policy', 'diff', join(folder, 'stricter'), '--fail-on', 'newly-allowed'])).toMatchObject({
      exitCode: 0,
      before: { name: 'what is in force' },
      rules: [{ kind: 'changed', id: 'refund_requires_approval', tools: ['payments.refund'] }],
      newlyAllowed: { count: 0 },
    });
    expect(await stack.json(['policy', 'diff', configDir])).toMatchObject({ exitCode: 0, rules: [], changed: 0 });
  });

  it('explain says of a call what is in force says to it', async () => {
    const task = { how: 'plain', charge_id: 'ch_1', amount_cents: 25_000, reason: 'a test asks' };
    const call = { tenant: 'acme', workflow: 'desk', task, tool: 'payments.refund', args: { charge_id: 'ch_1', amount_cents: 25_000, reason: 'a test asks' } };
    expect(await stack.json(['policy', 'explain', '-'], { input: JSON.stringify(call) })).toMatchObject({ exitCode: 4, under: 'what is in force', verdict: { effect: 'ask' } });
  });
});
