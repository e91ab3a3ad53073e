import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NOT_IMPORTED, RULES } from './boundaries.js';
import { checkFile, packagesIn, SPEC } from './check-boundaries.js';

const root = path.resolve(import.meta.dirname, '../..');

const sourcesOf = (home: string): string[] =>
  readdirSync(path.join(root, home, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(home, 'src', file.split(path.sep).join('/')));

const packages = ['libs', 'apps', 'examples'].flatMap((group) => readdirSync(path.join(root, group)).map((name) => `${group}/${name}`));

describe('import boundaries', () => {
  it('gives every package a rule, and every rule a package', () => {
    expect(packages.toSorted()).toEqual(Object.keys(RULES).toSorted());
  });

  it.each(packages)('are kept by %s', (home) => {
    const violations = sourcesOf(home).flatMap((file) => checkFile(file, readFileSync(path.join(root, file), 'utf8')));
    expect(violations).toEqual([]);
  });

  it.each(packages)('names in the package.json of %s exactly the packages that its sources import', (home) => {
    const { dependencies = {} } = JSON.parse(readFileSync(path.join(root, home, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
    const sources = sourcesOf(home).filter((file) => !SPEC.test(file));
    // The test runner is the root's.
    const used = new Set([...sources.flatMap((file) => packagesIn(file, readFileSync(path.join(root, file), 'utf8'))), ...(NOT_IMPORTED[home] ?? [])].filter((name) => name !== 'vitest'));
    expect(Object.keys(dependencies).toSorted()).toEqual([...used].toSorted());
  });

  it.each([
    ['an app that imports another app', 'apps/planner/src/a.ts', "import { x } from '@countersign/executor';", '`apps/planner` may not import `@countersign/executor`'],
    ['a planner that reaches for grants', 'apps/planner/src/a.ts', "import { verifyGrant } from '@countersign/identity';", '`apps/planner` may not import `@countersign/identity`'],
    ['an executor that evaluates policy', 'apps/executor/src/a.ts', "export * from '@countersign/policy-engines';", '`apps/executor` may not import `@countersign/policy-engines`'],
    ['a lazily imported engine', 'apps/executor/src/a.ts', "const engine = await import('@countersign/policy-engines');", '`apps/executor` may not import `@countersign/policy-engines`'],
    ['kafkajs outside the bus', 'apps/gateway/src/a.ts', "import { Kafka } from 'kafkajs';", 'only `libs/bus` may import `kafkajs`'],
    ['SQL outside the read model', 'apps/ledger/src/a.ts', "import { sql } from 'kysely';", 'only `libs/read-model` may import `kysely`'],
    ['a domain that imports npm', 'libs/domain/src/a.ts', "import { z } from 'rxjs';", '`libs/domain` may not import `rxjs`'],
    ['a domain that imports node', 'libs/domain/src/a.ts', "import fs from 'node:fs';", '`libs/domain` may not import `node:fs`'],
    ['a domain that runs contracts', 'libs/domain/src/a.ts', "import { FLOW } from '@countersign/contracts';", '`libs/domain` may import `@countersign/contracts` as types only'],
    ['a domain that reads the clock', 'libs/domain/src/a.ts', 'export const now = () => Date.now();', '`libs/domain` is pure and may not use `Date`'],
    ['a domain that throws dice', 'libs/domain/src/a.ts', 'export const dice = () => Math.random();', '`libs/domain` is pure and may not use `Math.random`'],
    ['a kernel that hashes elsewhere', 'libs/kernel/src/a.ts', "import { hash } from 'node:crypto';", 'only `libs/kernel/src/hash.ts` may import `node:crypto` in the kernel'],
    ['a file that walks out of its package', 'libs/bus/src/a.ts', "import { x } from '../../kernel/src/hash.js';", '`../../kernel/src/hash.js` leaves the package'],
    ['product code that imports test tools', 'apps/policy/src/a.ts', "import { given } from '@countersign/testing';", '`apps/policy` may not import `@countersign/testing`'],
    ['a bare builtin', 'libs/bus/src/a.ts', "import fs from 'fs';", 'write `node:fs`'],
  ])('catch %s', (_, file, text, message) => {
    expect(checkFile(file, text)).toEqual([{ file, message }]);
  });

  it('let a domain import contracts as types', () => {
    expect(checkFile('libs/domain/src/a.ts', "import type { Event } from '@countersign/contracts';\nexport const of = (at: { Date: string }): string => at.Date;")).toEqual([]);
  });
});
