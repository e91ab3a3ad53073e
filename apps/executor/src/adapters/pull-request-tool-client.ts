import { atPointer, isJsonObject, type Json } from '@countersign/kernel';
import type { Connection } from './connections.js';
import { changeOf, refPath, type Change } from './pull-request-change.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

const NO_CHANGE = 'pull-request.no-change';
/** There is a branch of the action's name that the action did not make. */
const BRANCH_FOREIGN = 'pull-request.branch-foreign';
const SHA_INVALID = 'pull-request.sha-invalid';

type Ask = (method: ToolRequest['method'], path: string, more?: Partial<ToolRequest>) => Promise<ToolAnswer>;

/** What was answered with 2xx, or the answer that ends the whole. */
type Stage = { readonly body: Json; readonly sha: string } | { readonly ends: ToolAnswer };

/** SHA-1 or SHA-256; it stands in the next request's path. */
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** `shaAt`: where the answer has the object's name, which it must have then. */
const stageOf = (answer: ToolAnswer, shaAt?: string): Stage => {
  if (answer.kind !== 'answered' || answer.status < 200 || answer.status > 299 || answer.body === undefined) return { ends: answer };
  const { body } = answer;
  if (shaAt === undefined) return { body, sha: '' };
  const sha = atPointer(body, shaAt);
  return typeof sha === 'string' && SHA.test(sha) ? { body, sha } : { ends: { kind: 'broken', code: SHA_INVALID } };
};

const codeIn = (answer: ToolAnswer): string => (answer.kind === 'answered' ? (answer.problem ?? `http.${answer.status}`) : answer.kind === 'timeout' ? 'TOOL_TIMEOUT' : answer.code);

/** Nothing that anybody can see was done until now, so that an answer that did not come means nothing. */
const harmless = (answer: ToolAnswer, shaAt?: string): Stage => {
  const stage = stageOf(answer, shaAt);
  if ('body' in stage || answer.kind === 'refused' || answer.kind === 'not-sent') return stage;
  const { ends } = stage;
  if (answer.kind === 'answered' && answer.status >= 400 && answer.status < 500) return stage;
  return { ends: { kind: 'not-sent', code: codeIn(ends) } };
};

/** The branch stands, and everybody can see it: that what comes after it failed does not mean that nothing was done. A repeat goes on from it. */
const afterBranch = (answer: ToolAnswer): ToolAnswer => {
  if (answer.kind === 'answered' && (answer.status < 400 || answer.status > 499)) return answer;
  return answer.kind === 'timeout' ? answer : { kind: 'broken', code: codeIn(answer) };
};

/**
 * A change as a pull request that people merge. Its branch is named by the action, so that a repeat finds what is there and goes on
 * from it; everything but branch and pull request is invisible. A request that only reads goes to GitHub as it is.
 */
export class PullRequestToolClient implements ToolClient {
  constructor(private readonly github: ToolClient) {}

  async send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer> {
    if (request.method === 'GET') return this.github.send(connection, request, options);
    const change = changeOf(request.body);
    const [, repository, owner] = /^(\/repos\/([^/]+)\/[^/]+)\/pulls$/.exec(request.path) ?? [];
    if (!change || repository === undefined || owner === undefined) return { kind: 'refused', code: NO_CHANGE };
    const ask: Ask = (method, path, more) => this.github.send(connection, { method, path: `${repository}${path}`, query: {}, headers: request.headers, ...more }, options);
    const known = await openedBefore(ask, owner, change);
    if (known) return known;
    const branch = await branchOf(ask, change, options.forbids);
    if (branch) return branch;
    const { title, body, branch: head, base } = change;
    const forbidden = options.forbids?.();
    if (forbidden) return afterBranch(forbidden);
    const opened = await ask('POST', '/pulls', { body: { title, body, head, base } });
    // Somebody else, an earlier call of ours most likely, was quicker.
    const earlier = opened.kind === 'answered' && opened.status === 422 ? await openedBefore(ask, owner, change) : undefined;
    return afterBranch(earlier ?? opened);
  }
}

/** The pull request of this action, open or not; what kept us from looking is nothing done. */
const openedBefore = async (ask: Ask, owner: string, { branch }: Change): Promise<ToolAnswer | undefined> => {
  const stage = harmless(await ask('GET', '/pulls', { query: { head: `${decodeURIComponent(owner)}:${branch}`, state: 'all' } }));
  if ('ends' in stage) return stage.ends;
  const found = Array.isArray(stage.body) ? stage.body.find((item: Json) => isJsonObject(item) && atPointer(item, '/head/ref') === branch) : undefined;
  return found === undefined ? undefined : { kind: 'answered', status: 200, body: found as Json };
};

/** Makes a commit on top of the base, and then the branch, which is all that can be seen of it; `undefined` where it is there. */
const branchOf = async (ask: Ask, { base, branch, message, files }: Change, forbids: SendOptions['forbids']): Promise<ToolAnswer | undefined> => {
  const top = harmless(await ask('GET', `/git/ref/heads/${refPath(base)}`), '/object/sha');
  if ('ends' in top) return top.ends;
  const commit = harmless(await ask('GET', `/git/commits/${top.sha}`), '/tree/sha');
  if ('ends' in commit) return commit.ends;
  const entries = files.map(({ path, content }) => ({ path, mode: '100644', type: 'blob', ...(content === null ? { sha: null } : { content }) }));
  const tree = harmless(await ask('POST', '/git/trees', { body: { base_tree: commit.sha, tree: entries } }), '/sha');
  if ('ends' in tree) return tree.ends;
  const made = harmless(await ask('POST', '/git/commits', { body: { message, tree: tree.sha, parents: [top.sha] } }), '/sha');
  if ('ends' in made) return made.ends;
  const forbidden = forbids?.();
  if (forbidden) return forbidden;
  const ref = stageOf(await ask('POST', '/git/refs', { body: { ref: `refs/heads/${branch}`, sha: made.sha } }));
  if ('body' in ref) return undefined;
  if (ref.ends.kind !== 'answered' || ref.ends.status !== 422) return ref.ends;
  return isOurs(ask, branch, message);
};

/** Whether a branch that was there already is an earlier call's of the same action: its commit says so. */
const isOurs = async (ask: Ask, branch: string, message: string): Promise<ToolAnswer | undefined> => {
  const found = await ask('GET', `/git/ref/heads/${refPath(branch)}`);
  // There is none after all: GitHub refused to make it.
  if (found.kind === 'answered' && found.status === 404) return found;
  const ref = stageOf(found, '/object/sha');
  if ('ends' in ref) return afterBranch(ref.ends);
  const commit = stageOf(await ask('GET', `/git/commits/${ref.sha}`));
  if ('ends' in commit) return afterBranch(commit.ends);
  return atPointer(commit.body, '/message') === message ? undefined : { kind: 'refused', code: BRANCH_FOREIGN };
};
