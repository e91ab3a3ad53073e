import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256, type CountersignError, type Instant, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { actionHashOf, encodeEvent, newEvent, type Event } from '@countersign/contracts';
import { ReadModel, type ProjectionBatch } from '@countersign/read-model';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { ArchiveTroubles } from '../../archive/archive-troubles.js';
import { Directory } from '../../directory.js';
import { HTTP_CONTROLLERS, httpProviders } from './http-parts.js';

const STARTS = 60_000;
/** Enough for a request to be on its way. */
const SENT = 200;
const TOKEN = 'token-of-the-spec';
const ADA = 'spiffe://countersign.local/human/ada' as Principal;
const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream' as Principal;
const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal;
const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId;
const APPROVAL = 'DDDDDDDDDDDDDDDDDDDDDD';
/** 2026-01-02T03:04:05.000Z */
const NOW = 1_767_323_045_000 as Instant;
const OF_RUN = { trigger: undefined, now: NOW, tenant: 'acme' as Tenant, workflow: 'refund-desk' as Workflow, run: RUN };
const ACTION = {
  tenant: 'acme' as Tenant,
  workflow: 'refund-desk' as Workflow,
  run: RUN,
  step: 'refund' as StepId,
  tool: 'payments.refund',
  toolContractHash: sha256('contract'),
  args: { charge: 'ch_1', amount_cents: 12_000 },
  destination: 'payments',
  idempotencyKey: 'BBBBBBBBBBBBBBBBBBBBBB',
  dryRun: false,
};
const ASKED = {
  approval: APPROVAL,
  action: ACTION,
  actionHash: actionHashOf(ACTION),
  reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }],
  tier: 2,
  quorum: 1,
  roles: ['finance'],
  deadline: '2026-01-02T04:04:05.000Z',
  sub: UPSTREAM,
  act: AGENT,
};
const RUN_DEADLINE = '2026-01-02T05:04:05.000Z';

const batch = (topic: string, events: readonly Event[]): ProjectionBatch => ({
  topic,
  partition: 0,
  from: 0,
  next: events.length,
  reader: '',
  records: events.map((event, offset) => {
    const value = encodeEvent(event);
    return { topic, partition: 0, offset, timestamp: NOW + offset, sha256: sha256(value), known: { value, event } };
  }),
  rejected: [],
});

const BATCHES: readonly ProjectionBatch[] = [
  batch('proposals', [
    newEvent({ ...OF_RUN, service: 'planner', type: 'countersign.run.started', data: { task: 'ticket-1', source: '/helpdesk', contract: { id: 'refund-desk', version: 1, hash: sha256('file') }, agent: AGENT, subject: UPSTREAM, input: {}, deadline: RUN_DEADLINE } }),
    newEvent({ ...OF_RUN, service: 'planner', step: ACTION.step, type: 'countersign.action.proposed', data: { action: ACTION, actionHash: ASKED.actionHash, effect: 'write', after: [], agent: AGENT, subject: UPSTREAM, contractHash: sha256('file'), runDeadline: RUN_DEADLINE } }),
  ]),
  batch('decisions', [newEvent({ ...OF_RUN, service: 'policy', step: ACTION.step, type: 'countersign.approval.required', data: { ...ASKED, policySet: sha256('policy'), controlEpoch: 1, day: '2026-01-02', month: '2026-01', runDeadline: RUN_DEADLINE } })]),
  batch('approvals', [newEvent({ ...OF_RUN, service: 'approvals', step: ACTION.step, type: 'countersign.approval.requested', data: { ...ASKED, authors: [] } })]),
];

@Module({})
class SpecModule {}

interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

