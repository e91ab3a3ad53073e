import path from 'node:path';
import { canonicalJson, isJsonObject, sha256, type Json, type JsonObject, type Sha256 } from '@countersign/kernel';
import type { ConfigKind } from '@countersign/contracts';
import { checkConfiguration, fileIdOf, type ConfigurationFiles, type DocumentFault, type Documents, type Pinned } from '@countersign/domain';
import { findFiles } from './config-folder.js';
import { mendedPolicy } from './documents/mended-policy.js';
import { readDocument } from './documents/read-document.js';
import { readYamlFile, whole, type FileFault, type YamlFile, type YamlReading } from './yaml-file.js';

/** A file of the configuration: what `config apply` publishes. */
export interface LoadedFile extends YamlFile {
  readonly kind: ConfigKind;
  readonly id: string;
  readonly version: number;
  /** What is published: the file, and its name as `id` where it states none. */
  readonly body: JsonObject;
  /** SHA-256 of the canonical JSON of `body`. */
  readonly hash: Sha256;
}

export interface LoadedConfig {
  readonly files: readonly LoadedFile[];
  /** With faults, a file of rules stands for no more than what is sound in it. */
  readonly documents: ConfigurationFiles;
  /** Whether all that rules are held against could be read: no file but those of rules has a fault of its own. */
  readonly isComplete: boolean;
  /** Everything that is wrong: what is no file to be read, then in the order of the files. The configuration is of no use unless empty. */
  readonly faults: readonly FileFault[];
}

/** Cases that policies are tried on: they lie beside the configuration, and are none of it. */
export const TESTS_FOLDER = 'tests';

/** What the files below a folder are. */
export const CONFIG_FOLDERS: Readonly<Record<string, ConfigKind>> = { contracts: 'contract', tools: 'tool', policies: 'policy', playbooks: 'playbook', approvers: 'approvers', tenants: 'tenant', webhooks: 'webhook' };

/** `agentdojo/tools/send.yaml`: a folder that has such folders of its own is another configuration, which is loaded by its own name. */
const isOfAnother = (file: string): boolean => {
  const [first = '', ...below] = file.split('/').slice(0, -1);
  return !Object.hasOwn(CONFIG_FOLDERS, first) && below.some((name) => Object.hasOwn(CONFIG_FOLDERS, name));
};

export interface LoadOptions {
  /** What stands for `local` as a person's public key: the key of whoever works here. */
  readonly localPublicKey?: string;
}

type Loading = Pick<YamlReading, 'faults'> & { readonly file?: LoadedFile };

/** The channel of the Slack that a local stack plays, and who `local` is there; no real workspace has these ids. */
export const LOCAL_SLACK_CHANNEL = 'C0SIMULATED';
const LOCAL_SLACK = 'T0SIMULATED/U0APPROVER';

const withLocalPerson = (person: Json, key: string | undefined): Json => {
  if (!isJsonObject(person)) return person;
  return { ...person, ...(person['public_key'] === 'local' && key !== undefined && { public_key: key }), ...(person['slack'] === 'local' && { slack: LOCAL_SLACK }) };
};

const withLocalKey = (kind: ConfigKind, body: JsonObject, key: string | undefined): JsonObject => {
  if (kind !== 'approvers' || !Array.isArray(body['people'])) return body;
  return { ...body, people: body['people'].map((person: Json) => withLocalPerson(person, key)) };
};

const loadFile = (folder: string, name: string, kind: ConfigKind, { localPublicKey }: LoadOptions): Loading => {
  const { file: yaml, faults } = readYamlFile(folder, name);
  if (!yaml) return { faults };
  const { body: written, ...file } = yaml;
  const named = { id: path.basename(name).replace(/\.ya?ml$/, ''), ...written };
  const body = withLocalKey(kind, named, localPublicKey);
  const id = typeof body['id'] === 'string' ? fileIdOf(body['id']) : '';
  const version = typeof body['version'] === 'number' ? body['version'] : 1;
  return { file: { ...file, kind, id, version, body, hash: sha256(canonicalJson(body)) }, faults };
};

const place = (file: LoadedFile, { pointer, message }: DocumentFault): FileFault => ({ path: file.path, ...file.locate(pointer), message: `${pointer === '' ? '' : `${pointer}: `}${message}` });

interface WholeReading {
  readonly document?: unknown;
  readonly faults: readonly DocumentFault[];
}

/** Every fault of a file at once: rules are read on where one of them has a fault. */
const readWhole = (kind: ConfigKind, body: JsonObject, known: readonly DocumentFault[] = []): WholeReading => {
  const reading = readDocument(kind, body);
  if (!('faults' in reading)) return { document: reading.document, faults: known };
  const found = reading.faults.filter(({ pointer }) => !known.some((fault) => fault.pointer === pointer));
  const faults = [...known, ...found];
  const mended = kind === 'policy' && found.length > 0 ? mendedPolicy(body, faults) : undefined;
  return mended ? readWhole(kind, mended, faults) : { faults };
};

/** Loads every YAML file below a folder, links apart, and checks each alone and all together. Nothing is thrown for what is in a file. */
export const loadConfig = (folder: string, options: LoadOptions = {}): LoadedConfig => {
  const files: LoadedFile[] = [];
  const faults: FileFault[] = [];
  const documents: { [Kind in ConfigKind]: Pinned<Documents[Kind]>[] } = { contract: [], tool: [], policy: [], playbook: [], approvers: [], tenant: [], webhook: [] };
  const read = (kind: ConfigKind, file: LoadedFile): void => {
    const { document, faults: found } = readWhole(kind, file.body);
    faults.push(...found.map((fault) => place(file, fault)));
    if (document) (documents[kind] as Pinned<unknown>[]).push({ id: file.id, version: file.version, hash: file.hash, document });
  };
  const found = findFiles(folder);
  faults.push(...found.faults.map(whole));
  for (const name of found.files.filter((file) => !isOfAnother(file) && !file.startsWith(`${TESTS_FOLDER}/`))) {
    const kind = CONFIG_FOLDERS[name.split('/')[0] ?? ''];
    if (!kind) {
      faults.push(whole({ path: name, message: `must lie in one of ${Object.keys(CONFIG_FOLDERS).map((each) => `\`${each}/\``).join(', ')}` }));
      continue;
    }
    const loading = loadFile(folder, name, kind, options);
    faults.push(...loading.faults);
    if (!loading.file) continue;
    files.push(loading.file);
    read(kind, loading.file);
  }
  const all: ConfigurationFiles = { contracts: documents.contract, tools: documents.tool, policies: documents.policy, playbooks: documents.playbook, approvers: documents.approvers, tenants: documents.tenant, webhooks: documents.webhook };
  const isComplete = faults.every(({ path: file }) => CONFIG_FOLDERS[file.split('/')[0] ?? ''] === 'policy');
  if (isComplete) {
    for (const fault of checkConfiguration(all)) {
      const file = files.findLast(({ kind, id }) => kind === fault.kind && id === fault.id);
      if (file) faults.push(place(file, fault));
    }
  }
  return { files, documents: all, faults, isComplete };
};
