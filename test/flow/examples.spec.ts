import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { inWorkspace } from '../support/workspace.ts';

interface Expected {
  readonly task: string;
  readonly outcome: 'succeeded' | 'waits-for-approval' | 'denied' | 'failed' | 'refused' | 'duplicate';
  readonly refund?: { readonly charge_id: string; readonly amount_cents: number };
  readonly issue?: { readonly repository: string; readonly number: number; readonly labels: readonly string[]; readonly comments: number };
  readonly rule?: string;
  readonly toolError?: { readonly status: number };
  readonly at?: 'door' | 'arguments';
  readonly of?: string;
}

interface Submitted {
  readonly file: string;
  readonly run: string;
  readonly exitCode: number;
  readonly state: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly reasons?: readonly { readonly rule: string }[];
}

const expectedOf = (example: string): readonly Expected[] => JSON.parse(readFileSync(inWorkspace('examples', example, 'expected.json'), 'utf8')) as readonly Expected[];

/** What the command line has to say of a task. */
const stateOf = ({ outcome, at, rule, toolError }: Expected): Partial<Record<keyof Submitted, unknown>> => {
  switch (outcome) {
    case 'waits-for-approval':
      return { state: 'pending', exitCode: 4, reasons: expect.arrayContaining([expect.objectContaining({ rule })]) };
    case 'denied':
      return { state: 'finished', outcome: 'denied', exitCode: 3, reason: expect.stringContaining(String(rule)) };
    case 'failed':
      return { state: 'finished', outcome: 'failed', exitCode: 1, reason: expect.stringContaining(`http.${toolError?.status}`) };
    case 'refused':
      return at === 'door' ? { state: 'refused', exitCode: 1, code: expect.stringMatching(/^(input\.invalid|workflow\.unknown)$/) } : { state: 'finished', outcome: 'invalid', exitCode: 1 };
    case 'succeeded':
    case 'duplicate':
      return { state: 'finished', outcome: 'succeeded', exitCode: 0 };
  }
};

describe.skipIf(stackMissing !== undefined)(`the examples${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  const submit = async (files: readonly string[]): Promise<ReadonlyMap<string, Submitted>> => {
    const { tasks } = await stack.json<{ readonly tasks: readonly Submitted[] }>(['task', 'submit', ...files, '--tenant', 'acme', '--wait', '--timeout', '60s']);
    return new Map(tasks.map((task) => [task.file.split('/').at(-1)?.replace(/\.json$/, '') ?? '', task]));
  };
  const nameOf = ({ task }: Pick<Expected, 'task'>): string => task.replace(/\.json$/, '');

  it('each task of the refund desk ends as it must, and so do the books of the payments service', async () => {
    const expected = expectedOf('refund-desk');
    const found = await submit(expected.map(({ task }) => inWorkspace('examples/refund-desk/tasks', task)));
    expect(Object.fromEntries(found)).toMatchObject(Object.fromEntries(expected.map((each) => [nameOf(each), stateOf(each)])));
    const repeats = expected.filter(({ of }) => of !== undefined);
    expect(repeats.map((each) => found.get(nameOf(each))?.run)).toEqual(repeats.map(({ of = '' }) => found.get(nameOf({ task: of }))?.run));
    const refunding = expected.flatMap((each) => (each.refund ? [{ ...each.refund, run_ref: found.get(nameOf(each))?.run }] : []));
    expect((await Promise.all(refunding.map(({ charge_id: charge }) => stack.payments.refundsOf(charge)))).flat()).toMatchObject(refunding);
    expect(await Promise.all(['ch_5005', 'ch_5006', 'ch_5007'].map((charge) => stack.payments.refundsOf(charge)))).toEqual([[], [], []]);
    expect(await stack.payments.exports()).toBe(0);
  });

  it('says of the waiting task what it waits for, who can unblock it and what expires next', async () => {
    const { runs } = await stack.json<{ readonly runs: readonly { readonly id: string; readonly task: string }[] }>(['runs', 'list', '--state', 'waiting', '--workflow', 'refund-desk']);
    // Other specs of this stack may have left runs of the same workflow that wait.
    expect(runs.map(({ task }) => task).filter((task) => task.startsWith('HD-')).toSorted()).toEqual(['HD-20452-refund-1', 'HD-20491-receipt-1']);
    const { why } = await stack.json<{ readonly why: object }>(['why', String(runs.find(({ task }) => task === 'HD-20452-refund-1')?.id)]);
    expect(why).toMatchObject({
      waits: [{ for: 'people', step: 'refund', tool: 'payments.refund', quorum: 1, votes: 0, people: expect.arrayContaining(['spiffe://countersign.local/human/approver']) }],
      expiresNext: { what: 'approval' },
    });
  });

  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-triage-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('each webhook of the issue triage ends as it must, and so do the issues', async () => {
    execFileSync(process.execPath, [inWorkspace('examples/issue-triage/dist/write-tasks.js'), folder], { stdio: 'pipe' });
    const expected = expectedOf('issue-triage');
    const found = await submit(expected.map(({ task }) => join(folder, `${task}.json`)));
    expect(Object.fromEntries(found)).toMatchObject(Object.fromEntries(expected.map((each) => [each.task, stateOf(each)])));
    const { github } = JSON.parse(readFileSync(join(stack.dataDir, 'connections.json'), 'utf8')) as { readonly github: { readonly url: string; readonly token: string } };
    const get = async <Row>(path: string): Promise<readonly Row[]> =>
      (await (await fetch(new URL(path, github.url), { headers: { authorization: `Bearer ${github.token}` } })).json()) as readonly Row[];
    const written = expected.flatMap(({ issue, task }) => (issue ? [{ issue, task }] : []));
    for (const { issue, task } of written) {
      const at = `/repos/${issue.repository}/issues/${issue.number}`;
      const labels = (await get<{ readonly name: string }>(`${at}/labels`)).map(({ name }) => name);
      expect(labels).toEqual(expect.arrayContaining([...issue.labels]));
      const { actions } = (await stack.json<{ readonly run: { readonly actions: readonly { readonly tool?: string; readonly status: string }[] } }>(['runs', 'show', String(found.get(task)?.run)])).run;
      expect(actions.filter(({ tool, status }) => tool === 'github.comment.create' && status === 'verified')).toHaveLength(issue.comments);
    }
  });
});
