import { describe, expect, it } from 'vitest';
import { CountersignError, seconds, sha256 } from '@countersign/kernel';
import type { LogRecord, NewRecord } from './broker.js';
import type { BusLog } from './bus-log.js';
import { DeadLetters } from './dead-letters.js';
import { MemoryProcess } from './memory/memory-process.js';
import { VirtualTime } from './memory/virtual-time.js';
import { newStats } from './stats.js';

const FAULT = new CountersignError('SIGNATURE_MISSING', 'not signed by anybody');
const HUGE = Buffer.alloc(1_048_476, 'k');

const sizeOf = ({ key, value, headers }: NewRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + Object.entries(headers).reduce((all, [name, header]) => all + name.length + header.length, 0);

/** Letters to a topic that takes records of up to `most` bytes. */
const letters = (most: number) => {
  const time = new VirtualTime(1);
  const written: NewRecord[] = [];
  const errors: string[] = [];
  const log: BusLog = { info: () => undefined, warn: () => undefined, error: (message) => void errors.push(message) };
  const stats = newStats();
  let asked = 0;
  const broker = {
    append: (_: unknown, [record]: readonly NewRecord[]): Promise<number> => {
      asked += 1;
      if (!record || sizeOf(record) > most) return Promise.reject(new CountersignError('RECORD_TOO_LARGE', 'Kafka refused an append'));
      return Promise.resolve(written.push(record) - 1);
    },
    offsets: () => Promise.resolve({ start: 0, end: 0 }),
    read: () => Promise.resolve(),
  };
  const { timers } = new MemoryProcess('policy', time);
  const deadLetters = new DeadLetters({ broker, namespace: 'countersign', service: 'policy', timers, stats, log, signal: new AbortController().signal });
  const append = async (given: Partial<LogRecord>): Promise<boolean> => {
    const record = { topic: 'countersign.controls', partition: 0, offset: 7, timestamp: 0, key: null, value: null, headers: {}, ...given };
    let isOver = false;
    void deadLetters.append(record, FAULT).then(() => (isOver = true));
    await time.run(seconds(30));
    return isOver;
  };
  return { append, written, errors, stats, asked: () => asked };
};

describe('a dead letter', () => {
  it('holds key and value of its record, byte for byte', async () => {
    const { append, written, stats } = letters(1_000_000);
    expect(await append({ key: Buffer.from('acme/w'), value: Buffer.from('{}') })).toBe(true);
    expect(written).toEqual([
      {
        key: Buffer.from('acme/w'),
        value: Buffer.from('{}'),
        headers: { 'cs-code': 'SIGNATURE_MISSING', 'cs-message': 'not signed by anybody', 'cs-topic': 'controls', 'cs-partition': '0', 'cs-offset': '7' },
      },
    ]);
    expect(stats).toMatchObject({ deadLetters: 1, deadLettersLost: 0 });
  });

  it.each(['key', 'value'] as const)('tells size and hash of a %s that would not fit', async (part) => {
    const { append, written } = letters(1_000_000);
    expect(await append({ [part]: HUGE })).toBe(true);
    expect(written).toMatchObject([{ key: null, value: null, headers: { 'cs-offset': '7', [`cs-${part}-size`]: '1048476', [`cs-${part}-sha256`]: sha256(HUGE) } }]);
  });

  it('that the broker finds too large all the same tells of the place alone', async () => {
    const { append, written, stats, errors } = letters(400);
    expect(await append({ key: Buffer.alloc(300, 'k'), value: Buffer.alloc(300, 'v') })).toBe(true);
    expect(written).toMatchObject([{ key: null, value: null, headers: { 'cs-code': 'SIGNATURE_MISSING', 'cs-topic': 'controls', 'cs-offset': '7', 'cs-key-size': '300', 'cs-value-size': '300' } }]);
    expect(stats.deadLetters).toBe(1);
    expect(errors).toEqual([]);
  });

  it('that fits in no way is passed over, counted and logged, not tried for ever', async () => {
    const { append, written, stats, errors, asked } = letters(10);
    expect(await append({ key: HUGE })).toBe(true);
    expect(written).toEqual([]);
    expect(asked()).toBe(2);
    expect(stats).toMatchObject({ deadLetters: 0, deadLettersLost: 1 });
    expect(errors).toEqual(['a record is passed over without a dead letter: not even its place fits into the topic']);
  });
});
