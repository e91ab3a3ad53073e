import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@countersign/kernel';
import { describe, expect, it } from 'vitest';
import { loadOpa, OPA_FOLDER } from './load-opa.js';

const FOLDER = fileURLToPath(OPA_FOLDER);
const lock = JSON.parse(readFileSync(join(FOLDER, 'policy.lock.json'), 'utf8')) as { readonly opa: string; readonly rego: string; readonly wasm: string };

const installed = (): string | undefined => {
  try {
    return /^Version: (\S+)/m.exec(execFileSync('opa', ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1];
  } catch {
    return undefined;
  }
};

describe('the compiled policy of OPA', () => {
  it('was made of the source beside it: run `build.mjs` after a change', () => {
    expect([sha256(readFileSync(join(FOLDER, 'policy.rego'))), sha256(readFileSync(join(FOLDER, 'policy.wasm')))]).toEqual([lock.rego, lock.wasm]);
  });

  it('has no answer about a tool that no data is loaded of', () => {
    expect(loadOpa().evaluate({ tool: 'payments.get' })).toEqual([]);
  });

  it.skipIf(installed() !== lock.opa)(`is what opa ${lock.opa} makes of the source (skipped where that is not installed)`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-opa-'));
    try {
      execFileSync(process.execPath, [join(FOLDER, 'build.mjs'), folder]);
      expect(sha256(readFileSync(join(folder, 'policy.wasm')))).toBe(lock.wasm);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
