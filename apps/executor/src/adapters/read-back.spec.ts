import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Octokit } from '@octokit/rest';
import type { Pinned, ReadBack, ReadBackOutcome, ToolContract } from '@countersign/domain';
import { startGitHub, type GitHub } from '@countersign/issue-triage';
import { NO_KEYS, Seals } from '@countersign/privacy';
import { idempotencyKeyOf, type Instant, type JsonObject } from '@countersign/kernel';
import { loadConfig } from '@countersign/tools';
import type { Errand } from '../credentials/credential.js';
import { Credentials } from '../credentials/credentials.js';
import { GitHubToolClient } from './github-tool-client.js';
import { HttpToolClient } from './http-tool-client.js';
import { Tools } from './tools.js';

const { documents } = loadConfig(path.resolve(import.meta.dirname, '../../../../config'), { localPublicKey: 'A'.repeat(43) });
const toolOf = (name: string): Pinned<ToolContract> => {
  const tool = documents.tools.find(({ document }) => document.id === name);
  if (!tool) throw new Error(`there is no tool ${name}`);
  return tool;
};

const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
const actionWith = (args: JsonObject, step = 'comment'): Errand => ({ action: { tenant: 'acme', args, run: RUN, step, idempotencyKey: idempotencyKeyOf('acme', RUN, step) }, jti: 'jti-1', exp: 60 }) as unknown as Errand;
const toolsFor = (url: string, token?: string): Tools =>
  new Tools({
    clients: { http: new HttpToolClient(), github: new GitHubToolClient() },
    connections: new Map(['github', 'payments'].map((name) => [name, { url: new URL(url), token, allowPrivate: true }])),
    credentials: new Credentials({ namespace: 'countersign', variables: new Map(), clock: { now: () => 0 as Instant } }),
    blobs: { put: () => Promise.reject(new Error('no blob here')) },
    seals: new Seals(NO_KEYS),
    now: () => 0 as Instant,
  });
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

describe('a comment on a local GitHub', () => {
  const ISSUE = { owner: 'Codertocat', repo: 'Hello-World' };
  const tool = toolOf('github.comment.create');
  const { readBack } = tool.document;
  if (!readBack) throw new Error('the comment is never looked at');
  let github: GitHub;
  let tools: Tools;

  beforeAll(async () => {
    github = await startGitHub({ port: 0, apiToken: 'token-of-the-bot' });
    tools = toolsFor(github.url, 'token-of-the-bot');
    const others = new Octokit({ baseUrl: github.url, auth: 'somebody' });
    for (let nth = 0; nth < 130; nth += 1) await others.issues.createComment({ ...ISSUE, issue_number: 1, body: `me too, ${nth}` });
  });
  afterAll(() => github.close());

  it('is found behind more than a hundred others', async () => {
    const action = actionWith({ ...ISSUE, number: 1, body: 'Thank you.' });
    const answer = await tools.call(tool, action, soon());
    expect(answer).toMatchObject({ kind: 'answered', status: 201, faults: [] });
    expect(await tools.readBack(tool, readBack, action, soon())).toMatchObject({ kind: 'found', faults: [], outsideId: 'outsideId' in answer ? answer.outsideId : 'none' });
  });

  it('that was never made is absent, once all of them were looked through', async () => {
    expect(await tools.readBack(tool, readBack, actionWith({ ...ISSUE, number: 1, body: 'Thank you.' }, 'another'), soon())).toMatchObject({ kind: 'absent' });
  });

  it('is absent where there is no other', async () => {
    expect(await tools.readBack(tool, readBack, actionWith({ ...ISSUE, number: 2, body: 'Thank you.' }), soon())).toMatchObject({ kind: 'absent' });
  });
});

describe('a list in pages', () => {
  const tool = toolOf('payments.refund');
  const paged: ReadBack = {
    request: { method: 'GET', path: '/refunds', query: { size: '2' }, headers: {} },
    find: { in: '/refunds', where: { '/key': { op: 'equals', to: '{idempotency_key}' } } },
    pages: { parameter: 'page', atMost: 3 },
    expect: {},
  };
  const action = actionWith({});
  let asked: string[];
  let pageOf: (page: number) => { readonly status: number; readonly refunds: readonly object[] };

  const look = async (): Promise<ReadBackOutcome> => {
    asked = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const { status, refunds } = pageOf(Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('page')));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ refunds }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      return await toolsFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).readBack(tool, paged, action, soon());
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
  const others = { status: 200, refunds: [{ key: 'a' }, { key: 'b' }] };

  it('is looked through from the first to the one that holds the effect', async () => {
    pageOf = (page) => (page === 2 ? { status: 200, refunds: [{ key: action.action.idempotencyKey }] } : others);
    expect(await look()).toMatchObject({ kind: 'found', faults: [] });
    expect(asked).toEqual(['/refunds?size=2&page=1', '/refunds?size=2&page=2']);
  });

  it('ends with an empty one: the effect is absent', async () => {
    pageOf = (page) => (page < 3 ? others : { status: 200, refunds: [] });
    expect(await look()).toMatchObject({ kind: 'absent' });
    expect(asked).toHaveLength(3);
  });

  it('that does not end proves nothing: nobody looked at the rest', async () => {
    pageOf = () => others;
    expect(await look()).toMatchObject({ kind: 'unanswered', code: 'read-back.too-many-pages' });
    expect(asked).toHaveLength(3);
  });

  it('that breaks off in the middle proves nothing either', async () => {
    pageOf = (page) => (page === 1 ? others : { status: 503, refunds: [] });
    expect(await look()).toMatchObject({ kind: 'unanswered', code: 'http.503' });
    pageOf = (page) => (page === 1 ? others : { status: 404, refunds: [] });
    expect(await look()).toMatchObject({ kind: 'unanswered', code: 'http.404' });
  });
});
