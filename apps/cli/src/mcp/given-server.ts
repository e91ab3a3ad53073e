import { join, resolve } from 'node:path';
import { CountersignError, isName } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { tenantOf } from '../task/task-file.js';
import type { ProxiedServer } from './set-up.js';
import { nameOfServer, serverCommand } from './server-command.js';

export interface ServerOptions {
  readonly name?: string;
  readonly tenant?: string;
  readonly env?: readonly string[];
  readonly only?: readonly string[];
  readonly config?: string;
}

/** The server that was typed, but for whose it is. Throws `USAGE`. */
export const givenServer = (context: CommandContext, words: readonly string[], { name = nameOfServer(words), env = [], only = [], config }: ServerOptions): Omit<ProxiedServer, 'tenant'> => {
  if (!isName(name)) throw new CountersignError('USAGE', `\`${name}\` is no name of a server`, { hint: 'lower case letters, digits and dashes' });
  const folder = config === undefined ? join(context.dataDir, 'mcp') : resolve(context.cwd, config);
  return { name, command: serverCommand(context, { words, variables: env }), only, folder };
};

/** Whose calls they are: the tenant that is named, else the first that the stack knows. Throws `USAGE`. */
export const tenantOfServer = ({ tenant }: ServerOptions, tenants: readonly string[]): string => tenantOf(tenant ?? tenants[0], tenants);
