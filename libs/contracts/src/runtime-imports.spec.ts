import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** What is loaded with a file: its imports that are not of types alone, and theirs. */
const loadedWith = (entry: string, seen = new Set<string>()): Set<string> => {
  seen.add(entry);
  const text = readFileSync(entry, 'utf8');
  for (const [, types, from = ''] of text.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';/gm)) {
    if (types !== undefined) continue;
    const file = from.startsWith('.') ? path.resolve(path.dirname(entry), from.replace(/\.js$/, '.ts')) : from;
    if (!seen.has(file) && from.startsWith('.')) loadedWith(file, seen);
    seen.add(file);
  }
  return seen;
};

const packagesOf = (entry: string): string[] => [...loadedWith(path.join(import.meta.dirname, entry))].filter((file) => !path.isAbsolute(file) && !file.startsWith('node:')).toSorted();

describe('what a running service loads', () => {
  it('is no class of an event: class-validator takes 100 ms, and every command line would wait for it', () => {
    expect(packagesOf('index.ts')).toEqual(['@countersign/kernel', '@countersign/tlog']);
  });

  it('is told apart from the classes, which need it', () => {
    expect(packagesOf('classes.ts')).toContain('class-validator');
  });
});
