import { Octokit } from '@octokit/rest';
import type { Emulator } from 'emulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHubToolClient } from './github-tool-client.js';
import { PullRequestToolClient } from './pull-request-tool-client.js';
import { startEmulator } from './spec-support/emulator.js';
import { errandWith, pageTool, RUN, soon, toolsOf } from './spec-support/page-tools.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';
import type { Connection } from './connections.js';
import type { Tools } from './tools.js';

const PLACE = { owner: 'desk', repo: 'settings' };
const tool = pageTool('github.change.propose');
const { readBack } = tool.document;
if (!readBack) throw new Error('the pull request is never looked at');

/** GitHub, and what was asked of it; an answer can be lost on its way. */
class Wire implements ToolClient {
  readonly asked: string[] = [];
  lose: string | undefined;
  private readonly github = new GitHubToolClient();

  async send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer> {
    const what = `${request.method} ${request.path.replace(/^\/repos\/[^/]+\/[^/]+/, '')}`;
    this.asked.push(what);
    const answer = await this.github.send(connection, request, options);
    return what === this.lose ? { kind: 'broken', code: 'ECONNRESET' } : answer;
  }
}

describe('a change as a pull request, on a local GitHub', () => {
  let github: Emulator;
  let octokit: Octokit;
  let wire: Wire;
  let tools: Tools;
  beforeAll(async () => {
    github = await startEmulator('github', { tokens: { 'token-of-the-bot': { login: 'desk', scopes: ['repo'] } }, github: { users: [{ login: 'desk' }], repos: [{ ...PLACE, name: PLACE.repo, auto_init: true }] } });
    octokit = new Octokit({ baseUrl: github.url, auth: 'token-of-the-bot' });
    wire = new Wire();
    tools = toolsOf(tool, new PullRequestToolClient(wire), { url: new URL(github.url), token: 'token-of-the-bot', allowPrivate: true });
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

  it('of a repository that is not there is refused by GitHub', async () => {
    expect(await tools.call(tool, errandWith({ ...args, repo: 'none' }), soon())).toMatchObject({ kind: 'answered', status: 404 });
  });
});
