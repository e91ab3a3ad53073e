import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { buildGoModule, type RunGo } from './go-program.js';

/** What a command of Go that failed throws. */
const failed = (more: object): Error => Object.assign(new Error('Command failed: go'), more);

describe('a program in Go', () => {
  const root = mkdtempSync(join(tmpdir(), 'go-program-'));
  const folder = join(root, 'sources');
  let ran: string[] = [];
  afterAll(() => rmSync(root, { recursive: true }));
  beforeEach(() => {
    rmSync(join(root, 'cache'), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'go.mod'), 'module countersign/witness\n\ngo 1.25.0\n');
    writeFileSync(join(folder, 'go.sum'), 'one');
    ran = [];
  });

  /** A Go that does what it is told until its first word is `fails`. */
  const build = (fails?: string, fault?: Error) => {
    const run: RunGo = ([verb = '']) => {
      ran.push(verb);
      return verb === fails ? Promise.reject(fault) : Promise.resolve('');
    };
    return buildGoModule({ folder, packages: ['.'] }, run, join(root, 'cache'));
  };

  it('is built once, and again when its sources are others', async () => {
    const first = await build();
    expect(await build()).toEqual(first);
    expect(ran).toEqual(['mod', 'build']);
    expect('programs' in first && existsSync(first.programs)).toBe(true);
    writeFileSync(join(folder, 'go.sum'), 'two');
    expect(await build()).not.toEqual(first);
    expect(ran).toEqual(['mod', 'build', 'mod', 'build']);
  });

  it('is missing where there is no Go, and where it cannot be downloaded, each with its reason', async () => {
    expect(await build('mod', failed({ code: 'ENOENT' }))).toEqual({ missing: 'there is no Go here' });
    expect(await build('mod', failed({ stderr: 'go: downloading\ngo: no such host\n' }))).toEqual({ missing: 'witness cannot be downloaded: go: no such host' });
  });

  it('is a fault where what was downloaded is another than it was, and where it cannot be built, which leaves nothing', async () => {
    await expect(build('mod', failed({ stderr: 'SECURITY ERROR' }))).rejects.toThrow('witness is not what it was');
    await expect(build('build', failed({ stderr: 'undefined: x' }))).rejects.toThrow('Command failed');
    expect(await build()).toHaveProperty('programs');
    expect(ran.slice(-2)).toEqual(['mod', 'build']);
  });
});
