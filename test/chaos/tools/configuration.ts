import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeConfiguration } from '../configuration.ts';
import { TENANT } from '../stack.ts';

const toolOf = (name: string, description: string, idempotency: string): string => `id: board.${name}
version: 1
description: ${description}
effect: write
connection: board
adapter: mcp
args:
  type: object
  additionalProperties: false
  required: [ticket]
  properties: { ticket: { type: string, pattern: "^[a-z0-9-]{1,64}$" } }
result: { type: object, additionalProperties: false, required: [note_id], properties: { note_id: { type: string } } }
request: { method: POST, path: /tools/call, body: { name: ${name.replaceAll('-', '_')}, arguments: { ticket: "{ticket}" }, _meta: { countersign/key: "{idempotency_key}" } } }
pick: &note { note_id: /note_id }
outside_id: /note_id
idempotency: ${idempotency}
read_back:
  request: { method: POST, path: /tools/call, body: { name: find_notes, arguments: { key: "{idempotency_key}" } } }
  find: { in: /notes, where: { /key: { equals: "{idempotency_key}" } } }
  expect: { /ticket: { equals: "{ticket}" } }
  pick: { note_id: /id }
timeout: 3s
attempts: 3
`;

const contractOf = (workflow: string, tool: string): string => `id: ${workflow}
version: 1
owner: tests
tenants: [${TENANT}]
workflow: ${workflow}
accepts: [note.${workflow}]
input: { type: object, required: [ticket], properties: { ticket: { type: string } } }
tools: { write: [${tool}] }
playbook: ${workflow}
timeouts: { run: 10m }
`;

const playbookOf = (workflow: string, tool: string): string => `id: ${workflow}
version: 1
description: puts a note up
steps: [{ id: post, tool: ${tool}, args: { ticket: { task: /ticket } } }]
`;

/** The example configuration for the payments service, and the boards. Gives the folder. */
export const writeToolConfiguration = (folder: string, lanes: readonly string[]): string => {
  writeConfiguration(folder, lanes);
  const boards = [
    ['board', 'board.post-note', 'puts a note up, each time that it is called', '{ kind: none }'],
    ['careful-board', 'board.post-note-once', 'puts a note up, once for each key', '{ kind: key, memory: 1d }'],
  ] as const;
  for (const [workflow, tool, description, idempotency] of boards) {
    writeFileSync(join(folder, 'tools', `${tool}.yaml`), toolOf(tool.slice('board.'.length), description, idempotency));
    writeFileSync(join(folder, 'contracts', `${workflow}.yaml`), contractOf(workflow, tool));
    writeFileSync(join(folder, 'playbooks', `${workflow}.yaml`), playbookOf(workflow, tool));
  }
  return folder;
};

/** The board's server, in the connections file before the first start, as a person would put it there. */
export const connectBoard = (stackDir: string, boardDir: string): void => {
  mkdirSync(stackDir, { recursive: true, mode: 0o755 });
  const path = join(stackDir, 'connections.json');
  writeFileSync(path, JSON.stringify({ board: { command: process.execPath, args: [join(import.meta.dirname, 'board-server.ts'), boardDir] } }));
  chmodSync(path, 0o600);
};
