import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What may be loaded before it is known which command is run: all of it together takes a few milliseconds. */
const LIGHT = /^(node:|commander$|picocolors$|@countersign\/kernel$)/;
/** Imports and re-exports that stay when types are taken out; a dynamic import is not one of them. */
const STATIC = /^(?:import|export) (?!type )[^;]*?from '([^']+)'|^import '([^']+)'/gm;

const importsOf = (file: string): string[] => [...readFileSync(file, 'utf8').matchAll(STATIC)].map(([, from, bare]) => from ?? bare ?? '');

/** Everything that loading a file loads, by name: packages as they are, own files followed. */
const loadedBy = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
  for (const specifier of importsOf(file)) {
    const name = specifier.startsWith('.') ? resolve(dirname(file), specifier.replace(/\.js$/, '.ts')) : specifier;
    if (seen.has(name)) continue;
    seen.add(name);
    if (specifier.startsWith('.')) loadedBy(name, seen);
  }
  return seen;
};

const packages = (names: ReadonlySet<string>): string[] => [...names].filter((name) => !name.startsWith('/'));

describe('the start of the command line', () => {
  it('loads nothing heavy, so that --help is there at once', () => {
    const loaded = loadedBy(resolve(import.meta.dirname, 'cli.ts'));
    expect([...loaded].some((name) => name.endsWith('/commands/config.ts'))).toBe(true);
    expect(packages(loaded).filter((name) => !LIGHT.test(name))).toEqual([]);
  });

  it('of a command that reads the ledger alone loads no Kafka', () => {
    for (const file of ['runs/list.ts', 'runs/show.ts', 'runs/why.ts', 'approvals/list.ts']) {
      expect(packages(loadedBy(resolve(import.meta.dirname, file))).filter((name) => /bus|service|identity/.test(name))).toEqual([]);
    }
  });

  it('of a command that talks to Kafka loads no framework of services', () => {
    for (const file of ['tail/tail.ts', 'task/submit.ts', 'approvals/vote.ts', 'config/apply.ts', 'dlq/redrive.ts']) {
      expect(packages(loadedBy(resolve(import.meta.dirname, file)))).not.toContainEqual(expect.stringMatching(/^@countersign\/(bus|service)$/));
    }
  });
});
