import { describe, expect, it } from 'vitest';
import { actionView, approval, ADA, run, timeline, viewOf, why } from '../spec-support/ledger-fixtures.spec-support.js';
import { nextForRun, runText } from './run-text.js';
import { whyText } from './why-text.js';

const denied = { waitingOn: undefined, status: 'closed', outcome: 'denied', reason: 'no_bulk_export: rows is above 1000', closedAt: '2026-01-02T03:00:04.200Z' } as const;

describe('runs show', () => {
  it('tells many skipped steps by their number, and a few by their names', () => {
    const skipped = (count: number) => Array.from({ length: count }, (_, nth) => actionView({ step: `tool-${nth}`, status: 'skipped' }));
    const shown = (count: number): string => runText(run({ actions: [actionView(), ...skipped(count)] }), undefined, viewOf());
    expect(shown(3)).toContain('tool-2');
    expect(shown(4)).toMatch(/4 steps +- +skipped/);
    expect(shown(4)).not.toContain('tool-');
  });

  it('shows the steps, what explains them, and who was asked', () => {
    expect(runText(run(), undefined, viewOf())).toMatchInlineSnapshot(`
      "run-AbCdEfGhIjKlMnOpQrStUv  waiting
        task      HD-20452-refund-1 from /helpdesk/tickets
        workflow  acme/refund-desk
        agent     agent refund-desk for upstream of acme
        under     contract refund-desk v1, playbook refund-desk v1
        started   4m 1s ago
        deadline  in 23h 55m
        cost      $0.0005

      STEP    TOOL             STATUS     TOOK  NOTE
      charge  charges.get      succeeded  12ms
      refund  payments.refund  asked      -     refund_requires_approval: amount_usd is above 100

      approval DdEeFfGg of refund: pending, needs 1 of finance, expires in 3h 56m"
    `);
    expect(nextForRun(run(), viewOf())).toBe('next: countersign approvals show DdEeFfGg');
  });

  it('shows how a run ended, with the ids of the outside system', () => {
    const closed = run({
      waitingOn: undefined,
      status: 'closed',
      outcome: 'succeeded',
      reason: 'every step is done',
      closedAt: '2026-01-02T03:03:00.000Z',
      actions: [actionView(), actionView({ step: 'refund', tool: 'payments.refund', status: 'verified', latencyMs: 1_240, attempts: 2, outsideId: 're_1' })],
      approvals: [approval({ status: 'granted', decidedAt: '2026-01-02T03:02:59.000Z', votes: [{ voter: ADA, choice: 'approve', castAt: '2026-01-02T03:02:59.000Z' }] })],
    });
    expect(runText(closed, undefined, viewOf())).toMatchInlineSnapshot(`
      "run-AbCdEfGhIjKlMnOpQrStUv  succeeded
        task      HD-20452-refund-1 from /helpdesk/tickets
        workflow  acme/refund-desk
        agent     agent refund-desk for upstream of acme
        under     contract refund-desk v1, playbook refund-desk v1
        started   4m 1s ago, took 2m 56s
        cost      $0.0005

      STEP    TOOL             STATUS     TOOK  NOTE
      charge  charges.get      succeeded  12ms
      refund  payments.refund  verified   1.2s  re_1; 2 attempts

      approval DdEeFfGg of refund: granted, needs 1 of finance, yes of ada, 1m 6s ago"
    `);
    expect(nextForRun(closed, viewOf())).toBeUndefined();
  });

  it('shows which steps were undone, and by which', () => {
    const steps = [actionView({ step: 'refund', tool: 'payments.refund', status: 'verified', outsideId: 're_1' }), actionView({ step: 'undo-refund', tool: 'payments.refund.reverse', status: 'verified', outsideId: 'rv_1' })];
    const text = runText(run({ waitingOn: undefined, status: 'closed', outcome: 'compensated', reason: 'no receipt; undone: `refund`', closedAt: '2026-01-02T03:03:00.000Z', actions: steps, approvals: [] }), undefined, viewOf());
    expect(text.split('\n').slice(-2)).toEqual(['refund       payments.refund          verified  12ms  undone by undo-refund; re_1', 'undo-refund  payments.refund.reverse  verified  12ms  rv_1']);
    expect(text.split('\n')[0]).toContain('compensated');
  });

  it('shows every event with its place on the log with --events', () => {
    expect(runText(run(), timeline, viewOf()).split('\n\n').at(-1)).toMatchInlineSnapshot(`
      "TIME          EVENT            STEP    PLACE          SHA-256
      03:00:04.000  task.submitted   -       tasks/1/3      3b3b3b3b3b3b
      03:00:04.000  run.started      -       proposals/1/7  3b3b3b3b3b3b
      03:00:04.000  action.proposed  charge  proposals/1/8  3b3b3b3b3b3b"
    `);
  });

  it('cannot be made to say something else by what strangers wrote', () => {
    const text = runText(run({ task: 'HD-1\n  outcome  succeeded', source: '\u001b[2J' }), undefined, viewOf());
    expect(text).toContain('HD-1\\u000a  outcome  succeeded from \\u001b[2J');
  });
});

