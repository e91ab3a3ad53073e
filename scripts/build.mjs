// Builds what is stale, under the Node that came with the packages: everything by tsc, then the command line once more as one bundle.
import { existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BINARIES, CLI, LOCK_FILE, ROOT } from './lib/paths.mjs';
import { run, SetUpError } from './lib/run.mjs';

/** No command runs for longer that has not loaded all that it needs. */
const OLD_MS = 86_400_000;

/** @param {string} file */
const changedAt = (file) => statSync(file).mtimeMs;

/** Whether anything was built since the command line was bundled. */
const isStale = () => {
  if (!existsSync(CLI)) return true;
  const builds = globSync('{apps,libs}/*/dist/.tsbuildinfo', { cwd: ROOT }).map((file) => path.join(ROOT, file));
  const bundledAt = changedAt(CLI);
  return [...builds, LOCK_FILE, fileURLToPath(import.meta.url)].some((file) => changedAt(file) > bundledAt);
};

/**
 * Our own packages in few files: a command takes a fifth less processor time than where it looks for some five hundred. What others wrote is
 * loaded from where it was installed.
 */
const bundle = async () => {
  const { rolldown } = await import('rolldown');
  const folder = path.dirname(CLI);
  const bundled = await rolldown({
    input: { main: path.join(ROOT, 'apps/cli/dist/main.js') },
    cwd: ROOT,
    platform: 'node',
    external: (id) => !path.isAbsolute(id) && !id.startsWith('.') && !id.startsWith('@countersign/'),
    // What a module finds beside itself lies where tsc put it.
    plugins: [{ name: 'own-place', transform: { filter: { code: 'import.meta.url' }, handler: (code, id) => code.replaceAll('import.meta.url', `new URL(${JSON.stringify(path.relative(folder, id))}, import.meta.url).href`) } }],
  });
  const { output } = await bundled.generate({ dir: folder, format: 'esm', chunkFileNames: '[name]-[hash].js' });
  mkdirSync(folder, { recursive: true });
  // Commands run meanwhile: what they still load stays for a day, and the new entry is there once everything is that it loads.
  for (const file of output.toSorted((one, other) => Number(one.fileName === 'main.js') - Number(other.fileName === 'main.js'))) {
    if (file.type !== 'chunk') continue;
    const there = path.join(folder, file.fileName);
    writeFileSync(`${there}.${process.pid}`, file.code);
    renameSync(`${there}.${process.pid}`, there);
  }
  const current = new Set(output.map(({ fileName }) => fileName));
  for (const name of readdirSync(folder)) if (!current.has(name) && changedAt(path.join(folder, name)) < Date.now() - OLD_MS) rmSync(path.join(folder, name));
};

try {
  // TypeScript itself knows what is stale: with nothing to do this takes a tenth of a second, and Nx would take five.
  await run(path.join(BINARIES, 'tsc'), ['-b', path.join(ROOT, 'tsconfig.json'), '--pretty', 'false']);
  if (isStale()) {
    await bundle();
    console.log('built');
  }
} catch (fault) {
  if (!(fault instanceof SetUpError)) throw fault;
  console.error(fault.message);
  process.exitCode = 1;
}
