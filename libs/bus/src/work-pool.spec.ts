import { describe, expect, it } from 'vitest';
import { millis, seconds, type Instant } from '@countersign/kernel';
import { VirtualTime } from './memory/virtual-time.js';
import { WorkPool, type PoolLimits } from './work-pool.js';

const world = (limits: PoolLimits = {}) => {
  const time = new VirtualTime(1);
  const pool = new WorkPool(time, limits);
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const life = new AbortController();
  const submit = (name: string, bulkhead: string, notBefore?: Instant): void =>
    pool.submit({
      bulkhead,
      notBefore,
      signal: life.signal,
      run: () =>
        new Promise((resolve) => {
          started.push(name);
          finish.set(name, resolve);
        }),
    });
  return { time, started, submit, life, finish: (name: string) => (finish.get(name)?.(), time.run(millis(0))) };
};

describe('the pool for slow work', () => {
  it('runs what fits into a bulkhead, and the rest in order as places become free', async () => {
    const { started, submit, finish } = world({ perBulkhead: () => 2 });
    for (const name of ['a', 'b', 'c', 'd']) submit(name, 'tool');
    expect(started).toEqual(['a', 'b']);
    await finish('b');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('keeps a bulkhead that hangs from holding up another', () => {
    const { started, submit } = world({ perBulkhead: () => 1 });
    for (const name of ['hangs', 'waits']) submit(name, 'slow');
    submit('runs', 'quick');
    expect(started).toEqual(['hangs', 'runs']);
  });

  it('has limits by bulkhead and one for all', () => {
    const { started, submit } = world({ total: 3, perBulkhead: (name) => (name === 'wide' ? 10 : 1) });
    for (const name of ['a', 'b', 'c', 'd']) submit(name, 'wide');
    submit('e', 'narrow');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('shares a scarce total between bulkheads, however long their queues', async () => {
    const { started, submit, finish } = world({ total: 1 });
    for (const name of ['a', 'b', 'c']) submit(name, 'long');
    submit('x', 'short');
    await finish('a');
    await finish('b');
    expect(started.slice(0, 3)).toContain('x');
  });

  it('starts nothing before its time, with one timer for all that wait', async () => {
    const { time, started, submit } = world();
    submit('late', 'tool', (time.now() + seconds(20)) as Instant);
    submit('soon', 'tool', (time.now() + seconds(5)) as Instant);
    submit('now', 'tool');
    expect(started).toEqual(['now']);
    await time.run(seconds(6));
    expect(started).toEqual(['now', 'soon']);
    await time.run(seconds(20));
    expect(started).toEqual(['now', 'soon', 'late']);
  });

  it('never starts what was called off while it waited', async () => {
    const { time, started, submit, life, finish } = world({ perBulkhead: () => 1 });
    submit('runs', 'tool');
    submit('waits', 'tool');
    submit('later', 'other', (time.now() + seconds(1)) as Instant);
    life.abort();
    await finish('runs');
    await time.run(seconds(2));
    expect(started).toEqual(['runs']);
  });
});
