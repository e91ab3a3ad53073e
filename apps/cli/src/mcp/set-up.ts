import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConfigKind } from '@countersign/contracts';
import { contractFor, type AgentContract, type Pinned, type ToolContract } from '@countersign/domain';
import { CountersignError, isJsonObject, matchesGlob, type Json } from '@countersign/kernel';
import { driftOf, type Drift, type ForeignTool } from '@countersign/tools';
import type { CommandContext } from '../command-context.js';
import { planChange } from '../config/change-plan.js';
import type { VersionedFile } from '../config/config-file.js';
import { loadFiles, reusedVersions, faultLines, wantedFiles } from '../config/load-files.js';
import { putInForce } from '../config/put-in-force.js';
import type { Kafka } from '../connection/kafka.js';
import { readApprover, readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { filesOf, readControlLog, type ControlLog } from '../controls/control-log.js';
import { readPrivateObject, writePrivate } from '../dev/private-files.js';
import { stackPaths } from '../dev/stack-paths.js';
import type { ExitCode } from '../exit-codes.js';
import { oneLine } from '../terminal/safe-text.js';
import { viewOf } from '../terminal/view.js';
import { wordsOf } from './foreign-words.js';
import { isHelper, nameOfTool, offerable } from './helpers.js';
import { listTools } from './list-tools.js';
import { isSameServer, type ServerCommand } from './server-command.js';
import { serverFiles, type InForce, type ServerFile } from './server-files.js';

/** A server that agents are to reach, and where its files lie. */
export interface ProxiedServer {
  /** Of its connection, its workflow and the first part of its tools. */
  readonly name: string;
  readonly tenant: string;
  readonly command: ServerCommand;
  /** Patterns of the tools that are wanted; empty: all. */
  readonly only: readonly string[];
  /** Absolute path of the folder of configuration files. */
  readonly folder: string;
}

const bodyIn = (files: readonly VersionedFile[], kind: ConfigKind, id: string): VersionedFile | undefined => files.find((file) => file.kind === kind && (kind === 'tool' ? file.body['id'] === id : file.id === id));

/** What of a server is in force. Throws `CONFIG_INVALID` where its name is that of something else. */
const inForceOf = ({ state, manifests, published }: ControlLog, { name, tenant }: ProxiedServer): InForce => {
  const files = filesOf(manifests.at(-1), published);
  const taken = state.active?.contracts.find(({ id }) => id === name);
  const contract = contractFor(state, tenant, name);
  if (taken !== contract || (contract && contract.id !== name)) {
    throw new CountersignError('CONFIG_INVALID', `\`${name}\` is an agent contract that is in force for something else`, { hint: 'call the server otherwise: `--name`; or name its tenant: `--tenant`' });
  }
  const tools = [...(state.active?.tools.values() ?? [])].filter(({ document }) => document.connection === name && document.adapter === 'mcp');
  const body = bodyIn(files, 'contract', name)?.body;
  const playbook = bodyIn(files, 'playbook', name)?.body;
  return {
    tools: new Map(tools.flatMap(({ document }) => {
      const file = bodyIn(files, 'tool', document.id);
      return file ? [[document.id, { body: file.body, document }] as const] : [];
    })),
    ...(contract && body && { contract: { document: contract.document, body } }),
    ...(playbook && { playbook }),
  };
};

const isWanted = (tool: ForeignTool, { only, name }: ProxiedServer): boolean => only.length === 0 || only.some((pattern) => [tool.origin, tool.name, `${name}.${tool.name}`].some((text) => matchesGlob(pattern, text)));

const toolsOf = async (context: CommandContext, server: ProxiedServer): Promise<readonly ForeignTool[]> => {
  context.terminal.message(`asking \`${server.name}\` for its tools`);
  const { tools, skipped } = await listTools(server.command, context.signal);
  const { offered, refused } = offerable(tools);
  for (const { origin, why } of [...skipped, ...refused]) context.terminal.message(`left out: ${oneLine(origin)}: ${oneLine(why)}`);
  return offered.filter((tool) => isWanted(tool, server));
};

const commandIn = (entry: Json | undefined): Pick<ServerCommand, 'command' | 'args' | 'cwd'> | undefined => {
  if (entry === undefined || !isJsonObject(entry)) return undefined;
  const { command, args = [], cwd = '' } = entry;
  return typeof command === 'string' && typeof cwd === 'string' && Array.isArray(args) ? { command, args: args as readonly string[], cwd } : undefined;
};

/**
 * Tells the executor how the server is started; what is in its variables is exchanged. Throws `CONFIG_INVALID` where the name is that of another
 * connection, unless that is what is to be exchanged.
 */
const connect = ({ dataDir }: CommandContext, { name, command }: ProxiedServer, exchange: boolean): void => {
  const { connections } = stackPaths(dataDir);
  const all = readPrivateObject(connections);
  const known = commandIn(all[name]);
  if (all[name] !== undefined && !(known && (exchange || isSameServer(known, command)))) {
    throw new CountersignError('CONFIG_INVALID', `\`${name}\` is a connection that leads elsewhere`, { hint: 'call this server otherwise (`--name`); `mcp pin` exchanges how a server is started' });
  }
  const { env, ...rest } = command;
  const next = { ...all, [name]: { ...rest, env } };
  if (JSON.stringify(next) !== JSON.stringify(all)) writePrivate(connections, `${JSON.stringify(next, undefined, 2)}\n`);
};

type Written = Omit<ServerFile, 'kind'>;

/** Writes files; one that is there is somebody's, and stays unless it is to be written anew and says something else than what is in force. */
const writeFiles = (folder: string, files: readonly Written[], anew: boolean): void => {
  for (const { path, text, isNew } of files) {
    const file = join(folder, path);
    if (!(anew && isNew) && existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
};

/** Where nobody is in force who could answer, whoever approves at this stack is put there. */
const approversOf = (context: CommandContext, { state }: ControlLog): readonly Written[] =>
  state.active?.approvers
    ? []
    : [{ path: 'approvers/approvers.yaml', isNew: true, text: `# Who may vote. \`local\` stands for the key of whoever approves on this stack.\nid: approvers\npeople:\n  - subject: ${readApprover(context).subject}\n    name: whoever approves here\n    public_key: local\n    roles: [operator]\n` }];

const newest = (published: readonly VersionedFile[], kind: ConfigKind, id: string): number => Math.max(0, ...published.filter((file) => file.kind === kind && file.id === id).map(({ version }) => version));

/** The files of the folder that are about the server, and who may answer where nobody is in force. */
const isOf = ({ name }: ProxiedServer, log: ControlLog, { kind, id, body }: Pick<VersionedFile, 'kind' | 'id' | 'body'>): boolean => {
  if (kind === 'tool') return body['connection'] === name;
  if (kind === 'approvers') return !log.state.active?.approvers;
  return (kind === 'contract' || kind === 'playbook') && id === name;
};

interface Putting {
  readonly server: ProxiedServer;
  readonly log: ControlLog;
  readonly files: readonly Written[];
  /** Files that are there are written anew. */
  readonly anew: boolean;
  readonly yes: boolean;
}

/** Writes the files of a server and puts them in force beside what is. */
const put = async (context: CommandContext, kafka: Kafka, { server, log, files, anew, yes }: Putting): Promise<ExitCode> => {
  const { folder } = server;
  writeFiles(folder, files, anew);
  writeFiles(folder, approversOf(context, log), false);
  const loaded = loadFiles(context, folder, readApprover(context));
  const own = wantedFiles(loaded).filter((file) => isOf(server, log, file));
  const active = filesOf(log.manifests.at(-1), log.published);
  const others = active.filter((file) => !isOf(server, log, file));
  const plan = planChange(active, [...others, ...own], log.published);
  const reused = reusedVersions(loaded, plan.reused);
  if (reused.length > 0) throw new CountersignError('CONFIG_INVALID', `a version names one content for ever; what is in force stays\n${faultLines(folder, reused)}`, { hint: 'raise the version in the file' });
  return putInForce(context, kafka, { person: readPerson(context), root: readRoot(context), log, plan, yes, question: 'put this in force?' });
};

const filesFor = (log: ControlLog, server: ProxiedServer, tools: readonly ForeignTool[]): readonly ServerFile[] =>
  serverFiles({ name: server.name, tenant: server.tenant, tools, before: inForceOf(log, server), nextVersion: (kind, id) => newest(log.published, kind, id) + 1 });

/** Says what a server says of each tool that is pinned now, to whoever sits here. */
const tellWords = ({ terminal }: CommandContext, { name, folder }: ProxiedServer, tools: readonly ForeignTool[], files: readonly ServerFile[]): void => {
  const pinned = new Set(files.flatMap(({ path, isNew }) => (isNew ? [path] : [])));
  for (const tool of tools) {
    const id = `${name}.${tool.name}`;
    const path = `tools/${id}.yaml`;
    if (pinned.has(path)) terminal.message(wordsOf(tool, id, join(folder, path)));
  }
};

/** What can be called of a server, by what is in force. */
export interface Offer {
  readonly contract: Pinned<AgentContract>;
  readonly tools: readonly Pinned<ToolContract>[];
}

/** `undefined` where no contract is in force for it. */
export const offerOf = ({ state }: Pick<ControlLog, 'state'>, { name, tenant }: Pick<ProxiedServer, 'name' | 'tenant'>): Offer | undefined => {
  const contract = contractFor(state, tenant, name);
  if (!contract) return undefined;
  const { read, write } = contract.document.tools;
  const tools = [...read, ...write].flatMap((id) => state.active?.tools.get(id) ?? []).filter(({ document }) => document.connection === name && document.adapter === 'mcp');
  // One that was put in force by other ways would be listed under the name of one of ours.
  return { contract, tools: tools.filter(({ document }) => !isHelper(nameOfTool(document))) };
};

interface SettingUp {
  /** The stack is one of this machine. */
  readonly isLocal: boolean;
  /** The server has to be started and asked for its tools, which may have to be fetched first. */
  readonly onAsking: () => void;
}

/**
 * Makes a server callable: nothing is done where its contract is in force, however that came about. Throws `CONFIG_UNAVAILABLE` where it is not in force
 * after all: others have to sign, or the stack is not one of this machine.
 */
export const setUp = async (context: CommandContext, kafka: Kafka, server: ProxiedServer, { isLocal, onAsking }: SettingUp): Promise<{ readonly offer: Offer; readonly isPinnedNow: boolean }> => {
  const root = readRoot(context);
  const log = await readControlLog(kafka.broker, kafka.namespace, root);
  const before = inForceOf(log, server);
  if (isLocal) connect(context, server, false);
  const known = before.contract && offerOf(log, server);
  if (known) return { offer: known, isPinnedNow: false };
  onAsking();
  const tools = await toolsOf(context, server);
  const files = filesFor(log, server, tools);
  tellWords(context, server, tools, files);
  if (!isLocal) {
    writeFiles(server.folder, files, false);
    throw new CountersignError('CONFIG_UNAVAILABLE', `no agent contract \`${server.name}\` is in force, and this stack is not of this machine; the files are in \`${server.folder}\``, {
      hint: `put them beside your others and in force (\`${viewOf(context).command('config apply')}\`), and a connection \`${server.name}\` into the connections file of the executor`,
    });
  }
  await put(context, kafka, { server, log, files, anew: false, yes: true });
  const offer = offerOf(await readControlLog(kafka.broker, kafka.namespace, root), server);
  if (!offer) throw new CountersignError('CONFIG_UNAVAILABLE', `the files of \`${server.name}\` are not in force yet`, { hint: `\`${viewOf(context).command('config show')}\` shows what waits for signatures` });
  return { offer, isPinnedNow: true };
};

/** Reads again what a server says of its tools, shows what would change, and puts that in force when a person says so. */
export const pinServer = async (context: CommandContext, kafka: Kafka, server: ProxiedServer, yes: boolean): Promise<ExitCode> => {
  const tools = await toolsOf(context, server);
  const log = await readControlLog(kafka.broker, kafka.namespace, readRoot(context));
  const files = filesFor(log, server, tools);
  tellWords(context, server, tools, files);
  const code = await put(context, kafka, { server, log, files, anew: true, yes });
  if (code === 0) connect(context, server, true);
  return code;
};

/** What a server says now that is not what was pinned, in words; empty where nothing is. */
export const driftLines = async (context: CommandContext, server: ProxiedServer, { tools }: Offer): Promise<readonly string[]> => {
  const outside = await toolsOf(context, server);
  const drifts = tools.map(({ document }) => driftOf(document, outside)).filter(({ kind }: Drift) => kind === 'changed' || kind === 'gone');
  const known = new Set(tools.map(({ document }) => document.id));
  const added = outside.filter(({ name }) => !known.has(`${server.name}.${name}`)).map(({ origin }) => oneLine(origin));
  return [
    ...drifts.map(({ tool, what }) => `\`${tool}\` is in quarantine, the server says something else of it now: ${oneLine(what.join(', '))}`),
    ...(added.length > 0 ? [`not offered, since no contract lists it: ${added.join(', ')}`] : []),
  ];
};
