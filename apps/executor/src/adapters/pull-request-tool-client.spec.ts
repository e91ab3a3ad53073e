import { Octokit } from '@octokit/rest';
import type { Emulator } from 'emulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHubToolClient } from './github-tool-client.js';
import { PullRequestToolClient } from './pull-request-tool-client.js';
import { startEmulator } from './spec-support/emulator.js';
import { httpWorld } from './spec-support/http-world.js';
import { errandWith, pageTool, RUN, soon, toolsOf } from './spec-support/page-tools.js';
import { KEY, RUN as RUN_OF_SUITE, toolClientSuite } from './spec-support/tool-client-suite.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';
import type { Connection } from './connections.js';
import type { Tools } from './tools.js';

const PLACE = { owner: 'desk', repo: 'settings' };
const tool = pageTool('github.change.propose');
const { readBack } = tool.document;
if (!readBack) throw new Error('the pull request is never looked at');

const SHA = 'a'.repeat(40);
const CHANGE = { base: 'main', branch: `countersign/${KEY}`, title: 'Raise the limit', body: `run:${RUN_OF_SUITE}`, message: KEY, files: [{ path: 'limit.txt', content: '200' }] };

/** The one call that counts is that which opens the pull request: it, and what it says, is what people see. */
toolClientSuite(
  'github, a pull request',
  () => new PullRequestToolClient(new GitHubToolClient()),
  httpWorld({
    request: { method: 'POST', path: '/repos/desk/settings/pulls', query: {}, headers: {}, body: CHANGE },
    leadsUp: (method, path) => (method === 'GET' && path.endsWith('/pulls') ? [] : path.includes('/git/') ? { sha: SHA, object: { sha: SHA }, tree: { sha: SHA } } : undefined),
  }),
);

/** GitHub, and what was asked of it; an answer can be lost on its way. */
class Wire implements ToolClient {
  readonly asked: string[] = [];
  lose: string | undefined;
  /** What is answered to in place of GitHub. */
  answer: readonly [string, ToolAnswer] | undefined;
  private readonly github = new GitHubToolClient();

  async send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer> {
    const what = `${request.method} ${request.path.replace(/^\/repos\/[^/]+\/[^/]+/, '')}`;
    this.asked.push(what);
    if (this.answer?.[0] === what) return this.answer[1];
    const answer = await this.github.send(connection, request, options);
    return what === this.lose ? { kind: 'broken', code: 'ECONNRESET' } : answer;
  }
}

