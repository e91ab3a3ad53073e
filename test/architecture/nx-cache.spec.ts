import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const nxJson = readFileSync(path.join(root, 'nx.json'), 'utf8');
/** Nx takes some seconds to start, and more on a machine that does much else. */
const TIMEOUT_MS = 180_000;

/** Folders of the project's root that a file of a package reaches: by going up, or by way of the workspace's root. */
const reachedBy = (text: string): string[] =>
  [...text.matchAll(/(?:\.\.\/){3,}([a-z]+)|(?:WORKSPACE_ROOT, |inWorkspace\()'([a-z]+)/g)].map((match) => match[1] ?? match[2] ?? '');

describe('the inputs of the cached tests', () => {
  it('hold every folder outside of the packages that a package reads', () => {
    const { namedInputs } = JSON.parse(nxJson) as { namedInputs: Record<string, string[]> };
    const declared = (namedInputs['shared'] ?? []).map((input) => input.replace('{workspaceRoot}/', '').split('/')[0]);
    const reached = ['libs', 'apps', 'examples'].flatMap((group) =>
      readdirSync(path.join(root, group), { recursive: true, encoding: 'utf8' })
        .filter((file) => /^[^/]+\/src\/.*\.ts$/.test(file))
        .flatMap((file) => reachedBy(readFileSync(path.join(root, group, file), 'utf8'))),
    );
    // Other packages are inputs as dependencies, and what is installed by the lock file.
    const outside = [...new Set(reached)].filter((folder) => !['libs', 'apps', 'node'].includes(folder));
    expect(outside).toEqual(expect.arrayContaining(['config', 'deploy', 'scripts']));
    expect(outside.filter((folder) => !declared.includes(folder))).toEqual([]);
  });
});

describe('a cached test', () => {
  let workspace = '';
  const library = 'libs/tiny';

  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
    writeFileSync(path.join(workspace, file), text);
  };

  /** Whether the target really ran, or was answered from the cache. */
  const run = (target: string): 'ran' | 'cached' => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NX_DAEMON: 'false', NX_NO_CLOUD: 'true', CI: 'true' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules/.bin/nx'), 'run', `tiny:${target}`, '--outputStyle=static'], { cwd: workspace, env, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, stderr: '' });
    return /\[local cache\]|existing outputs match the cache/.test(stdout) ? 'cached' : 'ran';
  };

  beforeAll(() => {
    workspace = mkdtempSync(path.join(tmpdir(), 'countersign-nx-'));
    const targets = { test: { options: { command: 'echo tested' } }, build: { options: { command: 'mkdir -p libs/tiny/dist && cp libs/tiny/src/a.ts libs/tiny/dist/a.js' } } };
    put('package.json', JSON.stringify({ name: 'tiny-workspace', private: true, workspaces: ['libs/*'] }));
    put('nx.json', nxJson);
    for (const file of ['tsconfig.base.json', 'vitest.config.ts']) cpSync(path.join(root, file), path.join(workspace, file));
    put('.gitignore', 'node_modules/\n.nx/\ndist/\n');
    put(`${library}/package.json`, JSON.stringify({ name: 'tiny', version: '0.1.0', nx: { targets } }));
    put(`${library}/src/a.ts`, 'export const a = 1;\n');
    put('config/policies/desk.yaml', 'tier: 0\n');
    symlinkSync(path.join(root, 'node_modules'), path.join(workspace, 'node_modules'));
  });
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  it('is answered from the cache until something that it reads has changed', { timeout: TIMEOUT_MS }, () => {
    expect([run('test'), run('test')]).toEqual(['ran', 'cached']);
    put('config/policies/desk.yaml', 'tier: 1\n');
    expect([run('test'), run('test')]).toEqual(['ran', 'cached']);
    put(`${library}/src/a.spec.ts`, '');
    expect(run('test')).toBe('ran');
  });

  it('is built anew for other sources, and not for another spec', { timeout: TIMEOUT_MS }, () => {
    expect(run('build')).toBe('ran');
    put(`${library}/src/b.spec.ts`, '');
    rmSync(path.join(workspace, library, 'dist'), { recursive: true });
    expect(run('build')).toBe('cached');
    expect(readFileSync(path.join(workspace, library, 'dist/a.js'), 'utf8')).toBe('export const a = 1;\n');
    put(`${library}/src/a.ts`, 'export const a = 2;\n');
    expect(run('build')).toBe('ran');
  });
});
