import { readdirSync, readFileSync } from 'node:fs';
import type { LogRecord } from '@countersign/bus/client';
import { decodeEvent, type Event } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import { describe, expect, it } from 'vitest';
import type { Checked } from '@countersign/audit';
import { NOW, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { matching } from './filter.js';
import { firstOffset, parseFrom } from './from.js';
import { summaryOf } from './summary.js';
import { tailLine, tailObject } from './tail-line.js';

const SAMPLES = new URL('../../../../libs/contracts/samples/', import.meta.url);
const sample = (name: string): Event => decodeEvent(readFileSync(new URL(name, SAMPLES)));
const samples = readdirSync(SAMPLES).filter((name) => !name.startsWith('claim.'));

const record: LogRecord = { topic: 'countersign.decisions', partition: 1, offset: 7, timestamp: NOW, key: null, value: null, headers: {} };
const seen = (event: Event): Extract<Checked, { kind: 'event' }> => ({ kind: 'event', topic: 'decisions', record, event });

describe('an event on one line', () => {
  it('of every type says what happened', () => {
    const lines = samples.map((name) => tailLine(seen(sample(name)), viewOf()).slice(14));
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "action.allowed       run-w44LAfiJ  refund: payments.refund by contract.refund-desk, refund_requires_approval with 1 of 1 votes
      action.denied        run-w44LAfiJ  refund: payments.refund: no_bulk_export: rows is above 1000
      action.diverged      run-w44LAfiJ  refund: /amount_cents differs from what was asked for
      action.failed        run-w44LAfiJ  refund: http.409, 9ms
      action.previewed     run-w44LAfiJ  refund: DDDDDDDD: refunded $0.00 → $12.00
      action.proposed      run-w44LAfiJ  refund: payments.refund (write)
      action.succeeded     run-w44LAfiJ  refund: re_1, 12ms
      action.unknown       run-w44LAfiJ  refund: TOOL_TIMEOUT, 5000ms
      action.verified      run-w44LAfiJ  refund: re_1, 7ms
      answer.pressed       run-w44LAfiJ  refund: DDDDDDDD: by T0123ABCD/U0456EFGH
      approval.ballot-refused  run-w44LAfiJ  refund: of ada: approval.expired: the approval was open until 2026-01-02T04:04:05.000Z
      approval.consented   run-w44LAfiJ  refund: GGGGGGGG: returns of the outage, payments.refund up to tier 2 until 2026-01-02T03:34:05.000Z
      approval.delegated   run-w44LAfiJ  refund: FFFFFFFF: ada lets grace vote until 2026-01-09T03:04:05.000Z
      approval.escalated   run-w44LAfiJ  refund: DDDDDDDD to finance-lead
      approval.expired     run-w44LAfiJ  refund: DDDDDDDD, nobody answered
      approval.granted     run-w44LAfiJ  refund: DDDDDDDD
      approval.notified    run-w44LAfiJ  refund: payments.refund, may be taken back until 2026-01-02T04:04:05.000Z
      approval.previewed   run-w44LAfiJ  refund: DDDDDDDD: refunded $0.00 → $12.00
      approval.rejected    run-w44LAfiJ  refund: DDDDDDDD by ada: the customer withdrew
      approval.reminded    run-w44LAfiJ  refund: DDDDDDDD, open until 2026-01-02T04:04:05.000Z
      approval.requested   run-w44LAfiJ  refund: DDDDDDDD asks 1 of finance
      approval.required    run-w44LAfiJ  refund: payments.refund: refund_requires_approval: amount_usd is above 100
      approval.standing-ended  run-w44LAfiJ  refund: FFFFFFFF
      approval.vote-cast   run-w44LAfiJ  refund: DDDDDDDD: approve by ada
      approval.withdrawn   run-w44LAfiJ  refund: DDDDDDDD: tenant:acme is stopped: an incident
      approvers.published  -             approvers v1
      attempt.started      run-w44LAfiJ  refund: attempt 1
      ballot.cast          run-w44LAfiJ  refund: DDDDDDDD: approve by ada
      breaker.closed       run-w44LAfiJ  refund: payments.refund is called as before
      breaker.opened       run-w44LAfiJ  refund: payments.refund: 7 of 12 calls failed, none before 2026-01-02T03:04:35.000Z
      budget.exhausted     run-w44LAfiJ  refund: usd of 2026-01-02: $0.076 used, $0.004 reserved of $0.08; stop
      budget.settled       run-w44LAfiJ  refund: succeeded
      card.changed         run-w44LAfiJ  refund: DDDDDDDD: approved
      card.failed          run-w44LAfiJ  refund: DDDDDDDD: slack.ratelimited, again at 2026-01-02T03:04:35.000Z
      card.input-opened    run-w44LAfiJ  refund: DDDDDDDD: data.missing in C0123ABCD
      card.opened          run-w44LAfiJ  refund: DDDDDDDD: payments.refund in C0123ABCD
      card.shown           run-w44LAfiJ  refund: DDDDDDDD: 0 changes, message 1767323045.000100
      checkpoint.published  -             decisions/2 up to offset 311
      config.activated     -             version 1, 3b3b3b3b3b3b
      consent.given        run-w44LAfiJ  refund: GGGGGGGG: returns of the outage, payments.refund up to tier 2 until 2026-01-02T03:34:05.000Z
      context.answered     run-w44LAfiJ  refund: DDDDDDDD by ada, the step may be done once more
      context.closed       run-w44LAfiJ  refund: succeeded
      context.observed     run-w44LAfiJ  refund: crm.customer.get: untrusted, sensitive, vouches for 1, tier, payments.refund.reverse would undo it
      context.opened       run-w44LAfiJ  refund: nothing from outside
      contract.published   -             refund-desk v1
      decision.deferred    run-w44LAfiJ  refund: payments.refund waits for the mode of tenant:acme
      decision.lapsed      run-w44LAfiJ  refund: expired: nobody answered in time
      delegation.given     run-w44LAfiJ  refund: FFFFFFFF: ada lets grace vote until 2026-01-09T03:04:05.000Z
      dlq.redriven         -             policy: proposals/1/42
      escalation.called    run-w44LAfiJ  refund: DDDDDDDD: nobody of finance is awake
      grant.refused        run-w44LAfiJ  refund: expired: the grant was valid until 2026-01-02T03:05:05.000Z
      key.announced        -             39f713d0a644253f of policy
      key.retired          -             39f713d0a644253f
      key.shredded         run-w44LAfiJ  refund: keys destroyed: 1: the customer asked to be forgotten
      kill-switch.lifted   -             tenant:acme: the address book was repaired
      kill-switch.set      -             tenant:acme: refunds go to the wrong customers
      ledger.accessed      run-w44LAfiJ  refund: ada sees what is sealed of run-w44LAfiJ until 2026-01-02T03:19:05.000Z: a customer asks where their receipt went
      ledger.alarm         run-w44LAfiJ  refund: SIGNATURE_INVALID at decisions/2/17: the signature does not cover the event as it stands here
      log.ended            -             ballots/2 after 312 records, and goes on at offset 320: the bucket was away for three weeks
      mode.changed         -             normal for all: the incident is over
      playbook.published   -             refund v1
      policy.published     -             refunds v1
      press.refused        run-w44LAfiJ  refund: DDDDDDDD: T0123ABCD/U0456EFGH: slack.unmapped: this Slack user is nobody of the directory
      preview.started      run-w44LAfiJ  refund: DDDDDDDD: asks \`payments.refund\` what it would do
      proposal.rejected    run-w44LAfiJ  refund: args.invalid: the arguments break the schema of the tool
      readiness.signed     run-w44LAfiJ  refund: finance of refund-desk, 2 rows, by ada: looked through with the controller
      retention.applied    run-w44LAfiJ  refund: keys destroyed: 1, answers removed: 12, keys held: 0
      run.answer-refused   run-w44LAfiJ  refund: of ada: escalation.not-open: the question is answered, or was never asked
      run.closed           run-w44LAfiJ  refund: ticket-1042: succeeded, every step is done
      run.input-answered   run-w44LAfiJ  refund: DDDDDDDD: not-done by ada: the payment provider has no such refund
      run.input-claimed    run-w44LAfiJ  refund: DDDDDDDD by ada until 2026-01-02T03:34:05.000Z
      run.input-escalated  run-w44LAfiJ  refund: DDDDDDDD to finance-lead
      run.input-expired    run-w44LAfiJ  refund: DDDDDDDD, nobody answered
      run.input-reminded   run-w44LAfiJ  refund: DDDDDDDD, open until 2026-01-02T07:04:05.000Z
      run.input-requested  run-w44LAfiJ  refund: DDDDDDDD data.missing to support: \`charge\` is missing
      run.started          run-w44LAfiJ  refund: ticket-1042 by refund-desk v1
      standing.withdrawn   run-w44LAfiJ  refund: FFFFFFFF
      step.observed        run-w44LAfiJ  refund: succeeded
      task.accepted        run-w44LAfiJ  ticket-1042
      task.answered        run-w44LAfiJ  DDDDDDDD: answer by ada: it stands in the ticket
      task.claimed         run-w44LAfiJ  DDDDDDDD by ada: I ask the customer
      task.finished        run-w44LAfiJ  ticket-1042: succeeded, every step is done
      task.refused         run-w44LAfiJ  ticket-1042: input.invalid: the input breaks its schema
      task.submitted       run-w44LAfiJ  ticket-1042 from /helpdesk/tickets
      tenant.published     -             acme v1
      tool.published       -             payments-refund v1
      undo.ordered         run-w44LAfiJ  refund of run-w44LAfiJ by ada: the wrong customer
      voter.told           run-w44LAfiJ  refund: T0123ABCD/U0456EFGH: voter.voted: you have voted already
      webhook.published    -             ops-chat v1
      workflow.degraded    run-w44LAfiJ  refund: until it is restored: degrade_to_read_only for payments.refund"
    `);
  });

  it('never holds arguments or results', () => {
    const canary = (name: string): string => summaryOf(decodeEvent(Buffer.from(readFileSync(new URL(name, SAMPLES), 'utf8').replaceAll('ch_1', 'ch_canary'))));
    for (const name of ['action.proposed.1.json', 'action.allowed.1.json', 'run.started.1.json', 'task.submitted.1.json']) expect(canary(name)).not.toContain('canary');
  });

  it('is cut to the terminal, and never in a pipe', () => {
    const denied = seen(sample('action.denied.1.json'));
    expect(tailLine(denied, viewOf(50))).toHaveLength(50);
    expect(tailLine(denied, viewOf()).length).toBeGreaterThan(50);
  });

  it('that nobody acts on is marked with its code and place', () => {
    const bad = { kind: 'bad', topic: 'decisions', record, code: 'SIGNATURE_INVALID', message: 'the signature does not cover the record\u001b[2J' } as const;
    expect(tailLine(bad, viewOf())).toBe('03:04:05.000  BAD SIGNATURE_INVALID  decisions/1/7  the signature does not cover the record\\u001b[2J');
    expect(tailObject(bad)).toEqual({ topic: 'decisions', partition: 1, offset: 7, recordedAt: '2026-01-02T03:04:05.000Z', bad: { code: 'SIGNATURE_INVALID', message: 'the signature does not cover the record\u001b[2J' } });
  });
});

