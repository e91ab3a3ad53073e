import { describe, expect, it } from 'vitest';
import { CountersignError, seconds, type KeyId } from '@countersign/kernel';
import { Bench, NAMESPACE, say, textOf } from './bench.fixture.js';
import { silentLog, type BusLog } from './bus-log.js';
import { MemoryBroker } from './memory/memory-broker.js';
import { MemoryProcess } from './memory/memory-process.js';
import { ToyWire } from './memory/schedule/toy-wire.fixture.js';
import { RelayRuntime } from './relay-runtime.js';
import { newStats } from './stats.js';
import type { Relay, RelayBatch } from './step.js';

const PROPOSED = 'countersign.action.proposed';
const SOON = seconds(1);

const start = async (bench: Bench, relay: Partial<Relay> & Pick<Relay, 'handle'>, inputs: readonly string[] = ['proposals', 'decisions', 'inbox.acme'], log: BusLog = silentLog) => {
  bench.cluster.log.createTopic(`${NAMESPACE}.inbox.acme`, 1);
  bench.cluster.log.createTopic(`${NAMESPACE}.outcomes.acme`, 1);
  const process = new MemoryProcess(`gateway-${bench.time.now()}`, bench.time);
  const broker = new MemoryBroker(bench.cluster, process);
  const stats = newStats();
  const controls = bench.follower(broker, process, 'gateway', stats);
  const runtime = new RelayRuntime({ relay: { service: 'gateway', ...relay }, broker, wire: new ToyWire('00000000000000cc' as KeyId), controls, namespace: NAMESPACE, partitions: 1, inputs, onFatal: () => undefined, timers: process.timers, stats, log });
  const progress = { begun: false };
  void controls.start().then(() => runtime.start()).then(() => (progress.begun = true));
  do await bench.run(SOON);
  while (!progress.begun);
  return { process, runtime, stats };
};

const textsOf = ({ received }: RelayBatch): string[] => received.map((entry) => ('event' in entry ? textOf(entry.event) : String(entry.record.value)));

