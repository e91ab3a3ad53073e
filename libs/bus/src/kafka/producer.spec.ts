import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf, seconds } from '@countersign/kernel';
import type { NewRecord } from '../broker.js';
import { silentLog } from '../bus-log.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { KAFKA, unreachable } from './faults.js';
import type { Exchange } from './kafkajs-internals.js';
import { Producer, type ProducerCluster } from './producer.js';
import { decodeBatches } from './record-batch.js';

/** What becomes of one request: done, done with nobody told, never there, or an error code for each batch. */
type Fate = 'done' | 'answer lost' | 'request lost' | number;

const TOO_LARGE = 10;

/** A leader that keeps batches as Kafka does: it knows a producer's last batches again, and takes no number out of turn. */
class Leader {
  readonly logs = new Map<number, string[]>();
  readonly producers = new Map<string, { next: number; readonly known: Map<number, number> }>();
  readonly requests: string[][] = [];
  fates: Fate[] = [];
  ids = 0;

  readonly cluster: ProducerCluster = {
    knownLeader: () => 1,
    leaderOf: () => Promise.resolve(1),
    forgetLeaders: () => undefined,
    connections: {
      log: silentLog,
      // The only call is for a producer id; its answer is of the shape that kafkajs decodes.
      call: () => Promise.resolve({ errorCode: 0, producerId: String((this.ids += 1)), producerEpoch: 0 } as never),
      exchange: (_node, _lane, exchange) => this.answer(exchange),
    },
  };

  async answer<Answer>({ request, response }: Exchange<Answer>): Promise<Answer> {
    const { buffer } = await request.encode();
    const fate = this.fates.shift() ?? 'done';
    await Promise.resolve();
    if (fate === 'request lost') throw unreachable('the leader', 'lost');
    const results = this.take(new ByteReader(buffer, 2 + 2 + 4), typeof fate === 'number' ? fate : 0);
    if (fate === 'answer lost') throw unreachable('the leader', 'lost');
    const writer = new ByteWriter().int32(1).string('log').int32(results.length);
    for (const { partition, code, offset } of results) writer.int32(partition).int16(code).int64(offset).int64(-1).int64(0);
    return response.decode(writer.int32(0).written);
  }

  private take(reader: ByteReader, code: number): { partition: number; code: number; offset: number }[] {
    const seen: string[] = [];
    this.requests.push(seen);
    reader.int32();
    reader.string();
    return Array.from({ length: reader.int32() }, () => {
      const partition = reader.int32();
      const size = reader.int32();
      const batch = reader.buffer.subarray(reader.at, reader.at + size);
      reader.skip(size);
      const values = decodeBatches('log', partition, batch, 0, []).records.map(({ value }) => String(value));
      seen.push(`${partition}: ${values.join(' ')}`);
      return { partition, ...(code === 0 ? this.append(partition, batch, values) : { code, offset: -1 }) };
    });
  }

  private append(partition: number, batch: Buffer, values: readonly string[]): { code: number; offset: number } {
    const log = this.logs.get(partition) ?? [];
    this.logs.set(partition, log);
    const sequence = batch.readInt32BE(53);
    const key = `${batch.readBigInt64BE(43)}/${partition}`;
    const producer = this.producers.get(key) ?? { next: 0, known: new Map<number, number>() };
    this.producers.set(key, producer);
    const known = producer.known.get(sequence);
    if (known !== undefined) return { code: 0, offset: known };
    if (sequence !== producer.next) return { code: KAFKA.outOfOrderSequence, offset: -1 };
    producer.known.set(sequence, log.length);
    producer.next += values.length;
    log.push(...values);
    return { code: 0, offset: log.length - values.length };
  }
}

const records = (...values: readonly string[]): NewRecord[] => values.map((value) => ({ key: null, value: Buffer.from(value), headers: {} }));
const outcome = (append: Promise<number>): Promise<number | string> => append.catch((fault: unknown) => codeOf(fault));
const on = (partition: number): { topic: string; partition: number } => ({ topic: 'log', partition });

