import { CountersignError } from '@countersign/kernel';
import { describe, expect, it } from 'vitest';
import { createLogger, type Logger, type LogLevel } from './logger.js';

const CARD = '4111111111111111';

const recorded = (level: LogLevel = 'info'): { readonly log: Logger; readonly lines: string[] } => {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ service: 'policy', instance: 'policy-1', namespace: 'countersign', level, to }) };
};

const logged = (...[message, fields]: Parameters<Logger['info']>): Record<string, unknown> => {
  const { log, lines } = recorded();
  log.info(message, fields);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
};

const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (fault) {
    return fault;
  }
};

describe('a log line', () => {
  it('is one JSON object with the place of the process and the fields', () => {
    const { time, ...line } = logged('a partition is owned', { topic: 'decisions', partition: 3, epoch: 17 });
    expect(line).toEqual({ level: 'info', service: 'policy', instance: 'policy-1', namespace: 'countersign', topic: 'decisions', partition: 3, epoch: 17, msg: 'a partition is owned' });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('carries what its logger was made for', () => {
    const { log, lines } = recorded();
    log.child({ run: 'run-1' }).child({ step: 'refund' }).warn('the tool is slow', { ms: 12 });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', run: 'run-1', step: 'refund', ms: 12 });
  });

  it('is not written below the level', () => {
    const { log, lines } = recorded('warn');
    log.info('not this');
    log.error('this');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['this']);
  });

  it('never carries an argument, even where a wide type lets one through', () => {
    const action: Record<string, unknown> = { run: 'run-1', args: { card: CARD }, result: [CARD], [CARD.repeat(3)]: 1, run_id: CARD };
    const { log, lines } = recorded();
    log.child(action).error('a call failed', action);
    expect(lines.join('')).not.toContain(CARD.repeat(2));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ run: 'run-1', dropped: ['args', 'result', CARD.repeat(2).slice(0, 30), 'run_id'] });
    expect((JSON.parse(lines[0] ?? '') as { args?: unknown }).args).toBe(undefined);
  });

  it('drops a value of the wrong kind under a known name', () => {
    const wide: Record<string, unknown> = { run: { card: CARD }, count: '12', ms: Number.NaN, tool: undefined };
    expect(logged('odd fields', wide)).toMatchObject({ dropped: ['run', 'count', 'ms'] });
  });

  it.each([
    ['https://user:secret@api.example.com:8443/v1/charges?token=secret#x', 'https://api.example.com:8443/v1/charges'],
    ['secret', '[no url]'],
  ])('says of the address %s only %s', (url, expected) => {
    expect(logged('called', { url })['url']).toBe(expected);
  });

  it('writes several names as one text', () => {
    expect(logged('not handled', { types: ['run.started', 'run.closed'] })['types']).toBe('run.started run.closed');
  });

  it('cuts a text that is longer than any id', () => {
    expect(String(logged('long', { reason: 'x'.repeat(10_000) })['reason'])).toHaveLength(500);
  });
});

describe('an error in a log line', () => {
  it('has its code, message, frames and causes', () => {
    const cause = new TypeError('fetch failed');
    const err = new CountersignError('TOOL_TIMEOUT', 'tool `payments.refund` gave no answer in 5s', { cause });
    expect(logged('a call failed', { err })['err']).toMatchObject({
      name: 'CountersignError',
      code: 'TOOL_TIMEOUT',
      message: 'tool `payments.refund` gave no answer in 5s',
      stack: expect.arrayContaining([expect.stringContaining('logger.spec.ts')]) as unknown,
      cause: { name: 'TypeError', message: 'fetch failed' },
    });
  });

  it('does not repeat the JSON that could not be parsed', () => {
    const err = thrown(() => JSON.parse(`card: ${CARD}`) as unknown);
    expect(String(err)).toContain('4111');
    expect(JSON.stringify(logged('no JSON', { err }))).not.toContain('4111');
  });

  it('does not carry what somebody hung on it', () => {
    const err = Object.assign(new Error('duplicate key'), { code: '23505', detail: `Key (card)=(${CARD}) already exists.`, parameters: [CARD] });
    const line = JSON.stringify(logged('the database refused', { err }));
    expect(line).toContain('23505');
    expect(line).not.toContain(CARD);
  });

  it('does not carry a thrown thing that is no error', () => {
    expect(logged('odd', { err: { card: CARD } })['err']).toEqual({ name: 'object', message: 'thrown, and no error' });
  });

  it('ends when causes go in a circle', () => {
    const err = new Error('round');
    err.cause = err;
    expect(JSON.stringify(logged('odd', { err })).length).toBeLessThan(10_000);
  });
});
