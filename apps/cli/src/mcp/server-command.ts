import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CountersignError, isName } from '@countersign/kernel';
import { toolName } from '@countersign/tools';
import type { CommandContext } from '../command-context.js';

/** How an MCP server is started, as a connection of the executor has it. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface GivenCommand {
  /** The program and its arguments, as they were typed behind `--`. */
  readonly words: readonly string[];
  /** Names of the variables that the program is to have. */
  readonly variables: readonly string[];
}

/** The command as it was typed here, with what it needs of this environment and nothing else. Throws `USAGE` for a variable that is not set. */
export const serverCommand = ({ env, cwd }: Pick<CommandContext, 'env' | 'cwd'>, { words: [command = '', ...args], variables }: GivenCommand): ServerCommand => {
  const named = variables.map((name) => {
    const value = env[name];
    if (value === undefined) throw new CountersignError('USAGE', `there is no variable \`${name}\` here`, { hint: 'set it where the proxy is started' });
    return [name, value] as const;
  });
  // Where programs are is told here, and may be told otherwise where the executor was started.
  return { command, args, env: { ...(env['PATH'] !== undefined && { PATH: env['PATH'] }), ...Object.fromEntries(named) }, cwd };
};

/** Whether two commands start the same program in the same way; what is in its variables may have been exchanged. */
export const isSameServer = (one: Pick<ServerCommand, 'command' | 'args' | 'cwd'>, other: Pick<ServerCommand, 'command' | 'args' | 'cwd'>): boolean =>
  isDeepStrictEqual([one.command, one.args, one.cwd], [other.command, other.args, other.cwd]);

/** Parts of a path or command that say nothing of the server. */
const NAMELESS: ReadonlySet<string> = new Set(
  'npx npm pnpm yarn bunx bun node nodejs deno tsx uvx uv pipx python python3 docker podman java ruby sh bash env run exec dlx x tool dist build out lib src bin index main cli server stdio mcp start'.split(' '),
);

const SLASH = /[\\/]/;

/** `@modelcontextprotocol/server-filesystem@1.2`, `mcp-server-git`, `notes_mcp.py`: what is left is what it serves. */
const nameOfPart = (part: string): string => {
  const plain = toolName(part.replace(/(?<=.)@[^@/]*$/, '').replace(/\.[cm]?(?:js|ts|py|rb|jar|sh|exe)$/i, ''));
  return plain.replace(/^(?:mcp-server-|server-|mcp-)/, '').replace(/(?:-mcp-server|-server-mcp|-mcp|-server)$/, '');
};

/**
 * What a server is called where nobody names it: by the first word of its command that says something. Throws `USAGE` where none does.
 */
export const nameOfServer = (words: readonly string[]): string => {
  const [command = '', ...args] = words;
  // Where a program lies says nothing of it; where a script lies may: `server-notes/dist/index.js`.
  const parts = [command.split(SLASH).at(-1) ?? '', ...args.filter((word) => !word.startsWith('-')).flatMap((word) => word.split(SLASH).toReversed())];
  const found = parts.map(nameOfPart).find((name) => isName(name) && !NAMELESS.has(name) && !/^\d+$/.test(name));
  if (found === undefined) throw new CountersignError('USAGE', `nothing in \`${words.map((word) => basename(word)).join(' ')}\` names the server`, { hint: 'name it: `--name notes`' });
  return found;
};
