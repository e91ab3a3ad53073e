import { describe, expect, it } from 'vitest';
import { GivenLog, GivenRun, HISTORIES } from '../given-log.spec-support.js';
import { patchesOf } from './fold-event.js';
import { mergePatches } from './merge-patches.js';
import { MERGING, timeAt, timeOf } from './patch.js';

const historyOf = (name: string): GivenLog => {
  const log = new GivenLog();
  HISTORIES[name]?.(new GivenRun(log, 'ticket-1'));
  return log;
};

const patchesOfLog = (log: GivenLog) => log.records.flatMap(patchesOf);

describe('what events say about rows', () => {
  it('writes a column from one topic only, apart from what the run id is made of', () => {
    const topics = new Map<string, Set<string>>();
    for (const name of Object.keys(HISTORIES)) {
      for (const record of historyOf(name).records) {
        for (const { table, row } of patchesOf(record)) {
          for (const column of Object.keys(row)) {
            if (MERGING[table].key.includes(column)) continue;
            const place = `${table}.${column}`;
            topics.set(place, (topics.get(place) ?? new Set()).add(record.topic));
          }
        }
      }
    }
    const shared = [...topics].filter(([, names]) => names.size > 1).map(([place]) => place);
    expect(shared.sort()).toEqual(['runs.source', 'runs.task', 'runs.tenant', 'runs.workflow']);
    // The histories reach every column, or the line above would prove little.
    const missed = (['runs', 'actions', 'approvals', 'votes', 'escalations', 'standing'] as const).flatMap((table) => [...MERGING[table].first, ...MERGING[table].newest].filter((column) => !topics.has(`${table}.${column}`)));
    expect(missed).toEqual([]);
  });

  it('keeps the hash of the arguments and not the arguments', () => {
    const text = JSON.stringify(patchesOfLog(historyOf('approved')));
    expect(text).not.toContain('ch_1');
    expect(text).toContain('"args_hash"');
  });
});

describe('merging', () => {
  it('gives one row for each key, in the order of keys', () => {
    const log = new GivenLog();
    for (const task of ['b', 'a', 'c']) new GivenRun(log, task).submitted().started();
    const ids = mergePatches(patchesOfLog(log)).get('runs')?.map((row) => String(row['id'])) ?? [];
    expect(ids).toHaveLength(3);
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  it('lets the newest word count, and the first where a repeat is no news', () => {
    const twice = new GivenLog();
    new GivenRun(twice, 'ticket-1').submitted().submitted().started().proposed().allowed().refused('expired').denied();
    const merged = mergePatches(patchesOfLog(twice));
    expect(merged.get('runs')).toMatchObject([{ submitted_at: '2026-01-02T03:04:05.000Z' }]);
    expect(merged.get('actions')).toMatchObject([{ decision: 'denied', grant_jti: '', execution: 'refused', execution_jti: 'grant-ticket-1-1' }]);
  });
});

describe('times', () => {
  it('take Kafka’s time for a day that is none', () => {
    expect(timeOf('2026-13-45T00:00:00Z', 1_767_323_045_000)).toBe('2026-01-02T03:04:05.000Z');
  });

  it('stay within what PostgreSQL and RFC 3339 can say', () => {
    expect(timeAt(Number.MAX_SAFE_INTEGER)).toBe('9999-12-31T23:59:59.999Z');
    expect(timeAt(-1)).toBe('1970-01-01T00:00:00.000Z');
  });
});
