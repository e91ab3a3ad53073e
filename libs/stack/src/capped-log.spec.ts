import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CappedLog } from './capped-log.js';

const folder = mkdtempSync(join(tmpdir(), 'log-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the log of a service', () => {
  it('keeps the newest lines in two files of a bounded size, also over a new start', () => {
    const path = join(folder, 'planner.log');
    const first = new CappedLog(path, 30);
    for (let line = 1; line <= 7; line += 1) first.write(`line ${line}...\n`);
    first.close();
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('line 4...\nline 5...\nline 6...\n');
    const second = new CappedLog(path, 30);
    second.write('line 8...\n');
    second.close();
    expect(readFileSync(path, 'utf8')).toBe('line 7...\nline 8...\n');
    expect(readdirSync(folder).toSorted()).toEqual(['planner.log', 'planner.log.1']);
  });
});
