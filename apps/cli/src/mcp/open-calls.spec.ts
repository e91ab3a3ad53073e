import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { days, type Instant } from '@countersign/kernel';
import { nameOfCall, OpenCalls } from './open-calls.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const NAME = nameOfCall('notes', 'notes.add', '{"text":"one"}');
const runOf = (task: string): string => `run of ${task}`;

describe('calls whose end nobody was told yet', () => {
  let folder: string;
  const at = (now: number): OpenCalls => new OpenCalls(folder, { now: () => now as Instant });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'open-calls-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are the same action for whoever makes them again, in this process and in the next', () => {
    const first = at(NOW).open(NAME, runOf);
    expect(first.run).toBe(`run of ${first.id}`);
    expect(at(NOW + 1_000).open(NAME, runOf)).toEqual(first);
    expect(at(NOW).open(nameOfCall('notes', 'notes.add', '{"text":"two"}'), runOf).id).not.toBe(first.id);
  });

  it('are another action once the end was told', () => {
    const calls = at(NOW);
    const first = calls.open(NAME, runOf);
    calls.close('run of somebody else');
    expect(calls.open(NAME, runOf)).toEqual(first);
    calls.close(first.run);
    expect(calls.open(NAME, runOf).id).not.toBe(first.id);
  });

  it('are forgotten after a month, and leave nothing else behind', () => {
    const first = at(NOW).open(NAME, runOf);
    expect(readdirSync(folder)).toEqual([NAME]);
    expect(at(NOW + days(29)).open(NAME, runOf)).toEqual(first);
    expect(at(NOW + days(31)).open(NAME, runOf).id).not.toBe(first.id);
  });
});
