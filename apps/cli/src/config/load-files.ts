import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CountersignError, operandOf, sha256 } from '@countersign/kernel';
import { compilePolicySet, type PolicyFault, type WarningCode } from '@countersign/policy-engines';
import { CONFIG_FOLDERS, loadConfig, type FileFault, type LoadedConfig } from '@countersign/tools';
import type { CommandContext } from '../command-context.js';
import type { SigningPerson } from '../connection/person.js';
import { commandLine } from '../terminal/command-line.js';
import type { WantedFile } from './config-file.js';

/** Where the files lie unless a folder is named. */
export const DEFAULT_CONFIG_DIR = 'config';

/** Stands for `local` as a person's public key where files are only looked at: nobody's votes are checked with it. */
export const NOBODYS_KEY = 'A'.repeat(43);

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** `config/policies/refunds.yaml:7:11: message`, one a line: editors and CI make links of it. */
export const faultLines = (folder: string, faults: readonly FileFault[]): string =>
  faults.map(({ path, line, column, message }) => `${folder}/${path}:${line}:${column}: ${message}`).join('\n');

/** The place in the files of what the compiler of policies found. */
const placed = ({ files }: LoadedConfig, { kind, id, pointer, message }: PolicyFault): FileFault => {
  const file = files.find((each) => each.kind === kind && each.id === id);
  return file ? { path: file.path, ...file.locate(pointer), message: `${pointer}: ${message}` } : { path: id, line: 1, column: 1, message };
};

/** As they stand in the files. */
const comparePlaces = (a: FileFault, b: FileFault): number => Number(a.path > b.path) - Number(a.path < b.path) || a.line - b.line || a.column - b.column;

export interface FileWarning extends FileFault {
  readonly code: WarningCode;
}

export interface CheckedFiles extends LoadedConfig {
  /** What is odd, and no reason to refuse: a rule that matches no tool. */
  readonly warnings: readonly FileWarning[];
}

/** Loads a folder and checks each file, all files together, and the policy set that they make. Nothing is thrown for what is in a file. */
export const checkFiles = (folder: string, localPublicKey: string | undefined): CheckedFiles => {
  const loaded = loadConfig(folder, localPublicKey === undefined ? {} : { localPublicKey });
  if (!loaded.isComplete) return { ...loaded, faults: loaded.faults.toSorted(comparePlaces), warnings: [] };
  // The hash only names the set, and this one is not kept.
  const compilation = compilePolicySet({ ...loaded.documents, hash: sha256('') });
  // What is wrong at a place already is said once.
  const more = compilation.ok ? [] : compilation.faults.map((fault) => placed(loaded, fault)).filter((fault) => !loaded.faults.some((known) => comparePlaces(known, fault) === 0));
  const faults = [...loaded.faults, ...more].toSorted(comparePlaces);
  return { ...loaded, faults, warnings: compilation.ok && faults.length === 0 ? compilation.warnings.map((warning) => ({ ...placed(loaded, warning), code: warning.code })) : [] };
};

/** A folder that a person means, and what is in it. */
export interface CheckedFolder {
  readonly folder: string;
  /** As it was typed, so that an editor that is called from here finds the files. */
  readonly shown: string;
  readonly loaded: CheckedFiles;
}

const hasYaml = (folder: string): boolean => isFolder(folder) && readdirSync(folder).some((name) => /\.ya?ml$/.test(name));

/** Folders of configuration files that lie in one. */
const configFoldersIn = (folder: string): readonly string[] => readdirSync(folder).filter((name) => Object.keys(CONFIG_FOLDERS).some((kind) => hasYaml(join(folder, name, kind)))).toSorted();

/** Throws `CONFIG_INVALID` where the folder that a person typed is not there; `usage` is the command with `DIR` in the place of the folder. */
export const requireFolder = (cwd: string, env: NodeJS.ProcessEnv, name: string, usage: string): void => {
  if (isFolder(resolve(cwd, name))) return;
  const [first = 'DIR', ...others] = configFoldersIn(cwd);
  const more = others.length === 0 ? '' : `, or ${others.map((other) => `\`${other}\``).join(', ')} in its place`;
  throw new CountersignError('CONFIG_INVALID', `there is no folder \`${name}\` of configuration files here`, { hint: `name it: \`${commandLine(usage.replace('DIR', operandOf(first)), env)}\`${more}` });
};

/** Throws `CONFIG_INVALID` where there is no such folder; `usage` as for `requireFolder`. */
export const checkFolder = ({ cwd, env }: Pick<CommandContext, 'cwd' | 'env'>, name: string, publicKey?: string, usage = 'config apply DIR'): CheckedFolder => {
  const folder = resolve(cwd, name);
  requireFolder(cwd, env, name, usage);
  return { folder, shown: name.replace(/\/+$/, ''), loaded: checkFiles(folder, publicKey) };
};

/** The files of a folder; throws `CONFIG_INVALID` with every fault at once. */
export const requireFiles = ({ shown, loaded }: CheckedFolder): CheckedFiles => {
  if (loaded.faults.length === 0 && loaded.files.length > 0) return loaded;
  const what = loaded.faults.length === 0 ? 'there are no YAML files in it' : faultLines(shown, loaded.faults);
  throw new CountersignError('CONFIG_INVALID', `the configuration in \`${shown}\` is not as it must be; what is in force stays\n${what}`, { hint: 'correct the files and try again' });
};

/** The folder that a person means, and its files, with what is odd about them told. Throws `CONFIG_INVALID` with every fault at once. */
export const loadFiles = (context: Pick<CommandContext, 'cwd' | 'env' | 'terminal'>, dir: string | undefined, person: Pick<SigningPerson, 'publicKey'> | undefined): LoadedConfig => {
  const { terminal } = context;
  const checked = checkFolder(context, dir ?? DEFAULT_CONFIG_DIR, person?.publicKey);
  const loaded = requireFiles(checked);
  if (loaded.warnings.length > 0) terminal.message(`${terminal.colors.yellow('warning')}: ${faultLines(checked.shown, loaded.warnings).replaceAll('\n', `\n${terminal.colors.yellow('warning')}: `)}`);
  return loaded;
};

/** A file that states no version gets one when its content is new. */
export const wantedFiles = ({ files }: LoadedConfig): readonly WantedFile[] =>
  files.map(({ kind, id, version, hash, path, body }) => ({ kind, id, hash, path, body, ...(body['version'] === undefined ? {} : { version }) }));

/** Faults of files whose stated version was published before with other content. */
export const reusedVersions = ({ files }: LoadedConfig, reused: readonly { readonly file: Pick<WantedFile, 'path'>; readonly next: number }[]): readonly FileFault[] =>
  reused.flatMap(({ file, next }) => {
    const loaded = files.find(({ path }) => path === file.path);
    return loaded ? [{ path: loaded.path, ...loaded.locate('/version'), message: `/version: ${loaded.version} was published before with other content; the next is ${next}` }] : [];
  });
