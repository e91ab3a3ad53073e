import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where the local stack keeps its data, and the command line its connection. */
export const DATA_DIR_NAME = '.countersign';
export const CLIENT_FILE = 'client.json';

interface Given {
  readonly option: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

const upwards = (from: string): string[] => (dirname(from) === from ? [from] : [from, ...upwards(dirname(from))]);

/**
 * `--data`, else `COUNTERSIGN_HOME`, else the nearest `.countersign` at or above the current folder that knows of a stack,
 * else the nearest one at all, else the one that would be made here.
 */
export const findDataDir = ({ option, env, cwd }: Given): string => {
  const named = option ?? (env['COUNTERSIGN_HOME'] || undefined);
  if (named !== undefined) return resolve(cwd, named);
  const candidates = upwards(cwd).map((folder) => join(folder, DATA_DIR_NAME));
  return candidates.find((folder) => existsSync(join(folder, CLIENT_FILE))) ?? candidates.find((folder) => existsSync(folder)) ?? join(cwd, DATA_DIR_NAME);
};
