import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { isRunning, readStackState, stackDown } from '@countersign/stack';
import { kafkaMissing, memoryFolder } from '@countersign/testing';
import { cleanEnvironment, runCli } from './cli.ts';
import { newPerson, writeConfiguration } from './configuration.ts';
import { WEBHOOK_SECRET } from './webhook-secret.ts';
import { inWorkspace } from './workspace.ts';

/** What the specs of a running stack are given. */
export interface GivenStack {
  readonly dataDir: string;
  /** Folder that was applied. */
  readonly configDir: string;
  /** Keys of the people who are approvers beside the local admin: `ada.pem`, `grace.pem`. */
  readonly peopleDir: string;
  /** What an MCP server of the stack may write in. */
  readonly filesDir: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Why there is none, where none can be started here. */
    readonly stack: GivenStack | { readonly missing: string };
  }
}

/** Soon enough that a killed service is missed within a test, long enough for a machine that does much else. */
const SESSION_TIMEOUT_MS = '6000';
/** PostgreSQL runs as an account of its own and has to reach its folder. */
const REACHABLE = 0o755;
const OWN = 0o700;
const OWN_FILE = 0o600;

/** What runs is what is built: a stale build would be another product than the sources that the tests were read with. */
const build = (): void => {
  try {
    execFileSync(process.execPath, [inWorkspace('scripts/build.mjs')], { cwd: inWorkspace(), env: cleanEnvironment(), encoding: 'utf8', stdio: 'pipe' });
  } catch (fault) {
    const said = typeof fault === 'object' && fault !== null && 'stdout' in fault ? String(fault.stdout) : String(fault);
    throw new Error(`the workspace cannot be built, so there is nothing to test:\n${said}`, { cause: fault });
  }
};

const succeed = async (dataDir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> => {
  const { code, stdout, stderr } = await runCli(args, { dataDir, env });
  if (code !== 0) throw new Error(`\`countersign ${args.join(' ')}\` failed with exit code ${code}:\n${stdout}\n${stderr}`);
};

/** Ends the stack; throws where a process of it is left. */
const stop = async (folder: string, dataDir: string): Promise<void> => {
  const state = readStackState(dataDir);
  await stackDown(dataDir);
  const left = state ? [['the supervisor', state.daemon] as const, ...Object.entries(state.parts)].filter(([, part]) => isRunning(part)) : [];
  rmSync(folder, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`still running after \`dev down\`: ${left.map(([name, { pid }]) => `${name} (${pid})`).join(', ')}`);
};

/** An MCP server that is a program, in the connections file before the first start, as a person would put it there. */
const connectFiles = ({ dataDir, filesDir }: GivenStack): void => {
  for (const folder of [dataDir, filesDir]) mkdirSync(folder, { mode: OWN });
  const files = { command: process.execPath, args: [inWorkspace('node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'), filesDir] };
  writeFileSync(join(dataDir, 'connections.json'), JSON.stringify({ files }), { mode: OWN_FILE });
};

/** Receivers of the specs are on this machine. */
const signWebhooks = ({ dataDir }: GivenStack): void => writeFileSync(join(dataDir, 'webhooks.json'), JSON.stringify({ tests: { secrets: [WEBHOOK_SECRET], allowPrivate: true } }), { mode: OWN_FILE });

/** Brings up one stack for every spec of the project, as a person would, and takes it down at the end. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  if (kafkaMissing !== undefined) {
    project.provide('stack', { missing: kafkaMissing });
    return () => Promise.resolve();
  }
  build();
  const folder = memoryFolder('countersign-flow-');
  chmodSync(folder, REACHABLE);
  const given: GivenStack = { dataDir: join(folder, 'data'), configDir: join(folder, 'config'), peopleDir: join(folder, 'people'), filesDir: join(folder, 'files') };
  try {
    connectFiles(given);
    signWebhooks(given);
    await succeed(given.dataDir, ['dev', 'up', '--examples', '--slack-sim'], { COUNTERSIGN_SESSION_TIMEOUT_MS: SESSION_TIMEOUT_MS });
    writeConfiguration(given.configDir, ['ada', 'grace'].map((name) => newPerson(given.peopleDir, name)));
    await succeed(given.dataDir, ['config', 'apply', given.configDir, '--yes']);
  } catch (fault) {
    await stop(folder, given.dataDir);
    throw fault;
  }
  project.provide('stack', given);
  return () => stop(folder, given.dataDir);
};