describe('why', () => {
  it('says what is waited for, since when, who can unblock it and what expires next', () => {
    expect(whyText(why(), run(), viewOf(80))).toMatchInlineSnapshot(`
      "run-AbCdEfGh of refund-desk is waiting

      refund (payments.refund)
        waits for  somebody of finance to approve
        because    refund_requires_approval: amount_usd is above 100
        since      4m ago
        who can    ada (finance; 0 of 1 so far)
        until      in 3h 56m: the approval expires and the action is not done
        look       countersign approvals show DdEeFfGg
        answer     countersign approvals approve DdEeFfGg"
    `);
  });

  it('says what comes next by itself where no wait says it', () => {
    const text = whyText(why({ expiresNext: { what: 'run', at: '2026-01-02T03:30:05.000Z', then: 'the run is closed as failed' } }), run(), viewOf());
    expect(text.split('\n').at(-1)).toBe('next by itself, in 26m: the run is closed as failed');
  });

  it('says who is asked for an answer, how to look at it, and how the run ends otherwise', () => {
    const wait = { step: 'refund', tool: 'payments.refund', for: 'people', message: 'somebody of support to answer: `charge_id` is missing', since: '2026-01-02T03:00:05.000Z', escalation: 'EeFfGgHhIiJjKkLlMmNnOo', roles: ['support'], people: [ADA], until: '2026-01-02T07:00:05.000Z' } as const;
    const text = whyText(why({ waits: [wait], expiresNext: { what: 'escalation', at: wait.until, then: 'the run ends as invalid' } }), run({ waitingOn: undefined, asking: wait.escalation, approvals: [] }), viewOf());
    expect(text.split('\n').slice(-7)).toMatchInlineSnapshot(`
      [
        "refund (payments.refund)",
        "  waits for  somebody of support to answer: \`charge_id\` is missing",
        "  because    refund_requires_approval: amount_usd is above 100",
        "  since      4m ago",
        "  who can    ada (support)",
        "  until      in 3h 56m: the run ends as invalid",
        "  look       countersign escalations show EeFfGgHh",
      ]
    `);
  });

  it('says why a closed run ended as it did', () => {
    const closed = run({ ...denied, actions: [actionView({ step: 'export', tool: 'crm.export', status: 'denied', reasons: [{ rule: 'no_bulk_export', code: 'rule.forbids', message: 'rows is above 1000' }] })] });
    expect(whyText(why({ waits: [], expiresNext: undefined }), closed, viewOf())).toMatchInlineSnapshot(`
      "run-AbCdEfGh of refund-desk ended 4m 1s ago: denied
        because  no_bulk_export: rows is above 1000
        export   denied
                 no_bulk_export: rows is above 1000"
    `);
  });

  it('says that nobody has to do anything while a service is at work', () => {
    const executing = { step: 'charge', tool: 'charges.get', for: 'executor', message: 'the executor to begin', since: '2026-01-02T03:04:04.000Z' } as const;
    expect(whyText(why({ waits: [executing], expiresNext: undefined }), run({ status: 'running', waitingOn: undefined }), viewOf())).toMatchInlineSnapshot(`
      "run-AbCdEfGh of refund-desk is running

      charge (charges.get)
        waits for  the executor to begin
        since      1s ago
        who can    nobody has to do anything"
    `);
  });

  it('names the one person whom a confirmation asks', () => {
    const text = whyText(why({ waits: why().waits.map((wait) => ({ ...wait, roles: [], confirmation: true, message: 'whom the run acts for to confirm that it goes on' })) }), run(), viewOf());
    expect(text).toContain('waits for  whom the run acts for to confirm that it goes on');
    expect(text).toContain('who can    ada and nobody else');
  });

  it('says so where everybody who could answer has answered or may not', () => {
    const text = whyText(why({ waits: why().waits.map((wait) => ({ ...wait, people: [] })) }), run(), viewOf());
    expect(text).toContain('nobody is left to ask (finance; 0 of 1 so far)');
  });
});
