import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CountersignError, matchesGlob, NAME_PATTERN } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { oneLine } from '../terminal/safe-text.js';
import { readForeign, type ForeignKind } from './read-foreign.js';
import { toolFile, type ToolFile } from './tool-file.js';

interface ImportOptions {
  readonly connection: string;
  readonly out?: string;
  readonly only?: readonly string[];
}

const writeFiles = (folder: string, files: readonly ToolFile[]): void => {
  const there = files.filter(({ name }) => existsSync(join(folder, name)));
  if (there.length > 0) throw new CountersignError('CONFIG_INVALID', `${there.map(({ name }) => `\`${name}\``).join(', ')} is there already, and nothing was written`, { hint: '`tools drift` compares; move the file away to import it anew' });
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of files) writeFileSync(join(folder, name), text, { flag: 'wx' });
};

const importTools = async ({ cwd, terminal }: CommandContext, kind: ForeignKind, file: string, options: ImportOptions): Promise<ExitCode> => {
  const { connection, out, only = [] } = options;
  if (!new RegExp(NAME_PATTERN).test(connection)) throw new CountersignError('USAGE', `\`${connection}\` is no name of a connection`, { hint: 'lower case letters, digits and dashes' });
  const { tools, skipped } = await readForeign(cwd, file, kind);
  const wanted = tools.filter(({ name, origin }) => only.length === 0 || only.some((pattern) => matchesGlob(pattern, origin) || matchesGlob(pattern, name) || matchesGlob(pattern, `${connection}.${name}`)));
  if (wanted.length === 0) throw new CountersignError('NOT_FOUND', only.length === 0 ? `\`${file}\` describes no tool` : `nothing in \`${file}\` is called ${only.join(', ')}`, { hint: `there are ${tools.slice(0, 10).map(({ origin }) => origin).join(', ')}` });
  const files = wanted.map((tool) => toolFile(tool, connection));
  if (out !== undefined) writeFiles(resolve(cwd, out), files);
  const { colors } = terminal;
  terminal.result(
    () => (out === undefined ? files.map(({ text }) => text).join('---\n').trimEnd() : files.map(({ name }) => `${colors.green('+')} ${name}`).join('\n')),
    () => ({ tools: files.map(({ id, name, text }) => (out === undefined ? { id, file: name, text } : { id, file: name })), skipped }),
  );
  for (const { origin, why } of skipped) terminal.message(`${colors.yellow('left out')}: ${oneLine(origin)}: ${oneLine(why)}`);
  terminal.message(colors.dim(`${files.length} tools; read every file, and \`tools lint\` says what to look at first`));
  return EXIT.ok;
};

export const importOpenApi: Action<ImportOptions> = (context, { args: [file], options }) => importTools(context, 'openapi', file ?? '', options);
export const importMcp: Action<ImportOptions> = (context, { args: [file], options }) => importTools(context, 'mcp', file ?? '', options);
