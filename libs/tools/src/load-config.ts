import path from 'node:path';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { canonicalJson, isExactNumber, isJsonObject, messageOf, sha256, type Json, type JsonObject, type Sha256 } from '@countersign/kernel';
import type { ConfigKind } from '@countersign/contracts';
import { checkConfiguration, fileIdOf, type ConfigurationFiles, type DocumentFault, type Documents, type Pinned } from '@countersign/domain';
import { findFiles, readConfigFile, type EntryFault } from './config-folder.js';
import { readDocument } from './documents/read-document.js';

/** A place in a file that is not as it must be; lines and columns start at 1. */
export interface FileFault {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A file of the configuration: what `config apply` publishes. */
export interface LoadedFile {
  readonly kind: ConfigKind;
  readonly id: string;
  readonly version: number;
  /** Below the configuration folder. */
  readonly path: string;
  /** As it is written, which is for people to compare. */
  readonly text: string;
  /** What is published: the file, and its name as `id` where it states none. */
  readonly body: JsonObject;
  /** SHA-256 of the canonical JSON of `body`. */
  readonly hash: Sha256;
  /** The place in the file of a pointer into `body`. */
  readonly locate: (pointer: string) => { readonly line: number; readonly column: number };
}

export interface LoadedConfig {
  readonly files: readonly LoadedFile[];
  readonly documents: ConfigurationFiles;
  /** Everything that is wrong: what is no file to be read, then in the order of the files. The configuration is of no use unless empty. */
  readonly faults: readonly FileFault[];
}

/** What the files below a folder are. */
export const CONFIG_FOLDERS: Readonly<Record<string, ConfigKind>> = { contracts: 'contract', tools: 'tool', policies: 'policy', playbooks: 'playbook', approvers: 'approvers', tenants: 'tenant' };

/** `agentdojo/tools/send.yaml`: a folder that has such folders of its own is another configuration, which is loaded by its own name. */
const isOfAnother = (file: string): boolean => {
  const [first = '', ...below] = file.split('/').slice(0, -1);
  return !Object.hasOwn(CONFIG_FOLDERS, first) && below.some((name) => Object.hasOwn(CONFIG_FOLDERS, name));
};

export interface LoadOptions {
  /** What stands for `local` as a person's public key: the key of whoever works here. */
  readonly localPublicKey?: string;
}

type Loading = { readonly file: LoadedFile } | { readonly faults: readonly FileFault[] };

/** What is wrong with a file as a whole has no place in it. */
const whole = ({ path: file, message }: EntryFault): FileFault => ({ path: file, line: 1, column: 1, message });

const partsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const rangeOf = (node: unknown): readonly number[] | undefined => (isNode(node) ? (node.range ?? undefined) : undefined);

/** Where a key stands, or an item of a list. */
const find = (document: Document, parts: readonly string[]): readonly number[] | undefined => {
  const last = parts.at(-1);
  if (last === undefined) return rangeOf(document.contents);
  const parent: unknown = document.getIn(parts.slice(0, -1), true);
  if (isMap(parent)) return rangeOf(parent.items.find(({ key }) => isScalar(key) && String(key.value) === last)?.key);
  return isSeq(parent) ? rangeOf(parent.items[Number(last)]) : undefined;
};

/** The place of a pointer, or of the nearest thing around it: what is missing has no place of its own. */
const locator = (document: Document, lines: LineCounter) => (pointer: string): { line: number; column: number } => {
  for (let parts = partsOf(pointer); ; parts = parts.slice(0, -1)) {
    const [start] = find(document, parts) ?? [];
    if (start !== undefined) {
      const { line, col } = lines.linePos(start);
      return { line, column: col };
    }
    if (parts.length === 0) return { line: 1, column: 1 };
  }
};

const withLocalKey = (kind: ConfigKind, body: JsonObject, key: string | undefined): JsonObject => {
  if (kind !== 'approvers' || key === undefined || !Array.isArray(body['people'])) return body;
  return { ...body, people: body['people'].map((person: Json) => (isJsonObject(person) && person['public_key'] === 'local' ? { ...person, public_key: key } : person)) };
};

/** Faults of integers that no JSON number holds; hexadecimal and octal ones are integers too. */
const roundedIn = (document: Document, lines: LineCounter, file: string): FileFault[] => {
  const faults: FileFault[] = [];
  visit(document, {
    Scalar(_key, { value, source, range }) {
      if (typeof value !== 'number' || source === undefined || !Number.isFinite(value) || Number.isSafeInteger(value)) return;
      if (/^0[ox]/.test(source) ? BigInt(value) === BigInt(source) : isExactNumber(source)) return;
      const { line, col } = lines.linePos(range?.[0] ?? 0);
      faults.push({ path: file, line, column: col, message: `\`${source.slice(0, 40)}\` is an integer that a JSON number does not hold` });
    },
  });
  return faults;
};

/** YAML can say what JSON cannot (`.nan`, sets, aliases of themselves): a message then, or the map that the file holds. */
const jsonOf = (document: Document): JsonObject | string => {
  try {
    const written: unknown = document.toJS({ maxAliasCount: 100 });
    if (!isJsonObject(written)) return 'must be a map of keys and values';
    canonicalJson(written);
    return written;
  } catch (cause) {
    return `cannot be written as JSON: ${messageOf(cause)}`;
  }
};

const loadFile = (folder: string, file: string, kind: ConfigKind, { localPublicKey }: LoadOptions): Loading => {
  const reading = readConfigFile(folder, file);
  if ('fault' in reading) return { faults: [whole(reading.fault)] };
  const { text } = reading;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, stringKeys: true, version: '1.2', merge: true });
  const locate = locator(document, lines);
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    return { faults: problems.map((error) => ({ path: file, line: error.linePos?.[0].line ?? 1, column: error.linePos?.[0].col ?? 1, message: error.message.split(' at line ')[0] ?? error.message })) };
  }
  const rounded = roundedIn(document, lines, file);
  if (rounded.length > 0) return { faults: rounded };
  const written = jsonOf(document);
  if (typeof written === 'string') return { faults: [whole({ path: file, message: written })] };
  const named = { id: path.basename(file).replace(/\.ya?ml$/, ''), ...written };
  const body = withLocalKey(kind, named, localPublicKey);
  const id = typeof body['id'] === 'string' ? fileIdOf(body['id']) : '';
  const version = typeof body['version'] === 'number' ? body['version'] : 1;
  return { file: { kind, id, version, path: file, text, body, hash: sha256(canonicalJson(body)), locate } };
};

