import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CountersignError, isJsonObject } from '@countersign/kernel';
import { descriptionHashOf, loadConfig, type LoadedFile } from '@countersign/tools';
import type { Action } from '../command-context.js';
import { DEFAULT_CONFIG_DIR, requireFolder } from '../config/load-files.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortHash } from '../terminal/short.js';
import { DESCRIPTION_HASH, pinned } from './pin-text.js';

interface Pin {
  readonly path: string;
  readonly tool: string;
  readonly before?: string;
  readonly hash: string;
}

const pinFile = (folder: string, { path, id, body, text }: LoadedFile): readonly Pin[] => {
  const { description, args } = body;
  if (typeof description !== 'string' || args === undefined || !isJsonObject(args)) throw new CountersignError('CONFIG_INVALID', `\`${path}\` is no tool contract: it has no description and arguments`);
  const hash = descriptionHashOf({ description, args });
  const before = body[DESCRIPTION_HASH];
  if (before === hash) return [];
  writeFileSync(join(folder, path), pinned(text, hash));
  return [{ path, tool: typeof body['id'] === 'string' ? body['id'] : id, ...(typeof before === 'string' && { before }), hash }];
};

/** Writes the hash of what each tool says of itself into its file: whoever does so has read it. */
export const pinTools: Action = async ({ cwd, env, terminal }, { args: [dir] }) => {
  const name = dir ?? DEFAULT_CONFIG_DIR;
  requireFolder(cwd, env, name, 'tools pin DIR');
  const folder = resolve(cwd, name);
  // A hash that does not fit is a fault of the file, and what is mended here.
  const files = loadConfig(folder).files.filter(({ kind }) => kind === 'tool');
  const pins = files.flatMap((file) => pinFile(folder, file));
  const { colors } = terminal;
  terminal.result(
    () =>
      [
        ...pins.map(({ path, before, hash }) => `${before === undefined ? colors.green('+') : colors.yellow('~')} ${oneLine(path)}  ${before === undefined ? '' : `${shortHash(before)} -> `}${shortHash(hash)}`),
        `${files.length} tools, ${pins.length} pinned, ${files.length - pins.length} as before`,
      ].join('\n'),
    () => ({ tools: files.length, pinned: pins }),
  );
};