describe('a relay', () => {
  it('is given what lies between two offsets of a topic, and what its reader has to know to go on', async () => {
    const bench = new Bench();
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }]);
    const batches: RelayBatch[] = [];
    await start(bench, { handle: (batch) => Promise.resolve(void batches.push(batch)) });
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({ topic: 'proposals', partition: 0, from: 0, next: 3, reader: '{"e":0,"s":2,"k":"00000000000000aa"}', rejected: [] });
    expect(batches[0] && textsOf(batches[0])).toEqual(['a', 'b']);
    expect(bench.committed('gateway', 'proposals')).toMatchObject({ offset: 3, metadata: '{"e":0,"s":2,"k":"00000000000000aa"}' });
  });

  it('says on what it writes which controls it had seen', async () => {
    const bench = new Bench();
    const { runtime } = await start(bench, { handle: () => Promise.resolve() });
    const publish = (text: string): void => void runtime.publisher.publish([{ topic: 'tasks', outgoing: [say(text)] }]);
    publish('a');
    await bench.run(SOON);
    bench.control('countersign.policy.published', {});
    await bench.run(SOON);
    publish('b');
    await bench.run(SOON);
    expect(bench.written('tasks').map(({ event }) => event.controlepoch)).toEqual([undefined, 0]);
  });

  it('is given the records of doors as they are', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    await start(bench, { handle: (batch) => Promise.resolve(void seen.push(`${batch.topic}: ${textsOf(batch).join()}`)) });
    bench.append('inbox.acme', { key: null, value: Buffer.from('anything'), headers: {} });
    await bench.run(SOON);
    expect(seen).toEqual(['inbox.acme: anything']);
  });

  it('goes on behind what a stranger aborted, and behind the markers of transactions', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const moved: string[] = [];
    await start(bench, { handle: (batch) => Promise.resolve(void (seen.push(...textsOf(batch)), moved.push(`${batch.from} to ${batch.next}`))) }, ['inbox.acme']);
    for (const [text, end] of [['a', 'commit'], ['b', 'abort'], ['c', 'commit'], ['d', 'abort']] as const) {
      bench.transact('inbox.acme', { key: null, value: Buffer.from(text), headers: {} }, end);
      await bench.run(SOON);
    }
    expect(seen).toEqual(['a', 'c']);
    expect(bench.committed('gateway', 'inbox.acme')?.offset).toBe(8);
    // No hole in what a relay is told that it has read.
    expect(moved.map((extent) => extent.split(' to ')[0])).toEqual(['0', ...moved.slice(0, -1).map((extent) => extent.split(' to ')[1])]);
    expect(moved.at(-1)).toMatch(/ to 8$/);
  });

  it('is told of records that fail a check when they are in the dead letters', async () => {
    const bench = new Bench();
    const batches: (RelayBatch & { readonly letters: number })[] = [];
    await start(bench, { handle: (batch) => Promise.resolve(void batches.push({ ...batch, letters: bench.deadLetters('gateway').length })) });
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, { text: 'a' }]);
    writer.skip(1);
    writer.write([PROPOSED, { text: 'b' }], [PROPOSED, { text: 'c' }]);
    bench.append('proposals', { key: null, value: Buffer.from('{}'), headers: {} });
    await bench.run(SOON);
    expect(batches.flatMap(textsOf)).toEqual(['a', 'c']);
    expect(batches.flatMap(({ rejected }) => rejected.map(({ code }) => code))).toEqual(['SEQUENCE_BROKEN', 'SIGNATURE_MISSING']);
    expect(batches.at(-1)?.letters).toBe(2);
  });

  it('is given a batch again until it can take it', async () => {
    const bench = new Bench();
    let tries = 0;
    const seen: string[] = [];
    await start(bench, {
      handle: (batch) => {
        tries += 1;
        if (tries < 4) return Promise.reject(new CountersignError('DATABASE_UNREACHABLE', 'no database', { retry: 'later' }));
        return Promise.resolve(void seen.push(...textsOf(batch)));
      },
    });
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }]);
    await bench.run(seconds(5));
    expect(tries).toBe(4);
    expect(seen).toEqual(['a', 'b']);
    expect(bench.deadLetters('gateway')).toEqual([]);
    expect(bench.committed('gateway', 'proposals')?.offset).toBe(3);
  });

  it('goes on without the one event that it fails on', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const rejected: string[] = [];
    await start(bench, {
      handle: (batch) => {
        if (textsOf(batch).includes('b')) throw new TypeError('undefined is not a function');
        seen.push(...textsOf(batch));
        rejected.push(...batch.rejected.map(({ record, code }) => `${record.offset} ${code}`));
        return Promise.resolve();
      },
    });
    bench.writer('proposals').write(...['a', 'b', 'c', 'd'].map((text) => [PROPOSED, { text }] as const));
    await bench.run(seconds(5));
    expect(seen).toEqual(['a', 'c', 'd']);
    expect(rejected).toEqual(['2 HANDLER_FAILED']);
    expect(bench.deadLetters('gateway')).toMatchObject([{ code: 'HANDLER_FAILED', offset: 2 }]);
    expect(bench.committed('gateway', 'proposals')?.offset).toBe(5);
  });

  it('says in the dead letters what the relay said, where that is one of our codes', async () => {
    const bench = new Bench();
    const faults: readonly Error[] = [new CountersignError('DATABASE_REFUSED', 'no'), new CountersignError('INTERNAL', 'no'), new TypeError('no')];
    await start(bench, {
      handle: (batch) => {
        const [text] = textsOf(batch);
        const fault = text === undefined ? undefined : faults[Number(text)];
        return fault ? Promise.reject(fault) : Promise.resolve();
      },
    });
    bench.writer('proposals').write(...faults.map((_fault, nth) => [PROPOSED, { text: String(nth) }] as const));
    await bench.run(seconds(5));
    expect(bench.deadLetters('gateway').map(({ code }) => code)).toEqual(['DATABASE_REFUSED', 'HANDLER_FAILED', 'HANDLER_FAILED']);
  });

  it('goes on where it fails on being told of bad records: they are in the dead letters', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const moved: string[] = [];
    const errors: unknown[] = [];
    const { stats } = await start(
      bench,
      {
        handle: (batch) => {
          if (batch.rejected.length > 0) throw new TypeError('undefined is not a function');
          seen.push(...textsOf(batch));
          moved.push(`${batch.from} to ${batch.next}`);
          return Promise.resolve();
        },
      },
      ['proposals'],
      { ...silentLog, error: (message, fields) => void errors.push([message, fields]) },
    );
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    bench.append('proposals', { key: null, value: Buffer.from('{}'), headers: {} });
    await bench.run(seconds(5));
    writer.write([PROPOSED, { text: 'b' }]);
    await bench.run(seconds(5));
    expect(seen).toEqual(['a', 'b']);
    // A relay that keeps positions of its own has no hole in them.
    expect(moved).toEqual(['0 to 2', '2 to 3', '3 to 4']);
    expect(bench.deadLetters('gateway')).toMatchObject([{ code: 'SIGNATURE_MISSING', offset: 2 }]);
    expect(bench.committed('gateway', 'proposals')?.offset).toBe(4);
    expect(stats.relayFaults).toBe(1);
    expect(errors).toEqual([[expect.stringContaining('in vain'), { topic: 'proposals', partition: 0, from: 2, next: 3, code: 'INTERNAL', reason: 'undefined is not a function' }]]);
  });

  it('goes on where it fails on a batch with nothing in it', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const { stats } = await start(bench, {
      handle: (batch) => {
        if (batch.received.length === 0) throw new TypeError('undefined is not a function');
        return Promise.resolve(void seen.push(...textsOf(batch)));
      },
    });
    const writer = bench.writer('proposals');
    writer.claim();
    await bench.run(seconds(5));
    writer.write([PROPOSED, { text: 'a' }]);
    await bench.run(seconds(5));
    expect(seen).toEqual(['a']);
    expect(bench.committed('gateway', 'proposals')?.offset).toBe(2);
    expect(stats.relayFaults).toBe(1);
  });

  it('handles nothing before what it rests on', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    await start(bench, { handle: (batch) => Promise.resolve(void seen.push(...textsOf(batch))) });
    bench.writer('proposals').write([PROPOSED, { text: 'effect' }, [{ id: 'x', topic: 'decisions', offset: 1, sha256: '0'.repeat(64) }]]);
    await bench.run(SOON);
    expect(seen).toEqual([]);
    bench.writer('decisions').write([PROPOSED, { text: 'cause' }]);
    await bench.run(SOON);
    expect(seen).toEqual(['cause', 'effect']);
  });

  it('goes on where it says, if it keeps positions of its own', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }], [PROPOSED, { text: 'c' }]);
    await start(bench, {
      handle: (batch) => Promise.resolve(void seen.push(...textsOf(batch))),
      positions: (targets) => Promise.resolve(targets.filter(({ topic }) => topic === 'proposals').map((target) => ({ ...target, offset: 2, metadata: '{"e":0,"s":1}' }))),
    });
    expect(seen).toEqual(['b', 'c']);
  });

  it('goes on behind its last commit after a restart, at least once', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const relay = { handle: (batch: RelayBatch) => Promise.resolve(void seen.push(...textsOf(batch))) };
    const first = await start(bench, relay);
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    const stopped = first.runtime.stop();
    writer.write([PROPOSED, { text: 'b' }]);
    await bench.run(SOON);
    await stopped;
    await start(bench, relay);
    expect(seen).toEqual(['a', 'b']);
  });

  it('writes events that bear the same ids when it writes them again', async () => {
    const bench = new Bench();
    const { runtime } = await start(bench, { handle: () => Promise.resolve() });
    const trigger = { id: 'upstream-1', topic: 'inbox.acme', partition: 0, offset: 4, sha256: '0'.repeat(64) };
    for (let times = 0; times < 2; times += 1) void runtime.publisher.publish([{ topic: 'tasks', trigger, outgoing: [say('x'), say('x')] }, { topic: 'outcomes.acme', trigger, outgoing: [say('y')] }]);
    await bench.run(SOON);
    const ids = bench.written('tasks').map(({ event }) => event.id);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(2);
    expect(bench.written('outcomes.acme')).toHaveLength(2);
    expect(bench.written('tasks')[0]).toMatchObject({ epoch: '-', event: { causes: `upstream-1@inbox.acme/0/4#${'0'.repeat(64)}` } });
  });

  it('takes a dead letter once more when it is told to', async () => {
    const bench = new Bench();
    const mood = { fails: true };
    const seen: string[] = [];
    await start(bench, {
      handle: (batch) => {
        if (mood.fails && batch.received.length > 0) throw new TypeError('not now');
        return Promise.resolve(void seen.push(...textsOf(batch)));
      },
    });
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    mood.fails = false;
    bench.control('countersign.dlq.redriven', { service: 'gateway', topic: 'proposals', partition: 0, offset: 1 });
    await bench.run(SOON);
    expect(seen).toEqual(['a']);
    expect(bench.committed('gateway', 'proposals')?.metadata).toContain('"r":0');
  });
});
