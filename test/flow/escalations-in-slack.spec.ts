import { beforeAll, describe, expect, it } from 'vitest';
import { humanPrincipal } from '@countersign/identity';
import { buttonsOf } from '@countersign/slack-sim';
import { SlackPage } from '../support/slack-page.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { Upstream, type Task } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';

const CENTS = 700;
const WHO = 'U0APPROVER';

/** People answer on the page; the payments service's own record is the judge of what was done. */
describe.skipIf(stackMissing !== undefined)(`what a run asks people, in Slack${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let proposals: TopicView;
  let page: SlackPage;
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    proposals = await stack.view('proposals');
    page = SlackPage.of(stack.dataDir);
  });

  const of = (task: Task) => ({ run }: SeenEvent): boolean => run === acme.runOf(task);
  /** Hands a task in that will ask, and gives the id of its question. */
  const asking = async (id: string, data: object): Promise<{ readonly task: Task; readonly question: string }> => {
    const task: Task = { specversion: '1.0', id: `slack-asks-${id}`, source: '/tests/slack-asks', type: 'asking-people.refund', workflow: 'asking-people', data: { amount_cents: CENTS, reason: 'a test asks for it', ...data } };
    await acme.send(task);
    return { task, question: String((await proposals.until('countersign.run.input-requested', of(task))).data['escalation']) };
  };
  const actions = (message: Parameters<typeof buttonsOf>[0]): readonly unknown[] => buttonsOf(message).map((button) => button['action_id']);
  const because = (reason: string): object => ({ 'countersign.reason': { reason } });

  it('is claimed with one press, and a value that is missing is given in a modal; what does not fit is told to whoever gave it alone', async () => {
    const charge = await stack.payments.charge(CENTS);
    const { task, question } = await asking('missing', {});
    const card = await page.card(question, 'A run asks: desk.blind');
    expect(actions(card)).toEqual(['countersign.claim', 'countersign.say.answer', 'countersign.say.stop']);
    await page.press(WHO, card, 'countersign.claim');
    await page.card(question, 'A run asks', 'claimed until');

    await page.press(WHO, card, 'countersign.say.answer');
    expect(JSON.stringify((await page.modal(WHO)).view.blocks)).toContain('What follows');
    await page.submit(WHO, { 'countersign.field.0': { value: 'no such thing' }, ...because('it stands in the order') });
    await page.whisper(WHO, '/charge_id');
    expect((await proposals.until('countersign.run.answer-refused', of(task))).data).toMatchObject({ code: 'answer.invalid', via: { slack: { user: WHO } } });

    await page.press(WHO, card, 'countersign.say.answer');
    await page.submit(WHO, { 'countersign.field.0': { value: charge }, ...because('it stands in the order') });
    const done = await page.card(question, 'Answered', 'succeeded');
    expect(done.ts).toBe(card.ts);
    expect(actions(done)).toEqual([]);
    expect((await proposals.until('countersign.run.input-answered', of(task))).data).toMatchObject({ by: humanPrincipal('approver'), choice: 'answer', given: { 'task:/charge_id': charge }, via: { slack: { team: 'T0SIMULATED', user: WHO } } });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await stack.payments.refundsOf(charge)).toMatchObject([{ amount_cents: CENTS }]);
  });

  it('goes on where somebody resumes it and ends where somebody stops it, and a stranger says nothing', async () => {
    const charge = await stack.payments.charge(2 * CENTS);
    const [yes, no] = [await asking('sure', { charge_id: charge, doubt: true }), await asking('unsure', { charge_id: charge, doubt: true })];
    const [first, second] = [await page.card(yes.question, 'A run asks'), await page.card(no.question, 'A run asks')];
    await page.press('U0STRANGER', first, 'countersign.claim');
    await page.whisper('U0STRANGER', 'nobody of the directory');
    await page.press(WHO, first, 'countersign.say.resume');
    await page.submit(WHO, because('it is the right one'));
    expect((await acme.finished(yes.task)).data).toMatchObject({ outcome: 'succeeded' });
    await page.press(WHO, second, 'countersign.say.stop');
    await page.submit(WHO, because('it is not'));
    expect((await acme.finished(no.task)).data).toMatchObject({ outcome: 'disapproved', reason: expect.stringContaining('it is not') });
    await page.card(no.question, 'Answered', 'disapproved');
    expect(await proposals.events('countersign.run.input-claimed', of(yes.task))).toEqual([]);
    expect(await stack.payments.refundsOf(charge)).toHaveLength(1);
  });

  it('is done again in Slack only where nothing was done: what was lost has to be typed', async () => {
    const charge = await stack.payments.charge(CENTS);
    await stack.payments.meet({ kind: 'error-before-commit', method: 'POST', path: `/charges/${charge}` });
    const { task, question } = await asking('lost', { charge_id: charge });
    const card = await page.card(question, 'A run asks');
    await stack.payments.meet();
    expect(actions(card)).toEqual(['countersign.claim', 'countersign.say.done', 'countersign.say.stop']);
    expect(JSON.stringify(card.blocks)).toContain('countersign escalations answer --say not-done --reason TEXT');
    await page.press(WHO, card, 'countersign.say.stop');
    await page.submit(WHO, because('nobody knows'));
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'unknown' });
    expect(await stack.payments.refundsOf(charge)).toEqual([]);
  });
});
