import { networkInterfaces } from 'node:os';
import { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGitHub } from './github.js';
import type { GitHub } from './github.js';

const HELLO_WORLD = { owner: 'Codertocat', repo: 'Hello-World' };
const FIRST = { ...HELLO_WORLD, issue_number: 1 };
const UNKNOWN = { ...HELLO_WORLD, issue_number: 99 };

let github: GitHub;
let bot: Octokit;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const octokit = (auth?: string): Octokit => new Octokit({ baseUrl: github.url, log: silent, ...(auth !== undefined && { auth }) });

beforeAll(async () => {
  github = await startGitHub({ port: 0, apiToken: 'token-of-the-bot' });
  bot = octokit('token-of-the-bot');
});

afterAll(async () => {
  await github.close();
});

describe('what it holds at the start', () => {
  it('has the issue that the payloads speak of, with its label and comment', async () => {
    const { data } = await bot.issues.get(FIRST);
    expect(data).toMatchObject({
      number: 1,
      title: 'Spelling error in the README file',
      body: "It looks like you accidently spelled 'commit' with two 't's.",
      state: 'open',
      user: { login: 'Codertocat' },
      labels: [{ name: 'bug', color: 'd73a4a', description: "Something isn't working" }],
      comments: 1,
    });
    const comments = await bot.issues.listComments(FIRST);
    expect(comments.data.map(({ body }) => body)).toEqual(["You are totally right! I'll get this fixed right away."]);
  });

  it('has the second issue, and nothing where one was transferred away', async () => {
    expect((await bot.issues.get({ ...HELLO_WORLD, issue_number: 2 })).data.title).toBe('Update the README with new information.');
    const moved = { owner: 'octo-org', repo: 'octo-repo' };
    expect((await bot.issues.listForRepo(moved)).data).toEqual([]);
    await expect(bot.issues.get({ ...moved, issue_number: 1 })).rejects.toMatchObject({ status: 404 });
  });

  it('puts its own address into its answers', async () => {
    expect((await bot.issues.get(FIRST)).data.html_url).toBe(`${github.url}/Codertocat/Hello-World/issues/1`);
  });
});

describe('labels', () => {
  it('adds a label and keeps the others; adding it again changes nothing', async () => {
    const once = await bot.issues.addLabels({ ...FIRST, labels: ['documentation'] });
    expect(once.status).toBe(200);
    expect(once.data.map(({ name }) => name)).toEqual(['bug', 'documentation']);
    const twice = await bot.issues.addLabels({ ...FIRST, labels: ['documentation'] });
    expect(twice.data).toEqual(once.data);
    expect((await bot.issues.listLabelsOnIssue(FIRST)).data).toEqual(once.data);
  });

  it('refuses a label without a name with 422 and an unknown issue with 404', async () => {
    await expect(bot.issues.addLabels({ ...FIRST, labels: [''] })).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'Validation failed' } },
    });
    await expect(bot.issues.addLabels({ ...UNKNOWN, labels: ['bug'] })).rejects.toMatchObject({
      status: 404,
      response: { data: { message: 'Not Found' } },
    });
  });
});

describe('comments', () => {
  it('creates a comment as the bot, which can be read back by id and in the list', async () => {
    const created = await bot.issues.createComment({ ...FIRST, body: 'Thank you.\n\n<!-- key-1 -->' });
    expect(created.status).toBe(201);
    expect(created.data).toMatchObject({ body: 'Thank you.\n\n<!-- key-1 -->', user: { login: 'triage-bot' } });
    const { data } = await bot.issues.getComment({ ...HELLO_WORLD, comment_id: created.data.id });
    expect(data.body).toBe(created.data.body);
    const listed = await bot.issues.listComments({ ...FIRST, per_page: 100 });
    expect(listed.data.filter(({ body }) => body?.includes('<!-- key-1 -->'))).toHaveLength(1);
  });

  it('makes a second comment when it is asked twice: it knows no idempotency key', async () => {
    const headers = { 'idempotency-key': 'key-2' };
    const ids = [];
    for (let at = 0; at < 2; at += 1) ids.push((await bot.issues.createComment({ ...FIRST, body: 'Twice.', headers })).data.id);
    expect(new Set(ids).size).toBe(2);
  });

  it('refuses an empty comment with 422 and an unknown issue or comment with 404', async () => {
    await expect(bot.issues.createComment({ ...FIRST, body: '' })).rejects.toMatchObject({ status: 422 });
    await expect(bot.issues.createComment({ ...UNKNOWN, body: 'Hello.' })).rejects.toMatchObject({ status: 404 });
    await expect(bot.issues.getComment({ ...HELLO_WORLD, comment_id: 999 })).rejects.toMatchObject({ status: 404 });
  });
});

describe('who may write', () => {
  it('asks for a token', async () => {
    await expect(octokit().issues.createComment({ ...FIRST, body: 'Hello.' })).rejects.toMatchObject({ status: 401 });
  });

  it('writes for a token that it does not know, but never in the name of the bot or the owner', async () => {
    const { data } = await octokit('stolen').issues.createComment({ ...FIRST, body: 'Hello.' });
    expect(data.user?.login).toBe('unknown-token');
  });
});

it('listens on loopback only', async () => {
  const port = new URL(github.url).port;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []).filter(({ internal, family }) => !internal && family === 'IPv4');
  const others = ['127.0.0.2', ...addresses.map(({ address }) => address)];
  for (const address of others) await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow('fetch failed');
});

it('runs beside another one, refuses a port that is taken, and forgets everything at its end', async () => {
  const other = await startGitHub({ port: 0, apiToken: 'other' });
  const taken = Number(new URL(other.url).port);
  await expect(startGitHub({ port: taken, apiToken: 'third' })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  const there = new Octokit({ baseUrl: other.url, auth: 'other', log: silent });
  expect((await there.issues.get(FIRST)).data.comments).toBe(1);
  await other.close();
  // Octokit says 500 where nobody answered; only the missing response tells the two apart.
  await expect(there.issues.get(FIRST)).rejects.toMatchObject({ status: 500, response: undefined });
});
