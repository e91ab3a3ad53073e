import { describe, expect, it } from 'vitest';
import { causalOrder } from './causal-order.js';
import type { EventRow } from './tables.js';

const event = (topic: string, offset: number, recorded_at: string, causes = ''): EventRow => ({
  topic,
  partition: 0,
  offset,
  id: `${topic}-${offset}`,
  type: null,
  tenant: null,
  workflow: null,
  run: null,
  step: null,
  actor: null,
  time: null,
  causes,
  sha256: '',
  recorded_at,
  event: null,
});

const cause = (topic: string, offset: number): string => `x@${topic}/${offset}#${'0'.repeat(64)}`;
const names = (rows: readonly EventRow[]): readonly (string | null)[] => causalOrder(rows).map(({ id }) => id);

describe('the timeline of a run', () => {
  it('has causes before effects, also where a broker’s clock is behind', () => {
    const task = event('tasks', 0, '2026-01-02T03:04:05.900Z');
    const started = event('proposals', 4, '2026-01-02T03:04:05.100Z', cause('tasks', 0));
    const decided = event('decisions', 2, '2026-01-02T03:04:05.050Z', cause('proposals', 4));
    expect(names([decided, started, task])).toEqual(['tasks-0', 'proposals-4', 'decisions-2']);
  });

  it('follows the log within a topic, and Kafka’s time between topics', () => {
    const rows = [event('executions', 3, '2026-01-02T03:04:05.200Z'), event('proposals', 2, '2026-01-02T03:04:05.100Z'), event('proposals', 1, '2026-01-02T03:04:05.300Z')];
    expect(names(rows)).toEqual(['executions-3', 'proposals-1', 'proposals-2']);
  });

  it('follows the flow within one millisecond', () => {
    const at = '2026-01-02T03:04:05.000Z';
    expect(names([event('ledger', 0, at), event('executions', 0, at), event('tasks', 0, at), event('decisions', 0, at)])).toEqual(['tasks-0', 'decisions-0', 'executions-0', 'ledger-0']);
  });

  it('ends although the causes go in a circle', () => {
    const at = '2026-01-02T03:04:05.000Z';
    expect(names([event('proposals', 0, at, cause('decisions', 0)), event('decisions', 0, at, cause('proposals', 0))])).toHaveLength(2);
  });
});