describe('a change as a pull request, on a local GitHub', () => {
  let github: Emulator;
  let octokit: Octokit;
  let wire: Wire;
  let tools: Tools;
  let client: PullRequestToolClient;
  let connection: Connection;
  beforeAll(async () => {
    github = await startEmulator('github', { tokens: { 'token-of-the-bot': { login: 'desk', scopes: ['repo'] } }, github: { users: [{ login: 'desk' }], repos: [{ ...PLACE, name: PLACE.repo, auto_init: true }] } });
    octokit = new Octokit({ baseUrl: github.url, auth: 'token-of-the-bot' });
    wire = new Wire();
    client = new PullRequestToolClient(wire);
    connection = { url: new URL(github.url), token: 'token-of-the-bot', allowPrivate: true };
    tools = toolsOf(tool, client, connection);
  });
  afterAll(() => github.close());
  const args = { ...PLACE, title: 'Raise the limit', why: 'The task says so.', files: [{ path: 'config/limit.txt', content: '200\n' }] };

  it('is one branch, one commit and one pull request, that names the run and is found again', async () => {
    const errand = errandWith(args, 'first');
    const answer = await tools.call(tool, errand, soon());
    expect(answer).toMatchObject({ kind: 'answered', status: 201, faults: [] });
    const { number } = ('result' in answer ? answer.result : {}) as { readonly number: number };
    const { data } = await octokit.pulls.get({ ...PLACE, pull_number: number });
    expect(data).toMatchObject({ title: 'Raise the limit', state: 'open', base: { ref: 'main' }, head: { ref: `countersign/${errand.action.idempotencyKey}` } });
    expect(data.body).toContain(`run:${RUN} step:first`);
    const commit = await octokit.git.getCommit({ ...PLACE, commit_sha: data.head.sha });
    expect(commit.data.message).toContain(`Countersign-Key: ${errand.action.idempotencyKey}`);
    const { data: files } = await octokit.git.getTree({ ...PLACE, tree_sha: commit.data.tree.sha, recursive: '1' });
    expect(files.tree.map(({ path }) => path)).toContain('config/limit.txt');
    expect(await tools.readBack(tool, readBack, errand, soon())).toMatchObject({ kind: 'found', faults: [], outsideId: String(number) });
  });

  it('that is asked for again is the one that is there', async () => {
    const before = wire.asked.length;
    const answer = await tools.call(tool, errandWith(args, 'first'), soon());
    expect(answer).toMatchObject({ kind: 'answered', status: 200, faults: [] });
    expect(wire.asked.slice(before)).toEqual(['GET /pulls']);
  });

  it.each([
    ['before anybody can see anything', 'POST /git/commits', { kind: 'not-sent', code: 'ECONNRESET' }],
    ['after its branch was made', 'POST /git/refs', { kind: 'broken' }],
    ['after it was opened', 'POST /pulls', { kind: 'broken' }],
  ])('whose answer was lost %s is finished by a repeat, and there is one', async (where, lost, first) => {
    const errand = errandWith(args, where.replaceAll(' ', '-'));
    wire.lose = lost;
    expect(await tools.call(tool, errand, soon())).toMatchObject(first);
    wire.lose = undefined;
    expect(await tools.call(tool, errand, soon())).toMatchObject({ kind: 'answered', faults: [] });
    const { data } = await octokit.pulls.list({ ...PLACE, state: 'all', per_page: 100 });
    expect(data.filter(({ head }) => head.ref === `countersign/${errand.action.idempotencyKey}`)).toHaveLength(1);
  });

  it('is not put on a branch of its name that others made', async () => {
    const errand = errandWith(args, 'taken');
    const { data } = await octokit.git.getRef({ ...PLACE, ref: 'heads/main' });
    await octokit.git.createRef({ ...PLACE, ref: `refs/heads/countersign/${errand.action.idempotencyKey}`, sha: data.object.sha });
    expect(await tools.call(tool, errand, soon())).toMatchObject({ kind: 'refused', code: 'pull-request.branch-foreign' });
  });

  it.each([403, 422, 429])('that GitHub does not open (%i) once its branch was made is in doubt, and never nothing done', async (status) => {
    const errand = errandWith(args, `answered-${status}`);
    wire.answer = ['POST /pulls', { kind: 'answered', status }];
    expect(await tools.call(tool, errand, soon())).toMatchObject({ kind: 'broken', code: `http.${status}` });
    wire.answer = undefined;
    expect(await tools.call(tool, errand, soon())).toMatchObject({ kind: 'answered', status: 201 });
  });

  it.each(['../../other/git/ref/heads/main', 'a/../b', 'a\\..\\b', '.', 'a//b', ''])('that names the branch `%s` is refused before anything is asked', async (ref) => {
    const before = wire.asked.length;
    const change = { base: 'main', branch: 'countersign/x', title: 'x', message: 'x', files: [{ path: 'x', content: 'x' }] };
    for (const body of [{ ...change, base: ref }, { ...change, branch: ref }]) {
      expect(await client.send(connection, { method: 'POST', path: '/repos/desk/settings/pulls', query: {}, headers: {}, body }, { signal: soon(), tenant: 'acme', maxBytes: 100_000, tool: tool.document })).toEqual({ kind: 'refused', code: 'pull-request.no-change' });
    }
    expect(wire.asked.slice(before)).toEqual([]);
  });

  it('goes nowhere by the name of an object that is none', async () => {
    const before = wire.asked.length;
    wire.answer = ['GET /git/ref/heads/main', { kind: 'answered', status: 200, body: { object: { sha: '../../other' } } }];
    expect(await tools.call(tool, errandWith(args, 'walks'), soon())).toMatchObject({ kind: 'not-sent', code: 'pull-request.sha-invalid' });
    wire.answer = undefined;
    expect(wire.asked.slice(before)).toEqual(['GET /pulls', 'GET /git/ref/heads/main']);
  });

  it('is not begun, or in doubt, where what allows it ends on the way', async () => {
    const errand = errandWith(args, 'ends');
    const over = { kind: 'not-sent', code: 'expired' } as const;
    const endsBefore = (what: string) => () => (wire.asked.at(-1) === what ? over : undefined);
    const before = wire.asked.length;
    expect(await tools.call(tool, errand, soon(), endsBefore('POST /git/commits'))).toMatchObject(over);
    expect(wire.asked.slice(before)).not.toContain('POST /git/refs');
    expect(await tools.call(tool, errand, soon(), endsBefore('POST /git/refs'))).toMatchObject({ kind: 'broken', code: 'expired' });
    expect(wire.asked.slice(before)).not.toContain('POST /pulls');
  });

  it('of a repository that is not there is refused by GitHub', async () => {
    expect(await tools.call(tool, errandWith({ ...args, repo: 'none' }), soon())).toMatchObject({ kind: 'answered', status: 404 });
  });
});
