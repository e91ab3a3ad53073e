import { Document, parseDocument } from 'yaml';
import { fileIdOf, MAX_PLAYBOOK_STEPS, type AgentContract, type ToolContract } from '@countersign/domain';
import type { ConfigKind } from '@countersign/contracts';
import { canonicalJson, CountersignError, isJsonObject, pointerPart, type Json, type JsonObject } from '@countersign/kernel';
import { driftOf, type ForeignTool } from '@countersign/tools';
import { riskSigns } from '../tools/lint-tool.js';
import { placesIn, toolFile } from '../tools/tool-file.js';

/** A file of the configuration that lets a server be called. */
export interface ServerFile {
  readonly kind: ConfigKind;
  /** Path below the folder of the server. */
  readonly path: string;
  readonly text: string;
  /** It says something else than what is in force. */
  readonly isNew: boolean;
}

/** What of it is in force. */
export interface InForce {
  /** Files as they were published, by tool. */
  readonly tools: ReadonlyMap<string, { readonly body: JsonObject; readonly document: ToolContract }>;
  readonly contract?: { readonly body: JsonObject; readonly document: AgentContract };
  readonly playbook?: JsonObject;
}

export interface ServerToPin {
  readonly name: string;
  readonly tenant: string;
  readonly tools: readonly ForeignTool[];
  readonly before: InForce;
  /** The version that new content of a file gets. */
  readonly nextVersion: (kind: ConfigKind, id: string) => number;
}

/** A call may be slow, and a write that nobody knows the end of goes to a person. */
const TIMEOUT = '30s';

/** Type of the tasks that calls are. */
export const typeOfCalls = (name: string): string => `mcp.${name}.call`;

/** The id of a step is the last part of a tool's. */
const stepOf = (name: string, tool: string): string => tool.slice(name.length + 1);

/**
 * What a server says of itself lowers no risk that its tools look like having: a tool that only reads by its own word is taken for one that
 * writes where its name, or an argument that says where something goes, lets one expect more.
 */
export const withCare = (tool: ForeignTool, connection: string): ForeignTool =>
  tool.effect === 'read' && (riskSigns(`${connection}.${tool.name}`, tool.request.method).length > 0 || placesIn(tool).length > 0) ? { ...tool, effect: 'write' } : tool;

/** What of a tool's file is the other side's word; the rest is what people have judged, and stays. */
const FOREIGN = ['description', 'description_hash', 'args', 'result', 'request', 'pick'] as const;

const textOf = (body: JsonObject): string => new Document(body, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 });

const versioned = (document: Document, version: number): string => {
  document.set('version', version);
  return document.toString({ lineWidth: 0 });
};

type Text = Pick<ServerFile, 'text' | 'isNew'>;

const toolText = (tool: ForeignTool, { name, before, nextVersion }: ServerToPin): Text => {
  const { id, text } = toolFile(tool, name, TIMEOUT);
  const known = before.tools.get(id);
  if (known) {
    const { kind } = driftOf(known.document, [tool]);
    if (kind === 'same' || kind === 'narrower') return { text: textOf(known.body), isNew: false };
  }
  const document = parseDocument(text);
  // Who has found a tool to be more than it looked like, or less, is heard; who has found it to read and is told now that it writes, is not.
  const keepsEffect = known?.body['effect'] === 'write' || tool.effect === 'read';
  for (const [key, value] of Object.entries(known?.body ?? {})) {
    if (!FOREIGN.some((foreign) => foreign === key) && key !== 'version' && (key !== 'effect' || keepsEffect)) document.set(key, value);
  }
  return { text: versioned(document, nextVersion('tool', fileIdOf(id))), isNew: true };
};

const effectIn = (text: string): 'read' | 'write' => (parseDocument(text).get('effect') === 'read' ? 'read' : 'write');

