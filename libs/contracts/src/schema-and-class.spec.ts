import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClaimV1, CLAIM_SAMPLE } from './claim.v1.js';
import { CLAIM_SCHEMA_FILE, CLAIM_TYPE } from './claim.js';
import { schemaFile, type EventDefinition } from './define-event.js';
import { definitions } from './generate/event-schemas.js';
import { sampleClaim, sampleEvent } from './generate/sample-events.js';
import { checkSchema } from './schema.js';

/** Two readers of one declaration: class-validator reads the class, ajv the schema that was made from it. */

type Plain = Record<string, unknown>;
type Node = { readonly parent: Plain | unknown[]; readonly key: string | number };

const nodesOf = (value: unknown): Node[] => {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Plain | unknown[];
  const keys = Array.isArray(parent) ? [...parent.keys()] : Object.keys(parent);
  return keys.flatMap((key) => [{ parent, key }, ...nodesOf((parent as Plain)[key])]);
};

/** Values at the edges of what the declarations allow. */
const EDGES = [
  null, true, false, '', 'a', 'A', '-', ' ', 'a\n', '\n', '0', 'é', '😀', 'a\u{fe0f}', '☺\u{fe0f}'.repeat(200), '😀'.repeat(100), '😀'.repeat(101), 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(200), 'x'.repeat(201), 'x'.repeat(2_001),
  'a.b', 'a.', 'a..b', `${'a.'.repeat(59)}bc`, `${'a.'.repeat(59)}bcd`, '3b'.repeat(32), '3B'.repeat(32), 'run-AAAAAAAAAAAAAAAAAAAAAA', 'spiffe://a/b', 'spiffe://a/', `spiffe://a/${'b'.repeat(300)}`,
  '2026-01-02T03:04:05Z', '2026-13-02T03:04:05Z', '2026-01-02T24:04:05.000Z', '2026-01-02T03:04:05+01:00', 0, -0, -1, -2, 1, 1.5, 2 ** 53 - 1, 2 ** 53, 1e300, [], {}, [[]], [null], [{}], [[{}]], { length: 1 },
];

const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), value: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...EDGES) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) }) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(), value: fc.constant(undefined) }),
  fc.record({ kind: fc.constant('add' as const), at: fc.nat(), value: fc.constantFrom('extra', 'length', 'then', '') }),
  fc.record({ kind: fc.constant('wrap' as const), at: fc.nat(), value: fc.constant(undefined) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), value: fc.constant(undefined) }),
);
type Change = typeof change extends fc.Arbitrary<infer Of> ? Of : never;

/** class-transformer leaves these keys out of what it makes; the schema's word on them is tested by itself. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);
const withoutInherited = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (key: string, item: unknown) => (INHERITED.includes(key) ? undefined : item));

const changed = (sample: object, changes: readonly Change[]): Plain => {
  const data = structuredClone(sample) as Plain;
  for (const { kind, at, value } of changes) {
    const nodes = nodesOf(data);
    const node = nodes[at % Math.max(nodes.length, 1)];
    if (!node) continue;
    const parent = node.parent as Plain;
    const item = parent[node.key];
    if (kind === 'set') parent[node.key] = structuredClone(value);
    else if (kind === 'wrap') parent[node.key] = [item];
    else if (kind === 'add' && !Array.isArray(node.parent)) parent[value] = 1;
    else if (kind === 'repeat' && Array.isArray(node.parent)) node.parent.push(structuredClone(item));
    else if (kind === 'remove' && Array.isArray(node.parent)) node.parent.splice(Number(node.key), 1);
    else if (kind === 'remove') delete parent[node.key];
  }
  return withoutInherited(data) as Plain;
};

const byClass = (dataClass: EventDefinition['dataClass'], data: Plain): boolean =>
  validateSync(plainToInstance(dataClass, data), { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true }).length === 0;

const bySchema = (file: string, event: object): boolean => {
  try {
    checkSchema(file, 'test', event);
    return true;
  } catch {
    return false;
  }
};

const cases = [
  ...definitions.map((definition) => [definition.type, definition.dataClass, definition.sample, sampleEvent(definition), schemaFile(definition.type, definition.version)] as const),
  [CLAIM_TYPE, ClaimV1, CLAIM_SAMPLE, sampleClaim(), CLAIM_SCHEMA_FILE] as const,
];

describe.each(cases)('class and schema of %s', (_type, dataClass, sample, event, file) => {
  it('accept the sample', () => {
    expect(byClass(dataClass, sample as Plain)).toBe(true);
    expect(bySchema(file, event)).toBe(true);
  });

  it('agree on whatever is made of it', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const data = changed(sample, changes);
        expect({ data, accepted: bySchema(file, { ...event, data }) }).toEqual({ data, accepted: byClass(dataClass, data) });
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    );
  });

  it('refuse every field that is not declared, whatever it is called', () => {
    for (const name of ['extra', ...INHERITED]) {
      const data = JSON.parse(`{${JSON.stringify(name)}:1,${JSON.stringify(sample).slice(1)}`) as object;
      expect(bySchema(file, { ...event, data })).toBe(false);
    }
  });
});