describe('the producer', () => {
  let leader: Leader;
  let producer: Producer;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    leader = new Leader();
    producer = new Producer(leader.cluster, seconds(5));
  });
  afterEach(() => vi.useRealTimers());

  /** Lets time pass until everything that was asked for is settled. */
  const settle = async <Result>(asked: readonly Promise<Result>[]): Promise<Result[]> => {
    const state = { done: false };
    const all = Promise.all(asked).finally(() => (state.done = true));
    while (!state.done) await vi.advanceTimersByTimeAsync(50);
    return all;
  };

  it('sends what is asked for while a request is on its way together in the next one', async () => {
    await settle([producer.append(on(0), records('a')), producer.append(on(1), records('x'))]);
    const first = producer.append(on(0), records('b'));
    await vi.advanceTimersByTimeAsync(0);
    const more = [producer.append(on(0), records('c', 'd')), producer.append(on(1), records('y')), producer.append(on(0), records('e'))];
    expect(await settle([first, ...more])).toEqual([1, 2, 1, 4]);
    expect(leader.requests.slice(-2)).toEqual([['0: b'], ['0: c d e', '1: y']]);
  });

  it('sends a batch again as it was, and the log has it once, whether the request or the answer was lost', async () => {
    leader.fates = ['done', 'answer lost', 'request lost', 'answer lost'];
    expect(await settle([producer.append(on(0), records('a'))])).toEqual([0]);
    const again = producer.append(on(0), records('b'));
    await vi.advanceTimersByTimeAsync(0);
    const behind = producer.append(on(0), records('c'));
    expect(await settle([again, behind])).toEqual([1, 2]);
    expect(leader.logs.get(0)).toEqual(['a', 'b', 'c']);
    expect(leader.requests.filter(([batch]) => batch === '0: b').length).toBeGreaterThan(1);
  });

  it('goes on where the leader moves or lacks replicas for a while', async () => {
    leader.fates = [KAFKA.notLeader, 19, KAFKA.leaderNotAvailable];
    expect(await settle([producer.append(on(0), records('a'))])).toEqual([0]);
  });

  it('gives up after its time, with what waits behind, and goes on under another id', async () => {
    leader.fates = ['answer lost', ...Array.from({ length: 40 }, () => 'request lost' as const)];
    const lost = outcome(producer.append(on(0), records('a')));
    await vi.advanceTimersByTimeAsync(0);
    const behind = outcome(producer.append(on(0), records('b')));
    expect(await settle([lost, behind])).toEqual(['BROKER_UNREACHABLE', 'BROKER_UNREACHABLE']);
    leader.fates = [];
    expect(await settle([producer.append(on(0), records('c'))])).toEqual([1]);
    expect(leader.logs.get(0)).toEqual(['a', 'c']);
    expect(leader.ids).toBe(2);
  });

  it.each([KAFKA.outOfOrderSequence, KAFKA.unknownProducerId, KAFKA.producerFenced, KAFKA.duplicateSequence])('takes another id after error %i, and the partition goes on', async (code) => {
    expect(await settle([producer.append(on(0), records('a')), producer.append(on(1), records('x'))])).toEqual([0, 0]);
    leader.fates = [code];
    const [fault] = await settle([producer.append(on(0), records('b')).catch((thrown: unknown) => thrown)]);
    expect(fault).toMatchObject({ code: 'BROKER_REFUSED', retry: 'later' });
    expect(await settle([producer.append(on(0), records('b')), producer.append(on(1), records('y'))])).toEqual([1, 1]);
    expect(leader.ids).toBe(2);
  });

  it('fails only the append that is refused as it stands', async () => {
    leader.fates = [TOO_LARGE];
    const refusedOne = outcome(producer.append(on(0), records('too large')));
    await vi.advanceTimersByTimeAsync(0);
    const behind = outcome(producer.append(on(0), records('b')));
    expect(await settle([refusedOne, behind])).toEqual(['RECORD_TOO_LARGE', 0]);
    expect(leader.logs.get(0)).toEqual(['b']);
    expect(leader.ids).toBe(1);
  });

  it('sends in smaller batches what was refused together, in order', async () => {
    leader.fates = [TOO_LARGE];
    const appends = ['a', 'b', 'c'].map((value) => outcome(producer.append(on(0), records(value))));
    expect(await settle(appends)).toEqual([0, 1, 2]);
    expect(leader.logs.get(0)).toEqual(['a', 'b', 'c']);
    expect(leader.requests).toEqual([['0: a b c'], ['0: a'], ['0: b'], ['0: c']]);
    expect(leader.ids).toBe(1);
  });

  it('packs no more into a batch than a broker takes', async () => {
    const large = 'x'.repeat(400_000);
    const first = producer.append(on(0), records('a'));
    await vi.advanceTimersByTimeAsync(0);
    const more = [1, 2, 3].map(() => producer.append(on(0), records(large)));
    expect(await settle([first, ...more])).toEqual([0, 1, 2, 3]);
    expect(leader.requests.map(([batch]) => batch?.length)).toEqual([4, 800_004, 400_003]);
  });

  it('fails what is not acked when it is closed', async () => {
    leader.fates = Array.from({ length: 40 }, () => 'request lost' as const);
    const asked = outcome(producer.append(on(0), records('a')));
    await vi.advanceTimersByTimeAsync(10);
    producer.close();
    expect(await asked).toBe('BROKER_UNREACHABLE');
    expect(await outcome(producer.append(on(0), records('b')))).toBe('BROKER_UNREACHABLE');
  });

  it('loses, doubles and reorders nothing that it acked, whatever becomes of its requests', async () => {
    const fate = fc.oneof(fc.constantFrom<Fate>('done', 'answer lost', 'request lost', KAFKA.notLeader, KAFKA.outOfOrderSequence, 19), fc.constant<Fate>('done'));
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 60 }), fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 25 }), async (fates, sizes) => {
        leader = new Leader();
        producer = new Producer(leader.cluster, seconds(5));
        leader.fates = fates;
        const asked: Promise<{ readonly values: readonly string[]; readonly offset: number | string }>[] = [];
        for (const [nth, size] of sizes.entries()) {
          // Some at once, some while others are on their way.
          if (nth % 3 === 0) await vi.advanceTimersByTimeAsync(nth);
          const values = Array.from({ length: size }, (_, part) => `${nth}.${part}`);
          asked.push(outcome(producer.append(on(0), records(...values))).then((offset) => ({ values, offset })));
        }
        const results = await settle(asked);
        const log = leader.logs.get(0) ?? [];
        expect(new Set(log).size).toBe(log.length);
        const acked = results.flatMap(({ values, offset }) => (typeof offset === 'number' ? [{ values, found: log.slice(offset, offset + values.length) }] : []));
        expect(acked.map(({ found }) => found)).toEqual(acked.map(({ values }) => values));
        const order = log.map((value) => Number.parseInt(value, 10));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});
