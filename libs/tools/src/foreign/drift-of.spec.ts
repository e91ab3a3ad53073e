import { describe, expect, it } from 'vitest';
import type { ToolContract } from '@countersign/domain';
import type { Json } from '@countersign/kernel';
import { driftOf } from './drift-of.js';
import { readMcp } from './read-mcp.js';

const listed = (more: Readonly<Record<string, Json>> = {}, required: readonly string[] = ['ticket', 'key', 'board']): Json => [
  { name: 'post', description: 'puts a note up', inputSchema: { type: 'object', required: [...required], properties: { ticket: { type: 'string' }, key: { type: 'string' }, board: { type: 'string' }, ...more } } },
];

/** The agent says the ticket; the key is the action's, and the board is always the same. */
const POST = {
  id: 'board.post',
  connection: 'board',
  adapter: 'mcp',
  description: 'puts a note up',
  args: { type: 'object', additionalProperties: false, required: ['ticket'], properties: { ticket: { type: 'string' } } },
  request: { method: 'POST', path: '/tools/call', query: {}, headers: {}, body: { name: 'post', arguments: { ticket: '{ticket}', key: '{idempotency_key}', board: 'returns' } } },
} as unknown as ToolContract;

const kindOf = (said: Json): string => driftOf(POST, readMcp(said).tools).kind;

describe('a tool of an MCP server whose contract gives some arguments itself', () => {
  it('has not drifted for those, which no agent ever says', () => {
    expect(kindOf(listed())).toBe('narrower');
  });

  it('has where the server wants something else that the contract does not give', () => {
    expect(kindOf(listed({ reason: { type: 'string' } }, ['ticket', 'key', 'board', 'reason']))).toBe('changed');
  });

  it('has where the server takes less of what the agent says', () => {
    expect(kindOf(listed({ ticket: { type: 'string', maxLength: 4 } }))).toBe('changed');
  });
});
