import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type AgentContract, type ToolContract } from '@countersign/domain';
import { CountersignError, type JsonObject } from '@countersign/kernel';
import { readDocument, readMcp } from '@countersign/tools';
import { serverFiles, withCare, type InForce, type ServerFile } from './server-files.js';

const NOTHING: InForce = { tools: new Map() };

interface Listed {
  readonly name: string;
  readonly description?: string;
  readonly properties?: JsonObject;
  readonly reads?: boolean;
}

const listed = (...tools: readonly Listed[]) =>
  readMcp(tools.map(({ name, description = `does ${name}`, properties = {}, reads = false }) => ({ name, description, inputSchema: { type: 'object', properties, required: Object.keys(properties) }, ...(reads && { annotations: { readOnlyHint: true } }) }))).tools;

const READ: Listed = { name: 'read_note', properties: { id: { type: 'string' } }, reads: true };
const WRITE: Listed = { name: 'write_note', properties: { text: { type: 'string' } } };

const filesOf = (tools: readonly Listed[], before = NOTHING, version = 1): readonly ServerFile[] => serverFiles({ name: 'notes', tenant: 'acme', tools: listed(...tools), before, nextVersion: () => version });
const bodies = (files: readonly ServerFile[]): Readonly<Record<string, JsonObject>> => Object.fromEntries(files.map(({ path, text }) => [path, parse(text) as JsonObject]));

/** What is in force once these files are. */
const inForce = (files: readonly ServerFile[], change: (path: string, body: JsonObject) => JsonObject = (_, body) => body): InForce => {
  const changed = Object.entries(bodies(files)).map(([path, body]) => [path, change(path, body)] as const);
  const read = (kind: 'tool' | 'contract', body: JsonObject): ToolContract & AgentContract => {
    const reading = readDocument(kind, body);
    if ('faults' in reading) throw new CountersignError('CONFIG_INVALID', reading.faults.map(({ message }) => message).join());
    return reading.document as ToolContract & AgentContract;
  };
  const [contract] = changed.flatMap(([path, body]) => (path.startsWith('contracts/') ? [{ body, document: read('contract', body) }] : []));
  const [playbook] = changed.flatMap(([path, body]) => (path.startsWith('playbooks/') ? [body] : []));
  return {
    tools: new Map(changed.flatMap(([path, body]) => (path.startsWith('tools/') ? [[path.slice('tools/'.length, -'.yaml'.length), { body, document: read('tool', body) }] as const] : []))),
    ...(contract && { contract }),
    ...(playbook && { playbook }),
  };
};

describe('the files of a server', () => {
  it('are a contract of each tool, an agent contract by which people agree to every write, and a playbook with a step for each', () => {
    const files = bodies(filesOf([READ, WRITE]));
    expect(Object.keys(files)).toEqual(['tools/notes.read-note.yaml', 'tools/notes.write-note.yaml', 'contracts/notes.yaml', 'playbooks/notes.yaml']);
    expect(files['contracts/notes.yaml']).toMatchObject({ stage: 'suggest', workflow: 'notes', tenants: ['acme'], accepts: ['mcp.notes.call'], tools: { read: ['notes.read-note'], write: ['notes.write-note'] }, max_steps: 1 });
    expect(files['playbooks/notes.yaml']?.['steps']).toEqual([
      { id: 'read-note', tool: 'notes.read-note', after: [], when: { of: { task: '/tool' }, equals: 'notes.read-note' }, args: { id: { task: '/arguments/id' } } },
      { id: 'write-note', tool: 'notes.write-note', after: [], when: { of: { task: '/tool' }, equals: 'notes.write-note' }, args: { text: { task: '/arguments/text' } } },
    ]);
  });

  it('count nothing of what an agent says as the word of a task', () => {
    expect(bodies(filesOf([WRITE]))['contracts/notes.yaml']).toMatchObject({ input: { additionalProperties: false, properties: { arguments: { 'x-trust': 'untrusted' } } } });
  });

  it('pin what the server says, try no write again, and believe no hint that makes a write harmless', () => {
    expect(bodies(filesOf([WRITE]))['tools/notes.write-note.yaml']).toMatchObject({ description_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string, effect: 'write', attempts: 1, idempotency: { kind: 'none' }, result_trust: 'untrusted' });
  });

  it.each<[string, Listed]>([
    ['its name', { name: 'delete_all', reads: true }],
    ['an argument that is an address', { name: 'fetch', properties: { url: { type: 'string' } }, reads: true }],
    ['an argument that says to whom', { name: 'show', properties: { to: { type: 'string' } }, reads: true }],
  ])('take a tool that only reads by its own word for one that writes where %s says otherwise', (_, tool) => {
    expect(listed(tool).map((each) => withCare(each, 'notes').effect)).toEqual(['write']);
    expect(listed({ ...READ }).map((each) => withCare(each, 'notes').effect)).toEqual(['read']);
  });

  it('stay as they are where the server says the same', () => {
    const first = filesOf([READ, WRITE]);
    expect(bodies(filesOf([READ, WRITE], inForce(first), 9))).toEqual(bodies(first));
  });

  it('have the new word of the server and the next version where it says something else, and keep what people have judged', () => {
    const before = inForce(filesOf([READ, WRITE]), (path, body) => (path.includes('write-note') ? { ...body, risk: ['send'], timeout: '5s' } : body));
    const files = bodies(filesOf([READ, { ...WRITE, description: 'writes, and tells everybody' }], before, 2));
    expect(files['tools/notes.write-note.yaml']).toMatchObject({ version: 2, description: 'writes, and tells everybody', risk: ['send'], timeout: '5s' });
    expect(files['tools/notes.read-note.yaml']).toMatchObject({ version: 1 });
    expect(files['contracts/notes.yaml']).toMatchObject({ version: 1 });
  });

  it('never make a tool that writes one that reads because its server says so now, and the other way round they do', () => {
    const wrote = inForce(filesOf([{ ...READ, reads: false }]));
    expect(bodies(filesOf([{ ...READ, description: 'reads' }], wrote, 2))['tools/notes.read-note.yaml']).toMatchObject({ effect: 'write' });
    const read = inForce(filesOf([READ]));
    expect(bodies(filesOf([{ ...READ, description: 'reads and marks as read', reads: false }], read, 2))['tools/notes.read-note.yaml']).toMatchObject({ effect: 'write' });
  });

  it('leave out what a person has taken out of the contract, and take in what is new', () => {
    const first = filesOf([READ, WRITE]);
    const before = inForce(first, (path, body) => (path.startsWith('contracts/') ? { ...body, tools: { read: ['notes.read-note'] } } : body));
    const files = bodies(filesOf([READ, WRITE, { name: 'rename_note' }], before, 2));
    expect(files['contracts/notes.yaml']).toMatchObject({ version: 2, tools: { read: ['notes.read-note'], write: ['notes.rename-note'] } });
    expect(files['playbooks/notes.yaml']?.['steps']).toMatchObject([{ tool: 'notes.read-note' }, { tool: 'notes.rename-note' }]);
  });

  it('are as many as a playbook has steps', () => {
    const many = Array.from({ length: 101 }, (_, nth) => ({ name: `tool_${nth}` }));
    expect(filesOf(many.slice(1))).toHaveLength(102);
    expect(() => filesOf(many)).toThrow('101 tools, and 100 can be called');
    expect(() => filesOf([])).toThrow('has no tools that can be called');
  });
});
