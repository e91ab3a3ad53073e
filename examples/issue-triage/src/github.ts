import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { Octokit } from '@octokit/rest';
import { createEmulator } from 'emulate';
import type { Emulator } from 'emulate';
import { repositoriesOf, seedIssues } from './seed.js';
import type { SeedRepository } from './seed.js';
import { triageTasks } from './tasks.js';

/** Whom the token that is handed out belongs to: what it writes is by this user. */
export const TRIAGE_USER = 'triage-bot';
/** The emulator takes any token that it does not know for the first of its users, so that must be nobody. */
const STRANGER = 'unknown-token';
/** Another process may take a free port between finding and using it; losing that race three times is no accident. */
const PORT_TRIES = 3;

export interface GitHub {
  /** `http://127.0.0.1:<port>`, the `baseUrl` for Octokit. */
  readonly url: string;
  close(): Promise<void>;
}

export interface GitHubOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** The token of `triage-bot`. */
  readonly apiToken: string;
}

/** Starts a stateful GitHub on loopback, in this process, that holds what the tasks speak of. Its state is in memory. */
export async function startGitHub({ port, apiToken }: GitHubOptions): Promise<GitHub> {
  const repositories = repositoriesOf(triageTasks());
  const ownerTokens = new Map([...new Set(repositories.map(({ owner }) => owner))].map((login) => [login, randomUUID()]));
  const emulator = await listen(port, {
    tokens: Object.fromEntries([
      [apiToken, { login: TRIAGE_USER, scopes: ['repo'] }],
      ...[...ownerTokens].map(([login, token]) => [token, { login, scopes: ['repo'] }]),
    ]),
    github: githubOf(repositories, [...ownerTokens.keys()]),
  });
  try {
    for (const [login, auth] of ownerTokens) {
      const octokit = new Octokit({ auth, baseUrl: emulator.url });
      await seedIssues(octokit, repositories.filter(({ owner }) => owner === login));
    }
  } catch (error) {
    await emulator.close();
    throw error;
  }
  return { url: emulator.url, close: () => emulator.close() };
}

function githubOf(repositories: readonly SeedRepository[], owners: readonly string[]): object {
  return {
    users: [STRANGER, TRIAGE_USER, ...owners].map((login) => ({ login })),
    repos: repositories.map(({ owner, name }) => ({ owner, name })),
  };
}

/** The port must be known before the start, because the emulator puts its own address into every answer. */
async function listen(port: number, seed: { tokens: Record<string, { login: string; scopes: string[] }>; github: object }): Promise<Emulator> {
  for (let tries = 1; ; tries += 1) {
    const chosen = port === 0 ? await freePort() : port;
    try {
      return await createEmulator({ service: 'github', port: chosen, hostname: '127.0.0.1', baseUrl: `http://127.0.0.1:${chosen}`, seed });
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || port !== 0 || tries === PORT_TRIES) throw error;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
