import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isComplete, putInCache } from './lib/kafka-jars.mjs';
import { withLock } from './lib/lock.mjs';
import { isSameSet } from './lib/packages.mjs';
import { elapsed, step } from './lib/progress.mjs';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'set-up-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('the packages', () => {
  const wanted = {
    packages: {
      '': { version: '0.1.0' },
      'libs/kernel': { version: '0.1.0' },
      'node_modules/@countersign/kernel': { link: true },
      'node_modules/pg': { version: '8.23.1' },
      'node_modules/fsevents': { version: '2.3.3', optional: true },
    },
  };
  const { '': _, 'node_modules/fsevents': __, ...installed } = wanted.packages;

  it('are those of the lock file also without the optional ones of another system', () => {
    expect(isSameSet(wanted, { packages: installed })).toBe(true);
  });

  it('are not when one is missing, is another version, or is not asked for', () => {
    const { 'node_modules/pg': ___, ...withoutPg } = installed;
    expect(isSameSet(wanted, { packages: withoutPg })).toBe(false);
    expect(isSameSet(wanted, { packages: { ...installed, 'node_modules/pg': { version: '8.23.0' } } })).toBe(false);
    expect(isSameSet(wanted, { packages: { ...installed, 'node_modules/left-pad': { version: '1.3.0' } } })).toBe(false);
  });
});

describe('the Kafka jars', () => {
  const pom = '<kafka.version>4.3.1</kafka.version>';
  const bring =
    (...names: string[]) =>
    (libs: string): Promise<void> => {
      for (const name of names) writeFileSync(join(libs, name), '');
      return Promise.resolve();
    };

  it('are in the cache when Maven came to its end', async () => {
    await putInCache(folder, pom, bring('kafka_2.13-4.3.1.jar', 'kafka-clients-4.3.1.jar'));
    expect(isComplete(join(folder, 'kafka-4.3.1'), pom)).toBe(true);
    expect(readdirSync(folder)).toEqual(['kafka-4.3.1']);
  });

  it('are not taken for complete after an interrupted run, and the next run starts afresh', async () => {
    const interrupted = putInCache(folder, pom, async (libs) => {
      await bring('kafka_2.13-4.3.1.jar')(libs);
      throw new Error('killed');
    });
    await expect(interrupted).rejects.toThrow('killed');
    expect(isComplete(join(folder, 'kafka-4.3.1'), pom)).toBe(false);
    await putInCache(folder, pom, bring('kafka_2.13-4.3.1.jar'));
    expect(readdirSync(folder)).toEqual(['kafka-4.3.1']);
  });

  it('are fetched again for another pom, and what was there is replaced', async () => {
    await putInCache(folder, pom, bring('kafka_2.13-4.3.1.jar', 'old.jar'));
    const changed = `${pom}<!-- with the command-line clients -->`;
    expect(isComplete(join(folder, 'kafka-4.3.1'), changed)).toBe(false);
    await putInCache(folder, changed, bring('kafka_2.13-4.3.1.jar', 'new.jar'));
    expect(readdirSync(join(folder, 'kafka-4.3.1/libs'))).toEqual(['kafka_2.13-4.3.1.jar', 'new.jar']);
  });

  it('are refused without the broker', async () => {
    await expect(putInCache(folder, pom, bring('kafka-clients-4.3.1.jar'))).rejects.toThrow('the broker is not among the jars');
  });
});

describe('the lock of the set-up', () => {
  it('lets one work at a time, and tells the other whom it waits for', async () => {
    const file = join(folder, 'bootstrap.lock');
    const events: string[] = [];
    const first = withLock(
      file,
      async () => {
        events.push('first in');
        await sleep(250);
        events.push('first out');
      },
      (holder) => events.push(`first waits for ${holder}`),
    );
    const second = withLock(
      file,
      () => Promise.resolve(events.push('second in')),
      (holder) => events.push(`second waits for ${holder}`),
    );
    await Promise.all([first, second]);
    expect(events).toEqual(['first in', `second waits for ${process.pid}`, 'first out', 'second in']);
  });

  it.each(['4194305 12345', `${process.pid} 1`, ''])('is taken over from a holder that is gone (`%s`)', async (holder) => {
    const file = join(folder, 'bootstrap.lock');
    writeFileSync(file, holder);
    expect(await withLock(file, () => Promise.resolve(readFileSync(file, 'utf8')), () => undefined)).toMatch(new RegExp(`^${process.pid} `));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is let go when the work fails', async () => {
    const file = join(folder, 'deeper/bootstrap.lock');
    await expect(withLock(file, () => Promise.reject(new Error('broken')), () => undefined)).rejects.toThrow('broken');
    mkdirSync(join(folder, 'deeper'), { recursive: true });
    expect(readdirSync(join(folder, 'deeper'))).toEqual([]);
  });
});

describe('the progress of a step', () => {
  const recorded = (isTTY: boolean): { lines: string[]; isTTY: boolean; write: (text: string) => number } => {
    const lines: string[] = [];
    return { lines, isTTY, write: (text) => lines.push(text) };
  };

  it('is silent when there was nothing to do', async () => {
    const out = recorded(false);
    expect(await step('build', () => Promise.resolve(7), out)).toBe(7);
    expect(out.lines).toEqual([]);
  });

  it('is silent when the work says that there was nothing to do, however long it took to see that', async () => {
    const out = recorded(false);
    expect(await step('build', () => sleep(750, false), out)).toBe(false);
    expect(out.lines).toEqual([]);
  });

  it('is one line with the time when there was', async () => {
    const out = recorded(false);
    await step('build', () => sleep(750), out);
    expect(out.lines).toEqual([expect.stringMatching(/^ {2}build {2}0\.[78] s\n$/)]);
  });

  it('says which step failed, also a short one', async () => {
    const out = recorded(false);
    await expect(step('build', () => Promise.reject(new Error('broken')), out)).rejects.toThrow('broken');
    expect(out.lines).toEqual([expect.stringMatching(/^failed: build {2}0\.0 s\n$/)]);
  });

  it('leaves no half-drawn line on a terminal', async () => {
    const out = recorded(true);
    await step('build', () => sleep(1_000), out);
    expect(out.lines.length).toBeGreaterThan(2);
    expect(out.lines.slice(-2)).toEqual(['\r\u001b[K', expect.stringMatching(/^ {2}build {2}1\.0 s\n$/)]);
  });

  it('counts minutes when it takes long', () => {
    expect([elapsed(940), elapsed(59_940), elapsed(125_000)]).toEqual(['0.9 s', '59.9 s', '2 min 5 s']);
  });
});
