import { atPointer, isJsonObject, type Json } from '@countersign/kernel';
import type { Connection } from './connections.js';
import { changeOf, type Change } from './pull-request-change.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

const NO_CHANGE = 'pull-request.no-change';
/** There is a branch of the action's name that the action did not make. */
const BRANCH_FOREIGN = 'pull-request.branch-foreign';

type Ask = (method: ToolRequest['method'], path: string, more?: Partial<ToolRequest>) => Promise<ToolAnswer>;

/** What was answered with 2xx, or the answer that ends the whole. */
type Stage = { readonly body: Json } | { readonly ends: ToolAnswer };

const encoded = (ref: string): string => ref.split('/').map(encodeURIComponent).join('/');

const stageOf = (answer: ToolAnswer): Stage => (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300 && answer.body !== undefined ? { body: answer.body } : { ends: answer });

/** Nothing that anybody can see was done until now, so that an answer that did not come means nothing. */
const harmless = (answer: ToolAnswer): Stage => {
  const stage = stageOf(answer);
  if ('body' in stage || answer.kind === 'refused' || answer.kind === 'not-sent') return stage;
  if (answer.kind === 'answered' && answer.status >= 400 && answer.status < 500) return stage;
  return { ends: { kind: 'not-sent', code: answer.kind === 'answered' ? (answer.problem ?? `http.${answer.status}`) : answer.kind === 'timeout' ? 'TOOL_TIMEOUT' : answer.code } };
};

/** An answer without one is no answer of GitHub's; the next request fails then. */
const sha = (body: Json, pointer: string): string => {
  const value = atPointer(body, pointer);
  return typeof value === 'string' ? value : '';
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
    const branch = await branchOf(ask, change);
    if (branch) return branch;
    const { title, body, branch: head, base } = change;
    const opened = await ask('POST', '/pulls', { body: { title, body, head, base } });
    // Somebody else, an earlier call of ours most likely, was quicker.
    return opened.kind === 'answered' && opened.status === 422 ? ((await openedBefore(ask, owner, change)) ?? opened) : opened;
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
const branchOf = async (ask: Ask, { base, branch, message, files }: Change): Promise<ToolAnswer | undefined> => {
  const top = harmless(await ask('GET', `/git/ref/heads/${encoded(base)}`));
  if ('ends' in top) return top.ends;
  const parent = sha(top.body, '/object/sha');
  const commit = harmless(await ask('GET', `/git/commits/${parent}`));
  if ('ends' in commit) return commit.ends;
  const entries = files.map(({ path, content }) => ({ path, mode: '100644', type: 'blob', ...(content === null ? { sha: null } : { content }) }));
  const tree = harmless(await ask('POST', '/git/trees', { body: { base_tree: sha(commit.body, '/tree/sha'), tree: entries } }));
  if ('ends' in tree) return tree.ends;
  const made = harmless(await ask('POST', '/git/commits', { body: { message, tree: sha(tree.body, '/sha'), parents: [parent] } }));
  if ('ends' in made) return made.ends;
  const ref = stageOf(await ask('POST', '/git/refs', { body: { ref: `refs/heads/${branch}`, sha: sha(made.body, '/sha') } }));
  if ('body' in ref) return undefined;
  if (ref.ends.kind !== 'answered' || ref.ends.status !== 422) return ref.ends;
  return isOurs(ask, branch, message);
};

/** Whether a branch that was there already is an earlier call's of the same action: its commit says so. */
const isOurs = async (ask: Ask, branch: string, message: string): Promise<ToolAnswer | undefined> => {
  const ref = stageOf(await ask('GET', `/git/ref/heads/${encoded(branch)}`));
  if ('ends' in ref) return ref.ends;
  const commit = stageOf(await ask('GET', `/git/commits/${sha(ref.body, '/object/sha')}`));
  if ('ends' in commit) return commit.ends;
  return atPointer(commit.body, '/message') === message ? undefined : { kind: 'refused', code: BRANCH_FOREIGN };
};
