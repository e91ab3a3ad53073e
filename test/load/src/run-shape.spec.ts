import { describe, expect, it } from 'vitest';
import type { LogRecord } from '@countersign/bus';
import { followers } from './relay-protocol.js';
import { readRelayValue, relayValue } from './relay-record.js';
import { runShape } from './run-shape.js';

const HASH = 'a'.repeat(64);

const record = (topic: string, offset: number, event: object, ballast = 0): LogRecord => ({
  topic: `ns.${topic}`,
  partition: 1,
  offset,
  timestamp: 0,
  key: null,
  value: Buffer.from(JSON.stringify({ ...event, ballast: 'x'.repeat(ballast) })),
  headers: { h: Buffer.from('12') },
});

const run = (name: string, at: number, ballast: number): LogRecord[] => [
  record('tasks', at, { id: `t${name}`, type: 'submitted', run: name, causes: `x@inbox.acme/0/${at}#${HASH}` }, ballast),
  record('proposals', 2 * at, { id: `s${name}`, type: 'started', run: name, causes: `t${name}@tasks/${at}#${HASH}` }),
  record('proposals', 2 * at + 1, { id: `p${name}`, type: 'proposed', run: name, causes: `t${name}@tasks/${at}#${HASH}` }),
  record('executions', 2 * at, { id: `a${name}`, type: 'attempt', run: name, causes: `p${name}@proposals/${2 * at + 1}#${HASH}` }),
  record('executions', 2 * at + 1, { id: `v${name}`, type: 'verified', run: name, causes: `a${name}@executions/${2 * at}#${HASH}` }),
  record('outcomes.acme', at, { id: `f${name}`, type: 'finished', run: name, causes: `v${name}@executions/${2 * at + 1}#${HASH}` }),
];

const INBOX = [record('inbox.acme', 0, { id: 'x' }), record('inbox.acme', 1, { id: 'y' })];

describe('the shape of a run', () => {
  const shape = runShape('ns', INBOX, [...run('one', 0, 0), record('executions', 99, { type: 'claim', id: 'c' }), ...run('two', 7, 10)].toReversed());

  it('is a list in which each record stands behind the one it follows from', () => {
    expect(shape.map(({ type, after }) => [type, after])).toEqual([
      ['task', undefined],
      ['submitted', 0],
      ['proposed', 1],
      ['verified', 2],
      ['finished', 3],
      ['attempt', 2],
      ['started', 1],
    ]);
  });

  it('takes what a service writes behind its own events as its answer to what it read', () => {
    expect(shape.find(({ type }) => type === 'verified')?.after).toBe(2);
  });

  it('has mean sizes of key, value and headers', () => {
    const bare = Buffer.byteLength(JSON.stringify({ id: 'tone', type: 'submitted', run: 'one', causes: `x@inbox.acme/0/0#${HASH}`, ballast: '' })) + 3;
    expect(shape[1]?.bytes).toBe(bare + 5);
  });

  it('leaves out a run that went another way', () => {
    expect(runShape('ns', INBOX, [...run('one', 0, 0), ...run('two', 7, 0), ...run('three', 9, 0).slice(0, 5)]).length).toBe(7);
  });

  it('is refused where no run was', () => {
    expect(() => runShape('ns', INBOX, [])).toThrow('no run was found');
  });

  it('tells the relay what to write when it reads', () => {
    expect(followers(shape)).toEqual([[1], [2, 6], [3, 5], [4], [], [], []]);
  });
});

describe('a record of the relay', () => {
  it('names its run and its place, and is as large as ours', () => {
    const value = relayValue(70_000, 9, 512);
    expect(value.length).toBe(512);
    expect(readRelayValue(value)).toEqual({ run: 70_000, hop: 9 });
  });
});
