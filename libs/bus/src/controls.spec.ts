import { describe, expect, it } from 'vitest';
import { millis, seconds } from '@countersign/kernel';
import { Bench } from './bench.fixture.js';
import { MemoryBroker } from './memory/memory-broker.js';
import { MemoryProcess } from './memory/memory-process.js';
import { newStats } from './stats.js';

const POLICY = 'countersign.policy.published';

const follow = (bench: Bench) => {
  const process = new MemoryProcess('reader', bench.time);
  const stats = newStats();
  const controls = bench.follower(new MemoryBroker(bench.cluster, process), process, 'policy', stats);
  return { process, stats, controls };
};

describe('the controls', () => {
  it('are read to their end before anything starts', async () => {
    const bench = new Bench();
    for (let nth = 0; nth < 250; nth += 1) bench.control(POLICY, {});
    const { controls } = follow(bench);
    let read = -1;
    void controls.start().then(() => (read = controls.state.length));
    await bench.run(seconds(5));
    expect(read).toBe(250);
    expect(controls).toMatchObject({ position: 249, epoch: 249 });
  });

  it('can be none at all', async () => {
    const bench = new Bench();
    const { controls } = follow(bench);
    let started = false;
    void controls.start().then(() => (started = true));
    await bench.run(seconds(2));
    expect(started).toBe(true);
    expect(controls).toMatchObject({ position: -1, epoch: -1, state: [] });
  });

  it('are followed, and tell who listens', async () => {
    const bench = new Bench();
    const { controls } = follow(bench);
    void controls.start();
    await bench.run(seconds(1));
    const seen: number[] = [];
    const off = controls.onChange((change) => void (change === 'controls' && seen.push(controls.state.length)));
    bench.control(POLICY, {});
    await bench.run(seconds(1));
    off();
    bench.control(POLICY, {});
    await bench.run(seconds(1));
    expect(seen).toEqual([1]);
    expect(controls.state).toHaveLength(2);
  });

  it('that are refused go to the dead letters, once however often they are read, and are never in force', async () => {
    const bench = new Bench();
    bench.control(POLICY, {});
    bench.control(POLICY, { refused: true });
    for (const { controls, stats } of [follow(bench), follow(bench)]) {
      void controls.start();
      await bench.run(seconds(2));
      expect(controls).toMatchObject({ position: 1, epoch: 0, state: [POLICY] });
      expect(stats.badControls).toBe(1);
      await controls.stop();
    }
    expect(bench.deadLetters('policy')).toMatchObject([{ topic: 'controls', offset: 1 }]);
  });

  it('do not wait for the letter of one that was refused', async () => {
    const bench = new Bench({ append: ({ topic }) => (topic.includes('.dlq.') ? { kind: 'refused' } : undefined) });
    bench.control(POLICY, { refused: true });
    bench.control(POLICY, {});
    const { controls } = follow(bench);
    let started = false;
    void controls.start().then(() => (started = true));
    await bench.run(seconds(5));
    expect(started).toBe(true);
    expect(controls).toMatchObject({ position: 1, epoch: 1, state: [POLICY] });
  });

  it('look once at the dead letters, however many were refused', async () => {
    let looks = 0;
    const bench = new Bench({ answer: (_, kind) => void (kind === 'read' && (looks += 1)) });
    for (let nth = 0; nth < 20; nth += 1) bench.control(POLICY, { refused: true });
    for (const wanted of [0, 1]) {
      const { controls } = follow(bench);
      looks = 0;
      void controls.start();
      await bench.run(seconds(30));
      expect(looks).toBe(wanted);
      await controls.stop();
      expect(bench.deadLetters('policy')).toHaveLength(20);
    }
  });

  it('are fresh while fetches show their end, and not in a process that sleeps', async () => {
    const bench = new Bench();
    const { controls, process } = follow(bench);
    void controls.start();
    await bench.run(seconds(10));
    expect(controls.isFresh(seconds(1))).toBe(true);
    process.freeze();
    await bench.run(seconds(2));
    expect(controls.isFresh(seconds(1))).toBe(false);
    process.thaw();
    let caughtUp = false;
    void controls.caughtUp().then(() => (caughtUp = controls.isFresh(seconds(1))));
    await bench.run(millis(5));
    expect(caughtUp).toBe(false);
    await bench.run(seconds(1));
    expect(caughtUp).toBe(true);
  });

  it('end behind the transactions of strangers too', async () => {
    const bench = new Bench();
    bench.control(POLICY, {});
    const stray = { key: null, value: Buffer.from(JSON.stringify({ type: POLICY, data: { refused: true } })), headers: {} };
    bench.transact('controls', stray, 'abort');
    bench.transact('controls', stray, 'commit');
    const { controls, stats } = follow(bench);
    let started = false;
    void controls.start().then(() => (started = true));
    await bench.run(seconds(2));
    expect(started).toBe(true);
    expect(controls).toMatchObject({ position: 4, epoch: 0, state: [POLICY] });
    bench.transact('controls', stray, 'abort');
    let caughtUp = false;
    void controls.caughtUp().then(() => (caughtUp = true));
    await bench.run(seconds(1));
    expect(caughtUp).toBe(true);
    expect(controls.isFresh(seconds(1))).toBe(true);
    bench.control(POLICY, {});
    await bench.run(seconds(1));
    expect(controls).toMatchObject({ position: 7, epoch: 7, state: [POLICY, POLICY] });
    expect(stats.badControls).toBe(1);
  });

  it('are as fresh as they are, whatever the time of day is set to', async () => {
    const bench = new Bench();
    const { controls, process } = follow(bench);
    void controls.start();
    await bench.run(seconds(10));
    process.stepClock(seconds(3600));
    expect(controls.isFresh(seconds(1))).toBe(true);
    await bench.run(seconds(1));
    process.stepClock(-7_200_000);
    const asked = bench.time.now();
    let caughtUp = 0;
    void controls.caughtUp().then(() => (caughtUp = bench.time.now() - asked));
    await bench.run(seconds(2));
    // What was asked for before is not what is waited for, and what is asked for after is.
    expect(caughtUp).toBeGreaterThan(400);
    expect(caughtUp).toBeLessThan(900);
    process.freeze();
    await bench.run(seconds(2));
    expect(controls.isFresh(seconds(1))).toBe(false);
  });

  it('cannot be read where the log has lost its start', async () => {
    const bench = new Bench();
    bench.control(POLICY, {});
    bench.cluster.log.truncate(bench.target('controls'), 1);
    const { controls } = follow(bench);
    let refused: unknown;
    void controls.start().catch((fault: unknown) => (refused = fault));
    await bench.run(seconds(1));
    expect(refused).toMatchObject({ code: 'LOG_TRUNCATED' });
  });

  it('that can be followed no further are told of, once and also to who asks later', async () => {
    const bench = new Bench();
    bench.control(POLICY, {});
    const { controls, process } = follow(bench);
    void controls.start();
    await bench.run(seconds(2));
    const faults: unknown[] = [];
    controls.onFault((fault) => faults.push(fault));
    process.freeze();
    await bench.run(seconds(1));
    for (let nth = 0; nth < 3; nth += 1) bench.control(POLICY, {});
    bench.cluster.log.truncate(bench.target('controls'), 4);
    process.thaw();
    await bench.run(seconds(2));
    controls.onFault((fault) => faults.push(fault));
    expect(faults).toMatchObject([{ code: 'LOG_TRUNCATED' }, { code: 'LOG_TRUNCATED' }]);
  });

  it('do not keep a process waiting for them that were lost while it started', async () => {
    const bench = new Bench();
    for (let nth = 0; nth < 250; nth += 1) bench.control(POLICY, {});
    const { controls } = follow(bench);
    let refused: unknown;
    void controls.start().catch((fault: unknown) => (refused = fault));
    controls.onChange(() => bench.cluster.log.truncate(bench.target('controls'), 250));
    await bench.run(seconds(2));
    expect(refused).toMatchObject({ code: 'LOG_TRUNCATED' });
  });

  it('give what is to be handled once more by service, topic and partition, from a control on', async () => {
    const bench = new Bench();
    const { controls } = follow(bench);
    void controls.start();
    const redrive = (topic: string, offset: number, partition = 0): number => bench.control('countersign.dlq.redriven', { service: 'policy', topic, partition, offset });
    const found = (topic: string, after = -1, partition = 0): number[] => controls.redrives('policy', topic, partition, after).map(({ offset }) => offset);
    redrive('proposals', 7);
    redrive('approvals', 8);
    redrive('proposals', 9, 1);
    const last = redrive('proposals', 10);
    await bench.run(seconds(1));
    expect([found('proposals'), found('approvals'), found('executions'), found('proposals', -1, 1)]).toEqual([[7, 10], [8], [], [9]]);
    expect([found('proposals', 0), found('proposals', last)]).toEqual([[10], []]);
    expect(controls.redrives('planner', 'proposals', 0)).toEqual([]);
  });
});
