import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256, type Sha256, type StepId } from '@countersign/kernel';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { ADA, AGENT, GivenLog, GivenRun, HISTORIES } from './given-log.spec-support.js';
import { ReadModel } from './read-model.js';

const STARTS = 60_000;
const ARGS_HASH = sha256('{"amount_cents":1200,"charge":"ch_1"}');

describe('questions to the model', () => {
  let postgres: PostgresFixture;
  let model: ReadModel;
  const log = new GivenLog();
  const runs: Record<string, GivenRun> = {};
  const idOf = (name: string): string => runs[name]?.id ?? '';

  beforeAll(async () => {
    postgres = await startPostgresFixture();
    model = await ReadModel.open({ url: await postgres.database() });
    log.append('controls', 0, 'countersign.contract.published', { id: 'refund-desk', version: 1, hash: 'c0'.repeat(32) as Sha256, path: 'contracts/refund-desk.yaml', body: { id: 'refund-desk', max_total_cost_usd: 0.08 } });
    Object.keys(HISTORIES).forEach((name, index) => {
      const run = new GivenRun(log, `ticket-${index}`, index % 2);
      runs[name] = run;
      HISTORIES[name]?.(run);
    });
    const batches = log.batches();
    await model.begin(batches.map(({ topic, partition }) => ({ topic, partition, nextOffset: 0, reader: '' })));
    await model.project(batches);
  }, STARTS);

  afterAll(async () => {
    await model.close();
    await postgres.remove();
  }, STARTS);

  it('say what policy has put off, by what holds it, and how much of it is old', async () => {
    const line = { tenant: 'acme', workflow: 'refund-desk', tool: 'payments.refund', effect: 'write' };
    const backlog = await model.backlog({ before: '2026-01-02T03:10:00.000Z' });
    expect(backlog).toHaveLength(2);
    expect(backlog).toContainEqual({ ...line, waitsFor: 'tenant:acme', count: 2, older: 1, oldest: '2026-01-02T03:04:05.000Z', newest: '2026-01-02T03:14:05.000Z' });
    expect(backlog).toContainEqual({ ...line, waitsFor: 'outcomes', count: 1, older: 1, oldest: '2026-01-02T03:04:05.000Z', newest: '2026-01-02T03:04:05.000Z' });
    expect(await model.backlog()).toMatchObject([{ older: 0 }, { older: 0 }]);
  });

  describe('runs', () => {
    it('are listed newest first, page by page, each once', async () => {
      const seen: string[] = [];
      let page = await model.listRuns({ limit: 3 });
      for (;;) {
        seen.push(...page.items.map(({ id }) => id));
        if (page.cursor === undefined) break;
        page = await model.listRuns({ limit: 3, cursor: page.cursor });
      }
      expect(seen).toEqual(Object.keys(HISTORIES).map(idOf).toReversed());
    });

    it('are found by state, outcome, time, tenant, workflow and the start of their id', async () => {
      const ids = async (filter: object): Promise<readonly string[]> => (await model.listRuns({ limit: 50, ...filter })).items.map(({ id }) => id);
      expect(await ids({ state: 'open' })).toEqual(['open', 'asking', 'submittedTwice', 'waiting', 'queuedLater', 'queued'].map(idOf));
      expect(await ids({ state: 'waiting' })).toEqual(['open', 'asking'].map(idOf));
      expect(await ids({ state: 'running' })).toEqual(['submittedTwice', 'waiting', 'queuedLater', 'queued'].map(idOf));
      expect(await ids({ state: 'submitted' })).toEqual([]);
      expect(await ids({ prefix: idOf('denied').slice(0, 12) })).toEqual([idOf('denied')]);
      expect(await ids({ prefix: 'run_' })).toEqual([]);
      expect(await ids({ outcome: 'disapproved' })).toEqual([idOf('disapproved')]);
      expect(await ids({ tenant: 'globex' })).toEqual([]);
      expect(await ids({ workflow: 'refund-desk', state: 'closed' })).toHaveLength(12);
      const [newest] = (await model.listRuns({ limit: 1 })).items;
      expect(await ids({ since: newest?.submittedAt })).toEqual([idOf('open')]);
    });

    it('are found by agent, tool, approver, rule, cost and end of a time', async () => {
      const names = async (filter: object): Promise<readonly string[]> => {
        const found = (await model.listRuns({ limit: 50, ...filter })).items.map(({ id }) => id);
        return Object.keys(HISTORIES).filter((name) => found.includes(idOf(name)));
      };
      const all = Object.keys(HISTORIES);
      expect(await names({ agent: 'refund-desk' })).toEqual(all);
      expect(await names({ agent: AGENT })).toEqual(all);
      expect(await names({ agent: 'desk' })).toEqual([]);
      // A step that broke its schema names a tool too.
      expect(await names({ tool: 'payments.refund' })).toEqual(all);
      expect(await names({ tool: 'payments.refunds' })).toEqual([]);
      expect(await names({ approver: ADA })).toEqual(['approved', 'disapproved']);
      expect(await names({ approver: 'ada' })).toEqual(['approved', 'disapproved']);
      expect(await names({ approver: 'spiffe://elsewhere.example/human/ada' })).toEqual([]);
      expect(await names({ approver: 'eve' })).toEqual([]);
      // A question that was answered yes still has its rule.
      expect(await names({ rule: 'refund_requires_approval' })).toEqual(['approved', 'disapproved', 'unanswered', 'open']);
      expect(await names({ rule: 'no_bulk_export' })).toEqual(['denied', 'grantedThenDenied']);
      expect(await names({ rule: 'no_bulk_export', approver: ADA })).toEqual([]);
      const open = ['pausedThenDone', 'queued', 'queuedLater', 'waiting', 'submittedTwice', 'asking', 'open'];
      // What is open has used nothing; what is closed says what it has cost.
      expect(await names({ maxCost: 1_999 })).toEqual(open.slice(1));
      expect(await names({ minCost: 2_000, maxCost: 2_000 })).toEqual(all.filter((name) => !open.slice(1).includes(name)));
      expect(await names({ minCost: 2_001 })).toEqual([]);
      const [newest] = (await model.listRuns({ limit: 1 })).items;
      expect(await names({ until: newest?.submittedAt })).toEqual(all.filter((name) => name !== 'open'));
    });

    it('are found page by page under a filter too, each once', async () => {
      const seen: string[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await model.listRuns({ limit: 1, rule: 'refund_requires_approval', tool: 'payments.refund', ...(cursor !== undefined && { cursor }) });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.cursor;
      }
      expect(seen).toEqual(['open', 'unanswered', 'disapproved', 'approved'].map(idOf));
    });

    it('say what an open one waits for', async () => {
      const [open] = (await model.listRuns({ limit: 1 })).items;
      expect(open).toMatchObject({ id: idOf('open'), status: 'waiting', waitingOn: runs['open']?.approval });
    });

    it('refuse a cursor that is none', async () => {
      await expect(model.listRuns({ limit: 1, cursor: 'bogus' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
      const forged = Buffer.from(JSON.stringify({ at: "'; drop table runs; --", id: 'x' })).toString('base64url');
      await expect(model.listRuns({ limit: 1, cursor: forged })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    });
  });

  describe('one run', () => {
    it('has its actions and approvals, and its events with causes before effects', async () => {
      const run = await model.run(idOf('approved'));
      expect(run).toMatchObject({ agent: AGENT, status: 'closed', outcome: 'succeeded', contract: { id: 'refund-desk', version: 1 }, cost: { microUsd: 2_000 } });
      expect(run.actions).toMatchObject([{ step: 'refund', tool: 'payments.refund', status: 'succeeded', argsHash: ARGS_HASH, ended: true, attempts: 1, latencyMs: 12, outsideId: 're_1', approval: runs['approved']?.approval }]);
      expect(run.approvals).toMatchObject([{ status: 'granted', quorum: 1, roles: ['finance'], tool: 'payments.refund', preview: { kind: 'dry-run', changes: [{ field: 'refunded', now: 0, after: 25_000 }] }, votes: [{ voter: ADA, choice: 'approve' }] }]);
      const timeline = await model.timeline(idOf('approved'));
      expect(timeline.map(({ event }) => JSON.stringify(event?.['type']).replaceAll(/"|countersign\./g, ''))).toEqual([
        'task.submitted',
        'run.started',
        'action.proposed',
        'approval.required',
        'approval.requested',
        'approval.previewed',
        'approval.vote-cast',
        'approval.granted',
        'action.allowed',
        'attempt.started',
        'action.succeeded',
        'run.closed',
      ]);
    });

    it('counts the calls over all grants, and keeps the latency of the call rather than of the read-back', async () => {
      const { actions } = await model.run(idOf('grantedTwice'));
      expect(actions).toMatchObject([{ status: 'verified', attempts: 2, latencyMs: 12, outsideId: 're_1' }]);
      expect(actions[0]).not.toHaveProperty('code');
    });

    it('tells why, for each way to end', async () => {
      const status = async (name: string): Promise<unknown> => (await model.run(idOf(name))).actions.map(({ status: is, reasons }) => [is, ...reasons.map(({ code }) => code)]);
      expect(await status('denied')).toEqual([['denied', 'rule.forbids']]);
      expect(await status('invalid')).toEqual([['invalid', 'args.invalid', 'args.invalid']]);
      expect(await status('disapproved')).toEqual([['disapproved', 'approval.rejected']]);
      expect(await status('unanswered')).toEqual([['expired', 'approval.expired']]);
      expect(await status('grantedThenDenied')).toEqual([['denied', 'rule.forbids']]);
    });

    it('has what it asked, with the question as it stands in its event', async () => {
      const run = await model.run(idOf('asking'));
      expect(run).toMatchObject({ status: 'waiting', asking: run.escalations[0]?.id, escalations: [{ status: 'open', reason: 'effect.unknown', role: 'finance', claimed: { by: ADA }, escalateTo: ['support'] }] });
      const found = await model.escalation(run.escalations[0]?.id ?? '', [{ subject: ADA, roles: ['support'] }, { subject: AGENT, roles: ['other'] }]);
      expect(found).toMatchObject({ question: { escalation: run.asking, choices: ['done', 'not-done', 'stop'], evidence: [{ id: 'event-1' }] }, people: [ADA] });
      // What the task says, from the event that holds it.
      const submitted = (await model.timeline(idOf('asking'))).find(({ event }) => event?.['type'] === 'countersign.task.submitted');
      expect(found.task).toEqual({ id: runs['asking']?.task, source: '/helpdesk/tickets', type: 'refund.requested', input: { note: 'a\u0000b' }, event: { id: submitted?.event?.['id'], sha256: submitted?.sha256 } });
      expect((await model.run(idOf('answered'))).escalations).toMatchObject([{ status: 'answered', answeredBy: ADA, choice: 'not-done', said: 'there is no such refund' }]);
      expect((await model.run(idOf('answered'))).actions).toMatchObject([{ status: 'succeeded' }]);
      expect((await model.run(idOf('unheard'))).escalations).toMatchObject([{ status: 'expired' }]);
    });

    it('is found by role, state and the start of the id', async () => {
      const ids = async (filter: Omit<Parameters<ReadModel['listEscalations']>[0], 'limit'>): Promise<readonly string[]> => (await model.listEscalations({ limit: 10, ...filter })).items.map(({ id }) => id);
      const open = await ids({ state: 'open' });
      expect(open).toHaveLength(1);
      expect(await ids({})).toHaveLength(3);
      // It has escalated to them.
      expect(await ids({ state: 'open', role: 'support' })).toEqual(open);
      expect(await ids({ state: 'answered', role: 'support' })).toEqual([]);
      expect(await ids({ prefix: open[0]?.slice(0, 15) ?? '' })).toContain(open[0]);
      expect(await ids({ tenant: 'globex' })).toEqual([]);
      const page = await model.listEscalations({ limit: 2 });
      expect((await model.listEscalations({ limit: 2, cursor: page.cursor ?? '' })).items).toHaveLength(1);
    });

    it('is NOT_FOUND where there is none', async () => {
      for (const ask of [() => model.run('run-x'), () => model.why('run-x', []), () => model.record('run-x'), () => model.timeline('run-x'), () => model.approval('x', []), () => model.escalation('x', [])]) {
        await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
    });

    it('answers why it waits with the people of the directory', async () => {
      const why = await model.why(idOf('open'), [{ subject: ADA, roles: ['finance'] }]);
      expect(why).toMatchObject({ waits: [{ people: [ADA] }], expiresNext: { at: '2026-01-02T03:34:05.000Z' } });
    });

    it('has the record that auditors get', async () => {
      expect(await model.record(idOf('approved'))).toEqual({
        run_id: idOf('approved'),
        agent: AGENT,
        tenant_id: 'acme',
        model: null,
        budget_usd: 0.08,
        tool_calls: [{ tool: 'payments.refund', input_hash: ARGS_HASH, status: 'succeeded', latency_ms: 12 }],
        approvals: [{ type: 'human', required: true, approved: true }],
        outcome: { status: 'succeeded', reason: 'every step is done' },
        cost: { prompt_tokens: 0, completion_tokens: 0, usd: 0.002 },
      });
    });

    it('has a record while it is open', async () => {
      expect(await model.record(idOf('open'))).toMatchObject({ tool_calls: [{ status: 'asked', latency_ms: null }], approvals: [{ approved: false }], outcome: { status: 'waiting', reason: null } });
    });
  });

  it('find the action behind the id that an outside system gave', async () => {
    const found = await model.effects('re_1');
    expect(found.map(({ run }) => run).toSorted()).toEqual(['done', 'compensated', 'approved', 'grantedTwice', 'pausedThenDone', 'answered'].map(idOf).toSorted());
    expect(found[0]).toMatchObject({ tenant: 'acme', workflow: 'refund-desk', step: 'refund', tool: 'payments.refund', destination: 'payments', outsideId: 're_1', at: expect.any(String) as string });
    expect(found.map(({ at = '' }) => Date.parse(at))).toEqual(found.map(({ at = '' }) => Date.parse(at)).toSorted((one, other) => other - one));
    expect(await model.effects('re_')).toEqual([]);
  });

  it('say what of a run was undone, by a step of its own or by the run that a person has ordered', async () => {
    const undone = new GivenLog();
    const [half, whole] = [new GivenRun(undone, 'ticket-1').started().proposed().allowed().attempted().succeeded().closed('compensated', 'undo-refund'), new GivenRun(undone, 'ticket-2').started().proposed().allowed().attempted().succeeded().closed('succeeded')];
    const order = new GivenRun(undone, 'ticket-3').undoing({ run: whole.id, step: 'refund' as StepId }).proposed();
    const other = await ReadModel.open({ url: await postgres.database() });
    try {
      const batches = undone.batches();
      await other.begin(batches.map(({ topic, partition }) => ({ topic, partition, nextOffset: 0, reader: '' })));
      await other.project(batches);
      expect((await other.run(half.id)).undoings).toEqual([{ step: 'refund', run: half.id, by: 'undo-refund', outcome: 'succeeded' }]);
      expect((await other.run(whole.id)).undoings).toEqual([{ step: 'refund', run: order.id }]);
      expect((await other.run(order.id)).undoings).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('have the sign-offs of a workflow, the newest first, without those that nobody of the directory signed', async () => {
    const signed = new GivenLog();
    const sign = (role: string, at: number) => {
      signed.at = at;
      return signed.append('ballots', 0, 'countersign.readiness.signed', { role, subject: 'a1'.repeat(32) as Sha256, met: ['budgets'], reason: 'looked through' }, new GivenRun(new GivenLog(), 'ticket-1').id);
    };
    const [first, forged, second] = [sign('finance', 1_767_323_045_000), sign('security', 1_767_323_046_000), sign('legal', 1_767_323_047_000)];
    const other = await ReadModel.open({ url: await postgres.database() });
    try {
      const [batch] = signed.batches();
      if (!batch) throw new Error('nothing was signed');
      const place = { topic: 'ballots', partition: 0 };
      await other.begin([{ ...place, nextOffset: 0, reader: '' }]);
      await other.project([{ ...batch, rejected: [{ ...place, offset: forged.offset, timestamp: 0, code: 'VOTE_INVALID', message: 'no' }] }]);
      expect((await other.signOffs({ tenant: 'acme', workflow: 'refund-desk' })).map(({ id, role }) => [id, role])).toEqual([[second.id, 'legal'], [first.id, 'finance']]);
      expect(await other.signOffs({ tenant: 'acme', workflow: 'other' })).toEqual([]);
      expect(await other.signOffs({ tenant: 'globex', workflow: 'refund-desk' })).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('have the files that runs were pinned to', async () => {
    expect(await model.configFile('contract', 'c0'.repeat(32))).toEqual({ kind: 'contract', id: 'refund-desk', version: 1, hash: 'c0'.repeat(32), path: 'contracts/refund-desk.yaml', body: { id: 'refund-desk', max_total_cost_usd: 0.08 } });
    await expect(model.configFile('tool', 'c0'.repeat(32))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  describe('approvals', () => {
    it('are listed by state, role, tenant, run and the start of their id', async () => {
      const ids = async (filter: object): Promise<readonly string[]> => (await model.listApprovals({ limit: 50, ...filter })).items.map(({ id }) => id);
      expect(await ids({ state: 'pending' })).toEqual([runs['open']?.approval]);
      expect(await ids({ prefix: runs['open']?.approval })).toEqual([runs['open']?.approval]);
      expect(await ids({ state: 'rejected' })).toEqual([runs['disapproved']?.approval]);
      expect(await ids({ role: 'finance' })).toHaveLength(4);
      expect(await ids({ role: 'legal' })).toEqual([]);
      expect(await ids({ tenant: 'globex' })).toEqual([]);
      expect(await ids({ run: idOf('approved') })).toEqual([runs['approved']?.approval]);
    });

    it('say which of them only one person can answer: those are not for everybody who has any role', async () => {
      const asked = new GivenLog();
      const [confirmation, open] = [new GivenRun(asked, 'ticket-1').started().proposed().asked().confirmationRequested(), new GivenRun(asked, 'ticket-2').started().proposed().requested()];
      const other = await ReadModel.open({ url: await postgres.database() });
      try {
        const batches = asked.batches();
        await other.begin(batches.map(({ topic, partition }) => ({ topic, partition, nextOffset: 0, reader: '' })));
        await other.project(batches);
        expect(await other.approval(confirmation.approval, [])).toMatchObject({ confirmation: true, sub: ADA, roles: [] });
        expect(await other.approval(open.approval, [])).not.toHaveProperty('confirmation');
        expect((await other.listApprovals({ limit: 50 })).items).toHaveLength(2);
        expect((await other.listApprovals({ limit: 50, role: 'finance' })).items).toMatchObject([{ id: open.approval }]);
        expect((await other.why(confirmation.id, [{ subject: ADA, roles: [] }])).waits).toMatchObject([{ confirmation: true, people: [ADA] }]);
      } finally {
        await other.close();
      }
    });

    it('come page by page', async () => {
      const first = await model.listApprovals({ limit: 3 });
      const second = await model.listApprovals({ limit: 3, cursor: first.cursor ?? '' });
      expect(first.items).toHaveLength(3);
      expect(second.items).toHaveLength(1);
      expect(second).not.toHaveProperty('cursor');
    });

    it('carry what is asked for, who said no and why', async () => {
      expect(await model.approval(runs['disapproved']?.approval ?? '', [])).toMatchObject({ status: 'rejected', decidedBy: ADA, reason: 'the customer withdrew', votes: [{ choice: 'deny' }], action: { args: { charge: 'ch_1', amount_cents: 1_200 } }, reasons: [{ rule: 'refund_requires_approval' }], policySet: '3b'.repeat(32) });
    });
  });

  describe('the tail', () => {
    it('gives every event once, in the order of each topic partition, however small the pages', async () => {
      const seen: string[] = [];
      let page = await model.events({ from: 'start', limit: 7 });
      for (;;) {
        seen.push(...page.items.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`));
        if (page.end) break;
        page = await model.events({ from: page.cursor, limit: 7 });
      }
      expect(seen).toEqual(log.records.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`));
    });

    it('goes on with what came later, in whichever partition', async () => {
      const end = await model.events({ from: 'end', limit: 5 });
      expect(end).toMatchObject({ items: [], end: true });
      const before = log.records.length;
      new GivenRun(log, 'ticket-99', 1).submitted();
      const added = log.records.slice(before);
      const offset = added[0]?.offset ?? 0;
      await model.project([{ topic: 'tasks', partition: 1, from: 0, next: offset + 1, reader: '', records: added, rejected: [] }]);
      const page = await model.events({ from: end.cursor, limit: 5 });
      expect(page.items).toMatchObject([{ topic: 'tasks', partition: 1, offset, event: { type: 'countersign.task.submitted' } }]);
      expect((await model.events({ from: page.cursor, limit: 5 })).items).toEqual([]);
    });

    it('filters by run, type and topic, and looks at nothing twice', async () => {
      const page = await model.events({ from: 'start', limit: 50, run: idOf('denied') });
      expect(page.items.map(({ event }) => event?.['run'])).toEqual(Array.from({ length: 5 }, () => idOf('denied')));
      expect((await model.events({ from: page.cursor, limit: 50 })).items).toEqual([]);
      expect((await model.events({ from: 'start', limit: 50, type: 'countersign.action.denied' })).items).toHaveLength(2);
      expect((await model.events({ from: 'start', limit: 50, topic: 'approvals', tenant: 'acme' })).items.every(({ topic }) => topic === 'approvals')).toBe(true);
    });

    it('shows the topics that a filter left out once it is gone', async () => {
      const only = await model.events({ from: 'start', limit: 50, topic: 'executions' });
      const rest = await model.events({ from: only.cursor, limit: 200 });
      expect(only.items.length + rest.items.length).toBe(log.records.length);
    });

    it('refuses a place that is none', async () => {
      await expect(model.events({ from: 'yesterday', limit: 5 })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    });
  });
});