const serve = async (model: ReadModel, onFault: (fault: CountersignError) => void): Promise<HttpServer> => {
  const troubles = new ArchiveTroubles();
  troubles.begin({ code: 'ARCHIVE_REFUSED', topic: 'tasks', partition: 1, message: 'the token has run out' }, NOW);
  const directory: Pick<Directory, 'voters'> = { voters: () => [{ subject: ADA, roles: ['finance'] }] };
  const providers = [{ provide: ReadModel, useValue: model }, { provide: Directory, useValue: directory }, { provide: ArchiveTroubles, useValue: troubles }, ...httpProviders({ token: TOKEN, onFault })];
  const app = await NestFactory.create({ module: SpecModule, controllers: HTTP_CONTROLLERS, providers }, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), close: () => app.close() };
};

describe('the ledger over HTTP', () => {
  let postgres: PostgresFixture;
  let model: ReadModel;
  let server: HttpServer;
  const faults: CountersignError[] = [];

  const ask = async (path: string, token: string | undefined = TOKEN): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> => {
    const answer = await fetch(`${server.url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: await answer.json(), headers: answer.headers };
  };
  const bodyOf = async (path: string): Promise<unknown> => (await ask(path)).body;

  beforeAll(async () => {
    postgres = await startPostgresFixture();
    model = await ReadModel.open({ url: await postgres.database() });
    await model.begin(BATCHES.map(({ topic, partition }) => ({ topic, partition, nextOffset: 0, reader: '' })));
    await model.project(BATCHES);
    server = await serve(model, (fault) => faults.push(fault));
  }, STARTS);

  afterAll(async () => {
    await server.close();
    await model.close();
    await postgres.remove();
  }, STARTS);

  it('answers nobody without the token, apart from whether it is well', async () => {
    for (const token of [undefined, 'wrong', `${TOKEN}x`]) {
      expect(await ask('/v1/runs', token ?? '')).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHENTICATED', hint: expect.any(String) as string } } });
    }
    expect((await fetch(`${server.url}/v1/runs`)).status).toBe(401);
    expect(await ask('/healthz', '')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('lists runs and goes on with a cursor', async () => {
    expect(await bodyOf('/v1/runs?tenant=acme&state=waiting&limit=1')).toEqual({
      runs: [
        {
          id: RUN,
          tenant: 'acme',
          workflow: 'refund-desk',
          task: 'ticket-1',
          source: '/helpdesk',
          status: 'waiting',
          openedAt: '2026-01-02T03:04:05.000Z',
          deadline: RUN_DEADLINE,
          waitingOn: APPROVAL,
          cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 },
        },
      ],
    });
    expect(await bodyOf('/v1/runs?state=closed')).toEqual({ runs: [] });
    expect(await bodyOf('/v1/runs?since=2026-01-02T04:04:05%2B01:00')).toMatchObject({ runs: [{ id: RUN }] });
    expect(await bodyOf('/v1/runs?until=2026-01-02T04:04:05%2B01:00')).toEqual({ runs: [] });
    expect(await bodyOf(`/v1/runs?agent=${AGENT}&tool=payments.refund&rule=refund_requires_approval&maxCost=0`)).toMatchObject({ runs: [{ id: RUN }] });
    for (const none of ['agent=other', 'tool=payments.charge', `approver=${ADA}`, 'rule=no_delete', 'minCost=1']) expect(await bodyOf(`/v1/runs?${none}`)).toEqual({ runs: [] });
  });

  it('shows a run, its events, its record and why it waits', async () => {
    expect(await bodyOf(`/v1/runs/${RUN}`)).toMatchObject({ id: RUN, agent: AGENT, actions: [{ step: 'refund', status: 'asked', ended: false, argsHash: sha256('{"amount_cents":12000,"charge":"ch_1"}') }], approvals: [{ id: APPROVAL }] });
    expect(await bodyOf(`/v1/runs/${RUN}/events`)).toMatchObject({ events: [{ topic: 'proposals', offset: 0, event: { type: 'countersign.run.started' } }, {}, {}, {}] });
    expect(await bodyOf(`/v1/runs/${RUN}/record`)).toMatchObject({ run_id: RUN, tool_calls: [{ tool: 'payments.refund', status: 'asked' }] });
    expect(await bodyOf(`/v1/runs/${RUN}/why`)).toMatchObject({ run: { id: RUN }, waits: [{ for: 'people', approval: APPROVAL, people: [ADA], quorum: 1, votes: 0 }], expiresNext: { what: 'approval', at: ASKED.deadline } });
  });

  it('shows an approval with the exact action', async () => {
    expect(await bodyOf('/v1/approvals?role=finance&state=pending')).toMatchObject({ approvals: [{ id: APPROVAL, tool: 'payments.refund', status: 'pending' }] });
    const approval = (await bodyOf(`/v1/approvals/${APPROVAL}`)) as { readonly action: typeof ACTION; readonly actionHash: string };
    expect(actionHashOf(approval.action)).toBe(approval.actionHash);
  });

  it('finds effects by the id of the outside system, whatever is in it, and the files that runs were pinned to', async () => {
    expect(await bodyOf('/v1/effects?outsideId=re_1')).toEqual({ effects: [] });
    expect(await bodyOf(`/v1/effects?outsideId=${encodeURIComponent("#12'; drop table runs; --")}`)).toEqual({ effects: [] });
    expect(await bodyOf('/v1/sign-offs?tenant=acme&workflow=refund-desk')).toEqual({ signOffs: [] });
    expect(await ask(`/v1/config-files/tool/${sha256('none')}`)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  });

  it('tells what needs somebody now, with how far it has read, and how people have answered', async () => {
    expect(await bodyOf('/v1/attention?tenant=acme')).toMatchObject({ approvals: [{ id: APPROVAL }], approvalsOpen: 1, breakers: [], doubtful: [], escalations: [], positions: expect.arrayContaining([expect.objectContaining({ topic: 'approvals', partition: 0 })]) });
    expect(await bodyOf('/v1/attention?tenant=globex')).toMatchObject({ approvals: [], approvalsOpen: 0, stuck: [], archive: [{ code: 'ARCHIVE_REFUSED', topic: 'tasks', partition: 1, message: 'the token has run out', since: '2026-01-02T03:04:05.000Z' }] });
    expect(await bodyOf('/v1/approval-figures?since=2026-01-02T00:00:00Z&by=approver')).toEqual({ since: '2026-01-02T00:00:00.000Z', by: 'approver', figures: [] });
  });

  it('refuses parameters that are not as they must be, all at once and without their values', async () => {
    const { status, body } = await ask('/v1/runs?tenant=ACME%00&limit=0&state=sleeping&colour=secret-red');
    expect(status).toBe(400);
    const text = JSON.stringify(body);
    for (const name of ['tenant', 'limit', 'state', 'colour']) expect(text).toContain(`\`${name}\``);
    expect(body).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
    expect(text).not.toMatch(/secret-red|sleeping/);
  });

  it.each([
    ['/v1/runs?limit=501', 400],
    ['/v1/runs?limit=', 400],
    ['/v1/runs?tenant=a&tenant=b', 400],
    ['/v1/runs?since=yesterday', 400],
    ['/v1/runs?cursor=bogus', 400],
    ['/v1/runs?agent=two%20words', 400],
    ['/v1/runs?tool=Payments', 400],
    ['/v1/runs?approver=human/ada', 400],
    ['/v1/runs?minCost=0.5', 400],
    ['/v1/runs?until=tomorrow', 400],
    ['/v1/runs/run%00x', 400],
    ['/v1/runs/%E0%A4%A', 400],
    ['/v1/runs/run-unknown', 404],
    ['/v1/runs/run-unknown/why', 404],
    ['/v1/approvals/unknown', 404],
    ['/v1/positions?atLeast=proposals', 400],
    ['/v1/approval-figures', 400],
    ['/v1/approval-figures?since=2026-01-02T00:00:00Z&by=mood', 400],
    ['/v1/attention?tenant=ACME', 400],
    ['/v1/effects', 400],
    ['/v1/sign-offs?tenant=acme', 400],
    ['/v1/effects?outsideId=a%00b', 400],
    ['/v1/config-files/secret/x', 400],
    ['/v1/events?from=nowhere', 400],
    ['/nowhere', 404],
  ])('answers %s with %i and an error of ours', async (path, status) => {
    expect(await ask(path)).toMatchObject({ status, body: { error: { code: expect.stringMatching(/^(REQUEST_INVALID|NOT_FOUND)$/) as string, message: expect.any(String) as string } } });
  });

  it('gives events from a place on, and waits for the next one', async () => {
    const page = (await bodyOf('/v1/events?from=start&limit=2')) as { readonly events: unknown[]; readonly cursor: string; readonly end: boolean };
    expect(page).toMatchObject({ events: [{ partition: 0 }, {}], end: false });
    expect(await bodyOf(`/v1/events?from=${page.cursor}`)).toMatchObject({ events: [{}, {}], end: true });
    const end = (await bodyOf('/v1/events?from=end')) as { readonly cursor: string };
    const next = bodyOf(`/v1/events?from=${end.cursor}&wait=20000&type=countersign.approval.expired`);
    const expired = newEvent({ ...OF_RUN, service: 'approvals', step: ACTION.step, type: 'countersign.approval.expired', data: { approval: APPROVAL, actionHash: ASKED.actionHash, deadline: ASKED.deadline } });
    const value = encodeEvent(expired);
    const record = { topic: 'approvals', partition: 0, offset: 1, timestamp: NOW + 9, sha256: sha256(value), known: { value, event: expired } };
    await model.project([{ topic: 'approvals', partition: 0, from: 1, next: 2, reader: '', records: [record], rejected: [] }]);
    expect(await next).toMatchObject({ events: [{ offset: 1, event: { type: 'countersign.approval.expired' } }], end: true });
  });

  it('tells how far the model is, and waits until it is far enough', async () => {
    expect(await bodyOf('/v1/positions?atLeast=proposals/0/2,decisions/0/1')).toMatchObject({ caughtUp: true });
    expect(await bodyOf('/v1/positions?atLeast=decisions/0/3&wait=50')).toMatchObject({ caughtUp: false });
    const later = bodyOf('/v1/positions?atLeast=decisions/0/3&wait=20000');
    await model.project([{ topic: 'decisions', partition: 0, from: 1, next: 3, reader: '{"e":2,"s":0}', records: [], rejected: [] }]);
    const answer = await later;
    expect(answer).toMatchObject({ caughtUp: true });
    expect((answer as { readonly positions: unknown[] }).positions).toContainEqual({ topic: 'decisions', partition: 0, nextOffset: 3 });
  });

  it('gives answers that nothing may keep, and does not name what it is made of', async () => {
    const { headers } = await ask('/v1/runs');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('says that PostgreSQL is away, and is well again once it is back', { timeout: STARTS }, async () => {
    await postgres.crash();
    expect(await ask('/v1/runs')).toMatchObject({ status: 503, body: { error: { code: 'DATABASE_UNREACHABLE', hint: expect.stringContaining('DATABASE_URL') as string } } });
    expect((await ask('/healthz', '')).status).toBe(503);
    expect(faults.map(({ code }) => code)).toContain('DATABASE_UNREACHABLE');
    await postgres.restart();
    expect((await ask('/healthz', '')).status).toBe(200);
  });

  it('closes although somebody still waits', async () => {
    const other = await serve(model, () => undefined);
    const broken = new Promise<Error>((resolve) => {
      get(`${other.url}/v1/positions?atLeast=decisions/0/99&wait=30000`, { headers: { authorization: `Bearer ${TOKEN}` } }).on('error', resolve);
    });
    await sleep(SENT);
    await other.close();
    expect(await broken).toBeInstanceOf(Error);
  });
});