describe('where tail starts', () => {
  const ends = { start: 10, end: 100 };

  it.each([
    ['start', 10],
    ['end', 100],
    ['20', 80],
    ['500', 10],
  ])('%s is offset %i', (text, offset) => {
    const from = parseFrom(text, NOW);
    expect('back' in from && firstOffset(from, ends)).toBe(offset);
  });

  it('may be an age or a time', () => {
    expect(parseFrom('10m', NOW)).toEqual({ since: NOW - 600_000 });
    expect(parseFrom('2026-01-02T03:00:00Z', NOW)).toEqual({ since: Date.parse('2026-01-02T03:00:00Z') as Instant });
  });

  it.each(['yesterday', '-5', ''])('is not %j', (text) => {
    expect(() => parseFrom(text, NOW)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });
});

describe('what tail is asked for', () => {
  const denied = sample('action.denied.1.json');

  it.each([
    [{}, true],
    [{ tenant: 'acme' }, true],
    [{ tenant: 'globex' }, false],
    [{ run: denied.run ?? '' }, true],
    [{ run: (denied.run ?? '').slice(4, 9) }, true],
    [{ run: 'run-Zz' }, false],
    [{ type: 'action.denied' }, true],
    [{ type: 'countersign.action.denied' }, true],
    [{ type: 'action.*' }, true],
    [{ type: '*.denied' }, true],
    [{ type: 'actionXdenied' }, false],
    [{ type: 'approval.*' }, false],
  ])('%j: %s', (filter, isShown) => {
    expect(matching(filter)(denied)).toBe(isShown);
  });

  it('of a tenant leaves controls out', () => {
    expect(matching({ tenant: 'acme' })(sample('config.activated.1.json'))).toBe(false);
  });
});