const contractBody = ({ name, tenant, before }: ServerToPin, tools: { readonly read: readonly string[]; readonly write: readonly string[] }): JsonObject => {
  const known = before.contract?.body;
  const input: Json = {
    type: 'object',
    additionalProperties: false,
    required: ['tool', 'arguments'],
    properties: { tool: { type: 'string', enum: [...tools.read, ...tools.write].toSorted() }, arguments: { type: 'object', 'x-trust': 'untrusted' } },
  };
  const listed = { ...(tools.read.length > 0 && { read: tools.read }), ...(tools.write.length > 0 && { write: tools.write }) } as unknown as JsonObject;
  if (known) return { ...known, input, tools: listed };
  return {
    id: name,
    version: 1,
    owner: 'whoever connects agents to MCP servers here',
    tenants: [tenant],
    workflow: name,
    accepts: [typeOfCalls(name)],
    input,
    tools: listed,
    stage: 'suggest',
    playbook: name,
    max_steps: 1,
    timeouts: { run: '24h' },
  };
};

const playbookBody = (name: string, tools: readonly ForeignTool[]): JsonObject => ({
  id: name,
  version: 1,
  steps: tools.map((tool) => {
    const id = `${name}.${tool.name}`;
    const { properties } = tool.args;
    const args = properties !== undefined && isJsonObject(properties) ? Object.keys(properties) : [];
    return {
      id: stepOf(name, id),
      tool: id,
      after: [],
      when: { of: { task: '/tool' }, equals: id },
      args: Object.fromEntries(args.map((arg) => [arg, { task: `/arguments/${pointerPart(arg)}` }])),
    };
  }),
});

const CONTRACT_NOTE = ` What an agent that is connected through \`countersign mcp proxy\` may have called. Its arguments are its own words, whoever has put them into
 its mouth: nothing in them counts as the word of a task. \`suggest\`: people agree to every write; \`autonomous\`: what your rules say.`;
const PLAYBOOK_NOTE = ' A call is a run of one step: that of the tool which the task names.';

/** The same content keeps its version, other content gets the next. */
const documentOf = (kind: 'contract' | 'playbook', body: JsonObject, before: JsonObject | undefined, note: string, { name, nextVersion }: ServerToPin): Text => {
  const { version: _, ...rest } = body;
  const { version, ...known } = before ?? {};
  const isSame = before !== undefined && typeof version === 'number' && canonicalJson(rest) === canonicalJson(known);
  const document = new Document(body, { aliasDuplicateObjects: false });
  document.commentBefore = note;
  return { text: versioned(document, isSame ? version : nextVersion(kind, name)), isNew: !isSame };
};

/** Somebody has taken it out of the contract, and nobody but them puts it back. */
const isTakenOut = ({ tools, contract }: InForce, id: string): boolean => contract !== undefined && tools.has(id) && ![...contract.document.tools.read, ...contract.document.tools.write].includes(id);

/**
 * The files that let the tools of a server be called, and no others: a contract of each tool, an agent contract, and a playbook with a step for each. What is in force and
 * still says what the server says stays as it is. Throws `CONFIG_INVALID` where there are no tools, or more than a playbook has steps.
 */
export const serverFiles = (server: ServerToPin): readonly ServerFile[] => {
  const { name, before } = server;
  const tools = server.tools.map((tool) => withCare(tool, name));
  const files = tools.map((tool) => ({ tool, id: `${name}.${tool.name}`, ...toolText(tool, server) }));
  const callable = files.filter(({ id }) => !isTakenOut(before, id));
  if (callable.length === 0) throw new CountersignError('CONFIG_INVALID', `\`${name}\` has no tools that can be called`);
  if (callable.length > MAX_PLAYBOOK_STEPS) {
    throw new CountersignError('CONFIG_INVALID', `\`${name}\` has ${callable.length} tools, and ${MAX_PLAYBOOK_STEPS} can be called`, { hint: 'choose among them: `--only "read_*,write_file"`' });
  }
  const listed = (effect: 'read' | 'write'): readonly string[] => callable.filter(({ text }) => effectIn(text) === effect).map(({ id }) => id);
  const contract = contractBody(server, { read: listed('read'), write: listed('write') });
  const playbook = playbookBody(name, callable.map(({ tool }) => tool));
  return [
    ...files.map(({ id, text, isNew }): ServerFile => ({ kind: 'tool', path: `tools/${id}.yaml`, text, isNew })),
    { kind: 'contract', path: `contracts/${name}.yaml`, ...documentOf('contract', contract, before.contract?.body, CONTRACT_NOTE, server) },
    { kind: 'playbook', path: `playbooks/${name}.yaml`, ...documentOf('playbook', playbook, before.playbook, PLAYBOOK_NOTE, server) },
  ];
};
