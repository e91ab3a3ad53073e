import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../libs/kernel/src/error-codes.js';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');
const sections = page.split(/^## /m).slice(1).map((section) => section.trimEnd().split('\n'));

/** What runs: neither specs, which may name any code, nor the list itself. */
const sources = ['apps', 'libs']
  .flatMap((group) => readdirSync(path.join(root, group)).map((name) => path.join(root, group, name, 'src')))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)))
  .filter((file) => file.endsWith('.ts') && !/\.spec(-support)?\.ts$/.test(file) && !file.endsWith('error-codes.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

describe('docs/errors.md', () => {
  it('has a section for each code, in the order of the list, and no other', () => {
    expect(sections.map(([code]) => code)).toEqual(Object.keys(ERROR_CODES));
  });

  it.each(Object.entries(ERROR_CODES))('says of %s what it means and what to do next', (code, meaning) => {
    const [, said, , next] = sections.find(([title]) => title === code) ?? [];
    expect(said?.toLowerCase()).toBe(`${meaning.toLowerCase()}.`);
    expect(next).toMatch(/^Next: .{10,}\.$/);
  });
});

describe('the list of error codes', () => {
  it('has none that nothing can carry', () => {
    expect(Object.keys(ERROR_CODES).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });
});
