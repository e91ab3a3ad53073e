// Compiles `policy.rego` to `policy.wasm`, or into a folder that is named. Needs `opa` in PATH, of exactly the version below:
// `go install github.com/open-policy-agent/opa@v1.22.0`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const OPA_VERSION = '1.22.0';

const HERE = import.meta.dirname;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Version of the `opa` in PATH; `undefined` where there is none. */
export const installedOpa = () => {
  try {
    return /^Version: (\S+)/m.exec(execFileSync('opa', ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1];
  } catch {
    return undefined;
  }
};

/** Writes `policy.wasm` and what it was made of; runs in the folder of the source, because its name is compiled in. */
export const build = (out = HERE) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-opa-'));
  try {
    const bundle = join(folder, 'bundle.tar.gz');
    execFileSync('opa', ['build', '--target', 'wasm', '--entrypoint', 'countersign/policy/decision', 'policy.rego', '--output', bundle], { cwd: HERE });
    const wasm = execFileSync('tar', ['--extract', '--to-stdout', '--file', bundle, '/policy.wasm'], { maxBuffer: 16 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'] });
    writeFileSync(join(out, 'policy.wasm'), wasm);
    writeFileSync(join(out, 'policy.lock.json'), `${JSON.stringify({ opa: OPA_VERSION, rego: sha256(readFileSync(join(HERE, 'policy.rego'))), wasm: sha256(wasm) }, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

if (process.argv[1] === import.meta.filename) {
  if (installedOpa() !== OPA_VERSION) throw new Error(`opa ${OPA_VERSION} is needed, and ${installedOpa() ?? 'none'} is here`);
  build(resolve(process.argv[2] ?? HERE));
}
