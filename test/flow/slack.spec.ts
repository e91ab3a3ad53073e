import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { humanPrincipal } from '@countersign/identity';
import { readStackState } from '@countersign/stack';
import { buttonsOf } from '@countersign/slack-sim';
import { eventually } from '../support/eventually.ts';
import { SlackPage } from '../support/slack-page.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { inWorkspace } from '../support/workspace.ts';

/** Killed members of a group are missed only after a while, and processes start anew. */
const RESTARTS_MS = 240_000;

describe.skipIf(stackMissing !== undefined)(`what people are asked, in Slack${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, peopleDir } = useStack();
  let acme: Upstream;
  let approvals: TopicView;
  let ballots: TopicView;
  let executions: TopicView;
  let page: SlackPage;
  afterEach(() => stack.payments.meet());
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    approvals = await stack.view('approvals');
    ballots = await stack.view('ballots');
    executions = await stack.view('executions');
    page = SlackPage.of(stack.dataDir);
  });

  const asked = async (id: string, how: string): Promise<{ readonly request: SeenEvent; readonly approval: string; readonly charge: string }> => {
    const charge = await stack.payments.charge(700);
    const task = deskTask({ id, how: how as 'ask', charge });
    await acme.send(task);
    const request = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(task));
    return { request, approval: String(request.data['approval']), charge };
  };

  it('is approved with one press by somebody of the directory, executed once, read back, and the card shows all of it', async () => {
    const { approval, charge } = await asked('slack-yes', 'ask');
    const card = await page.card(approval, 'Approval');
    expect(buttonsOf(card).map((button) => button['action_id'])).toContain('countersign.approve');
    await page.press('U0APPROVER', card, 'countersign.approve');
    const cast = await ballots.until('countersign.ballot.cast', ({ data }) => data['approval'] === approval);
    expect(cast.data).toMatchObject({ choice: 'approve', via: { slack: { team: 'T0SIMULATED', user: 'U0APPROVER' } } });
    const done = await page.card(approval, 'Approved, executed and verified');
    expect(JSON.stringify(done.blocks)).toContain('verified by read-back');
    expect(buttonsOf(done)).toEqual([]);
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
    const granted = await approvals.until('countersign.approval.granted', ({ data }) => data['approval'] === approval);
    expect(JSON.stringify(granted.data)).toContain('T0SIMULATED');
  });

  it('is not approved by a stranger, who alone is told, and it is kept in the log; no is said in a modal', async () => {
    const { approval, charge } = await asked('slack-no', 'ask');
    const card = await page.card(approval, 'Approval');
    await page.press('U0STRANGER', card, 'countersign.approve');
    expect((await ballots.until('countersign.press.refused', ({ data }) => data['approval'] === approval)).data).toMatchObject({ code: 'slack.unmapped', slack: { user: 'U0STRANGER' } });
    await page.whisper('U0STRANGER', 'nobody of the directory');
    await page.press('U0APPROVER', card, 'countersign.deny');
    await page.submit('U0APPROVER', { 'countersign.reason': { reason: 'not ours' } });
    const rejected = await page.card(approval, 'Rejected');
    expect(JSON.stringify(rejected.blocks)).toContain('not ours');
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
  });

  it('is asked of two: one vote of Slack and one of the command line make it, and nobody says yes to it unseen', async () => {
    const { approval, charge } = await asked('slack-two', 'two');
    const card = await page.card(approval, 'Approval');
    expect(buttonsOf(card).map((button) => button['action_id'])).not.toContain('countersign.approve');
    await page.press('U0APPROVER', card, 'countersign.view');
    await page.submit('U0APPROVER', {});
    await approvals.until('countersign.approval.vote-cast', ({ data }) => data['approval'] === approval);
    await page.card(approval, 'Approval', '1 of 2 said yes');
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
    expect(await stack.json(['approvals', 'approve', approval, '--yes'], { env: { COUNTERSIGN_PERSON: humanPrincipal('ada'), COUNTERSIGN_PERSON_KEY_FILE: join(peopleDir, 'ada.pem') } })).toMatchObject({ exitCode: 0, decided: 'granted' });
    await page.card(approval, 'Approved, executed and verified');
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });

  it('a large refund of the refund desk is approved with the diff of its dry run, done once though its answer is lost and the executor is killed, read back, and the card shows it', { timeout: RESTARTS_MS }, async () => {
    const example = JSON.parse(readFileSync(inWorkspace('examples/refund-desk/tasks/05-returned-laptop.json'), 'utf8')) as Task;
    const cents = Number(example.data['amount_cents']);
    const charge = await stack.payments.charge(2 * cents);
    const task: Task = { ...example, id: 'slack-large', data: { ...example.data, charge_id: charge } };
    await acme.send(task);
    const ofRun = ({ run }: SeenEvent): boolean => run === acme.runOf(task);
    const approval = String((await approvals.until('countersign.approval.previewed', ofRun)).data['approval']);
    const card = await page.card(approval, 'Approval', 'its own dry run');
    expect(JSON.stringify(card.blocks)).toMatch(/field +\| now +\| after.*refunded +\| \$0\.00 +\| \$1249\.00.*left to refund +\| \$2498\.00 +\| \$1249\.00/);
    expect(await stack.payments.refundsOf(charge)).toEqual([]);

    // The first call is done and fails all the same; the next never gets an answer, and its caller dies.
    const refund = { method: 'POST', path: `/charges/${charge}/refunds`, times: 1 };
    await stack.payments.meet({ ...refund, kind: 'error-after-commit' }, { ...refund, kind: 'hang', when: 'after' });
    await page.press('U0APPROVER', card, 'countersign.approve');
    await eventually('both faults', async () => ((await stack.payments.struck()).every((times) => times === 1) ? true : undefined));
    const pidOf = (): number => readStackState(stack.dataDir)?.parts['executor']?.pid ?? 0;
    const killed = pidOf();
    process.kill(killed, 'SIGKILL');
    await eventually('a new executor', () => (pidOf() !== killed ? true : undefined));

    const done = await page.card(approval, 'Approved, executed and verified');
    expect(done.ts).toBe(card.ts);
    const [row, ...more] = await stack.payments.refundsOf(charge);
    expect({ row, more }).toMatchObject({ row: { amount_cents: cents, run_ref: acme.runOf(task) }, more: [] });
    expect(await stack.payments.refundedCents(charge)).toBe(cents);
    expect(JSON.stringify(done.blocks)).toContain(`executed (${row?.id ?? 'nothing'}), verified by read-back`);
    expect(buttonsOf(done)).toEqual([]);
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect((await executions.events('countersign.attempt.started', (event) => ofRun(event) && event.data['tool'] === 'payments.refund')).length).toBeGreaterThan(1);
  });
});
