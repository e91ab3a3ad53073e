import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Preview } from '@countersign/contracts';
import { humanPrincipal, loadKeyFile } from '@countersign/identity';
import { castBallot } from '../support/forge.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';

interface Shown {
  readonly approval: { readonly preview?: Preview; readonly status: string };
}

/** The payments service's own dry run is what people see, and its own record the judge of what was done. */
describe.skipIf(stackMissing !== undefined)(`what an action would do${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, peopleDir } = useStack();
  let acme: Upstream;
  let approvals: TopicView;
  let decisions: TopicView;
  let executions: TopicView;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-previews-'));
    acme = await Upstream.open(stack);
    [approvals, decisions, executions] = await Promise.all([stack.view('approvals'), stack.view('decisions'), stack.view('executions')]);
  });
  afterEach(() => stack.payments.meet());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const as = (name: string) => ({ env: { COUNTERSIGN_PERSON: humanPrincipal(name), COUNTERSIGN_PERSON_KEY_FILE: join(peopleDir, `${name}.pem`) } });
  const of = (task: Task) => ({ run }: SeenEvent): boolean => run === acme.runOf(task);
  /** Hands a task in, and gives the approval that it waits for once it is shown. */
  const shown = async (task: Task): Promise<SeenEvent> => {
    const file = join(folder, `${task.id}.json`);
    writeFileSync(file, JSON.stringify(task));
    await stack.cli(['task', 'submit', file, '--tenant', 'acme', '--wait']);
    return approvals.until('countersign.approval.previewed', of(task));
  };
  const previewOf = ({ data }: SeenEvent): Preview => data['preview'] as Preview;

  it('is shown before anybody says yes, and a large refund is what was shown, once', async () => {
    const charge = await stack.payments.charge(99_900);
    const task = deskTask({ id: 'previews-large', charge, cents: 25_000 });
    const asked = await shown(task);
    const id = String(asked.data['approval']);
    expect(previewOf(asked)).toMatchObject({ kind: 'dry-run', changes: [{ field: 'refunded', now: 0, after: 25_000, unit: 'usd-cents' }, { field: 'left to refund', now: 99_900, after: 74_900, unit: 'usd-cents' }] });
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
    const card = await stack.cli(['approvals', 'show', '--', id]);
    expect(card.stdout).toMatch(/field +now +after\n +refunded +\$0\.00 +\$250\.00\n +left to refund +\$999\.00 +\$749\.00\n/);
    expect((await stack.cli(['approvals', 'list'])).stdout).toContain('refunded $0.00 → $250.00, and 1 more');
    expect((await stack.cli(['why', acme.runOf(task)])).stdout).toContain('refunded $0.00 → $250.00');
    expect((await stack.json<Shown>(['approvals', 'show', '--', id])).approval.preview).toEqual(previewOf(asked));
    expect(await stack.json(['approvals', 'approve', '--yes', '--', id])).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: 25_000 }]);
    expect((await decisions.until('countersign.action.allowed', of(task))).data).toMatchObject({ approval: id, previewHash: previewOf(asked).hash });
    expect(await executions.events('countersign.action.previewed', of(task))).toHaveLength(1);
  });

  it('is asked about anew at tier 3 where it has changed since people looked, and nothing is done on the old votes', async () => {
    const charge = await stack.payments.charge(10_000);
    const task = deskTask({ id: 'previews-changed', workflow: 'shown', charge, cents: 700 });
    const first = await shown(task);
    const id = String(first.data['approval']);
    expect(await stack.json(['approvals', 'approve', '--yes', '--', id], as('ada'))).toMatchObject({ exitCode: 0, counted: true });
    await stack.payments.refund(charge, 900);
    expect(await stack.json(['approvals', 'approve', '--yes', '--', id], as('grace'))).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect((await executions.until('countersign.grant.refused', of(task))).data).toMatchObject({ code: 'preview.changed', mayBeDone: false });

    const second = await approvals.until('countersign.approval.previewed', (event) => of(task)(event) && event.data['approval'] !== id);
    expect(previewOf(second).changes).toEqual([{ field: 'refunded', now: 900, after: 1_600, unit: 'usd-cents' }]);
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: 900 }]);
    for (const name of ['ada', 'grace']) expect(await stack.json(['approvals', 'approve', '--yes', '--', String(second.data['approval'])], as(name))).toMatchObject({ exitCode: 0, counted: true });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: 900 }, { amount_cents: 700 }]);
  });

  it('that the tool does not say is asked about without it: no yes counts before, and the card says why', async () => {
    const charge = await stack.payments.charge(99_900);
    await stack.payments.meet({ kind: 'hang', path: `/charges/${charge}/refunds/dry-run` });
    const task = deskTask({ id: 'previews-hanging', charge, cents: 20_000 });
    await acme.send(task);
    const { data, run = '', step = '' } = await approvals.until('countersign.approval.requested', of(task));
    expect(data['preview']).toBe('pending');
    const approval = String(data['approval']);
    const early = await castBallot(stack, { tenant: 'acme', workflow: 'desk', run, step, approval, actionHash: String(data['actionHash']), voter: humanPrincipal('ada') }, loadKeyFile(join(peopleDir, 'ada.pem')));
    expect((await approvals.until('countersign.approval.ballot-refused', ({ causes }) => causes.includes(`@ballots/${early.partition}/${early.offset}#`))).data).toMatchObject({ code: 'preview.pending', by: humanPrincipal('ada') });
    // The command line waits by itself until it can show why there is nothing to be shown.
    expect(await stack.json(['approvals', 'approve', '--yes', '--', approval])).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect(previewOf(await approvals.until('countersign.approval.previewed', of(task)))).toMatchObject({ kind: 'none', reason: { code: 'TOOL_TIMEOUT' } });
    expect((await stack.cli(['approvals', 'show', '--', approval])).stdout).toContain('what would change cannot be shown: the tool gave no answer in time (TOOL_TIMEOUT)');
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: 20_000 }]);
  });

  it('and would be refused is told to whoever is asked, before they are', async () => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id: 'previews-too-much', charge, cents: 20_000 });
    const asked = await shown(task);
    expect(previewOf(asked)).toMatchObject({ kind: 'none', changes: [], reason: { code: 'http.409', message: 'the tool answered 409' } });
    expect(await stack.json(['approvals', 'deny', '--yes', '--reason', 'it would fail', '--', String(asked.data['approval'])])).toMatchObject({ exitCode: 0, decided: 'rejected' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'disapproved' });
  });
});