const place = (file: LoadedFile, { pointer, message }: DocumentFault): FileFault => ({ path: file.path, ...file.locate(pointer), message: `${pointer === '' ? '' : `${pointer}: `}${message}` });

/** Loads every YAML file below a folder, links apart, and checks each alone and all together. Nothing is thrown for what is in a file. */
export const loadConfig = (folder: string, options: LoadOptions = {}): LoadedConfig => {
  const files: LoadedFile[] = [];
  const faults: FileFault[] = [];
  const documents: { [Kind in ConfigKind]: Pinned<Documents[Kind]>[] } = { contract: [], tool: [], policy: [], playbook: [], approvers: [], tenant: [] };
  const read = (kind: ConfigKind, file: LoadedFile): void => {
    const reading = readDocument(kind, file.body);
    if ('faults' in reading) faults.push(...reading.faults.map((fault) => place(file, fault)));
    else (documents[kind] as Pinned<unknown>[]).push({ id: file.id, version: file.version, hash: file.hash, document: reading.document });
  };
  const found = findFiles(folder);
  faults.push(...found.faults.map(whole));
  for (const name of found.files.filter((file) => !isOfAnother(file))) {
    const kind = CONFIG_FOLDERS[name.split('/')[0] ?? ''];
    if (!kind) {
      faults.push(whole({ path: name, message: `must lie in one of ${Object.keys(CONFIG_FOLDERS).map((each) => `\`${each}/\``).join(', ')}` }));
      continue;
    }
    const loading = loadFile(folder, name, kind, options);
    if ('faults' in loading) {
      faults.push(...loading.faults);
      continue;
    }
    files.push(loading.file);
    read(kind, loading.file);
  }
  const all: ConfigurationFiles = { contracts: documents.contract, tools: documents.tool, policies: documents.policy, playbooks: documents.playbook, approvers: documents.approvers, tenants: documents.tenant };
  if (faults.length === 0) {
    for (const fault of checkConfiguration(all)) {
      const file = files.findLast(({ kind, id }) => kind === fault.kind && id === fault.id);
      if (file) faults.push(place(file, fault));
    }
  }
  return { files, documents: all, faults };
};
