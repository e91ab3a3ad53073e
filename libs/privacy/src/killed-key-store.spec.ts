import type { FileHandle } from 'node:fs/promises';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openKeyStore } from './open-key-store.js';

const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
/** More than any of these takes. */
const MOST_STEPS = 100;

/** What a process yet does with files before it is killed; from there on nothing happens any more. */
const life = vi.hoisted(() => ({ steps: Infinity }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<Record<string, (...args: unknown[]) => Promise<unknown>>>();
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (life.steps <= 0) throw new Error('killed');
    life.steps -= 1;
    return work();
  };
  const killable = (handle: FileHandle): FileHandle =>
    new Proxy(handle, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== 'function') return method;
        const call = (...args: unknown[]): Promise<unknown> => (method as (...given: unknown[]) => Promise<unknown>).apply(target, args);
        // The kernel closes what a killed process had open.
        return name === 'close' ? call : (...args: unknown[]) => step(() => call(...args));
      },
    });
  const wrapped = Object.fromEntries(
    ['link', 'mkdir', 'readdir', 'readFile', 'rm'].map((name) => [name, (...args: unknown[]) => step(async () => real[name]?.(...args))]),
  );
  return { ...real, ...wrapped, open: (...args: unknown[]) => step(async () => killable((await real['open']?.(...args)) as FileHandle)) };
});

let folder: string;
const open = () => openKeyStore(pathToFileURL(folder).href);
const unwrappable = (): readonly string[] =>
  readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() && readFileSync(join(entry.parentPath, entry.name), 'utf8').includes('"wrapped"') ? [entry.name] : []));

/** Does something in processes that are killed after no step, one step, two, and so on, each in a folder as it is now, and says where `check` finds fault. */
const killedAnywhere = async (work: () => Promise<unknown>, check: () => Promise<boolean>): Promise<readonly number[]> => {
  const before = `${folder}-before`;
  cpSync(folder, before, { recursive: true });
  const faults: number[] = [];
  try {
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      rmSync(folder, { recursive: true });
      cpSync(before, folder, { recursive: true });
      life.steps = steps;
      const outcome = await work().then(
        () => 'done',
        () => 'killed',
      );
      life.steps = Infinity;
      if (!(await check())) faults.push(steps);
      if (outcome === 'done') return faults;
    }
    throw new Error('it never came to an end');
  } finally {
    life.steps = Infinity;
    rmSync(before, { recursive: true });
  }
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each([['person', 'subject'], ['run', 'run']] as const)('a key of a %s, shredded by a process that is killed', (_, kind) => {
  const owner = { kind, id: RUN };

  it('is told as destroyed only where nothing is left that unwraps to it', async () => {
    const { kid } = await open().keyFor('acme', owner, RUN);
    const isTold = async (): Promise<boolean> => (await open().keysOf('acme', owner)).some(({ shreddedAt }) => shreddedAt !== undefined);
    expect(await killedAnywhere(() => open().shred('acme', kid), async () => !(await isTold()) || unwrappable().length === 0)).toEqual([]);
  });

  it('is gone once another shreds it, or all that is not told as destroyed', async () => {
    const { kid } = await open().keyFor('acme', owner, RUN);
    const again = async (): Promise<boolean> => {
      for (const entry of (await open().list('acme')).keys) if (entry.shreddedAt === undefined) await open().shred('acme', entry.kid);
      const gone = await open().get('acme', kid).catch((fault: unknown) => fault);
      expect(gone).toMatchObject({ code: 'KEY_SHREDDED' });
      return unwrappable().length === 0;
    };
    expect(await killedAnywhere(() => open().shred('acme', kid), again)).toEqual([]);
  });
});

it('a key whose maker was killed leaves nothing that unwraps once it is destroyed', async () => {
  const owner = { kind: 'run', id: RUN } as const;
  await open().keyFor('acme', { kind: 'subject', id: 'grace' }, RUN);
  const check = async (): Promise<boolean> => {
    const { kid } = await open().keyFor('acme', owner, RUN);
    await open().shred('acme', kid);
    return unwrappable().every((name) => !name.startsWith(kid));
  };
  expect(await killedAnywhere(() => open().keyFor('acme', owner, RUN), check)).toEqual([]);
});
