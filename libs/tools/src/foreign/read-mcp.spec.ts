import { expect, it } from 'vitest';
import { readMcp } from './read-mcp.js';

/** Much more than it takes on a busy machine, and less than a tenth of what it took where each tool or part was held against all others. */
const SOON_MS = 4_000;

const timed = <Value>(work: () => Value): { readonly value: Value; readonly ms: number } => {
  const started = performance.now();
  const value = work();
  return { value, ms: performance.now() - started };
};

it('reads a long list in the time that its length takes', () => {
  const tools = Array.from({ length: 20_000 }, (_, nth) => ({ name: `tool-${nth}`, inputSchema: { type: 'object' } }));
  const { value, ms } = timed(() => readMcp(tools));
  expect(value.tools).toHaveLength(20_000);
  expect(ms).toBeLessThan(SOON_MS);
});

it('reads a schema of many parts in the time that its length takes', () => {
  const allOf = Array.from({ length: 6_000 }, (_, nth) => ({ properties: { [`p${nth}`]: { type: 'string' } }, required: [`p${nth}`] }));
  const { value, ms } = timed(() => readMcp([{ name: 'wide', inputSchema: { type: 'object', allOf } }]));
  expect(Object.keys(value.tools[0]?.args['properties'] ?? {})).toHaveLength(6_000);
  expect(ms).toBeLessThan(SOON_MS);
});

it('takes of parts that all hold what comes first, and what any of them asks for', () => {
  const inputSchema = { type: 'object', required: ['a'], properties: { a: { type: 'string' } }, allOf: [{ required: ['b'], properties: { a: { type: 'number' }, b: { type: 'string' } } }, { allOf: [{ required: ['c'], properties: { b: { type: 'number' }, c: { type: 'boolean' } } }] }] };
  expect(readMcp([{ name: 'parts', inputSchema }]).tools[0]?.args).toEqual({ type: 'object', additionalProperties: false, required: ['a', 'b', 'c'], properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'boolean' } } });
});

it('skips a schema whose parts go deeper than people write any', () => {
  let inputSchema: object = { type: 'object' };
  for (let depth = 0; depth < 10_000; depth += 1) inputSchema = { allOf: [inputSchema] };
  expect(readMcp([{ name: 'deep', inputSchema } as never])).toMatchObject({ tools: [], skipped: [{ origin: 'deep' }] });
});
