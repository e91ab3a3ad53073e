import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identify, isRunning, stackStatus, type ProcessIdentity } from '@countersign/stack';
import type { CommandContext } from '../command-context.js';
import { writePrivate } from '../dev/private-files.js';
import { startStack } from '../dev/up.js';

const CLI = fileURLToPath(new URL('../main.js', import.meta.url));

/** Who uses the stack of a data folder, a file for each, and whether it was started for them. */
const usersOf = (dataDir: string): { readonly folder: string; readonly started: string } => ({ folder: join(dataDir, 'mcp-users'), started: join(dataDir, 'mcp-users', 'started-for-them') });

const isAlive = (file: string): boolean => {
  try {
    return isRunning(JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity);
  } catch {
    return false;
  }
};

/** Starts the stack unless it runs, and says that this process uses it: before that, so that nothing is left running where this process ends meanwhile. To be called in turn. */
export const useStack = async (context: CommandContext): Promise<void> => {
  const { dataDir } = context;
  const { folder, started } = usersOf(dataDir);
  writePrivate(join(folder, String(process.pid)), JSON.stringify(identify(process.pid)));
  if ((await stackStatus(dataDir)).phase === 'ready') return;
  // It is theirs already where it only was not well for a moment.
  const isTheirs = existsSync(started);
  writePrivate(started, '');
  context.terminal.message('starting the stack (a minute or two the first time)');
  const { found } = await startStack(context, {});
  // Somebody else has started it at the same time.
  if (found && !isTheirs) rmSync(started, { force: true });
};

/**
 * This process uses the stack no more. The last one to leave a stack that was started for them stops it, in a process of its own: whoever started
 * us does not wait for as long as that takes. `keep`: it goes on. To be called in turn.
 */
export const leaveStack = ({ dataDir, env }: Pick<CommandContext, 'dataDir' | 'env'>, keep: boolean): void => {
  const { folder, started } = usersOf(dataDir);
  rmSync(join(folder, String(process.pid)), { force: true });
  if (keep) rmSync(started, { force: true });
  if (!existsSync(started)) return;
  const users = readdirSync(folder).filter((name) => /^\d+$/.test(name));
  if (users.some((name) => isAlive(join(folder, name)))) return;
  for (const name of users) rmSync(join(folder, name), { force: true });
  rmSync(started, { force: true });
  spawn(process.execPath, [CLI, '--data', dataDir, 'dev', 'down'], { detached: true, stdio: 'ignore', env }).unref();
};
