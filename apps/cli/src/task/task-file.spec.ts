import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextIn } from '../spec-support/context.spec-support.js';
import { readTaskFile, tenantOf } from './task-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-task-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (content: string, name = 'task.json') => {
  if (name !== '-') writeFileSync(join(folder, name), content);
  return readTaskFile(contextIn(folder, { stdin: content }).context, name);
};

describe('a task file', () => {
  it('goes as it is, with the time of now where it states none', async () => {
    const task = await read('{"specversion":"1.0","id":"HD-1","source":"/helpdesk","type":"refund.requested","workflow":"refund-desk","priority":"high","data":{}}');
    expect(task.event).toEqual({ specversion: '1.0', id: 'HD-1', source: '/helpdesk', type: 'refund.requested', workflow: 'refund-desk', priority: 'high', data: {}, time: '2026-01-02T03:04:05.000Z' });
    expect(task).toMatchObject({ id: 'HD-1', source: '/helpdesk', workflow: 'refund-desk', filledIn: ['time'] });
  });

  it('keeps its own time', async () => {
    expect((await read('{"id":"HD-1","time":"2026-01-01T00:00:00Z"}')).event['time']).toBe('2026-01-01T00:00:00Z');
  });

  it('without an id gets one, and that is told', async () => {
    const task = await read('{"source":"/helpdesk"}');
    expect(task.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(task.filledIn).toEqual(['id', 'time']);
  });

  it('is not judged: that is the gateway\'s', async () => {
    expect((await read('{"id":7,"data":[]}')).event).toMatchObject({ id: 7, data: [] });
  });

  it('comes from standard input as `-`', async () => {
    expect((await read('{"id":"HD-2","source":"/x"}', '-')).id).toBe('HD-2');
  });

  it.each([
    ['{"id":', 'JSON_INVALID'],
    ['[1]', 'JSON_INVALID'],
    ['{"data":{"amount":9007199254740993}}', 'JSON_INVALID'],
  ])('%s is refused', async (content, code) => {
    await expect(read(content)).rejects.toMatchObject({ code });
  });

  it('that is not there is named', async () => {
    await expect(readTaskFile(contextIn(folder).context, 'missing.json')).rejects.toThrow('the file `missing.json` cannot be read');
  });
});

describe('the tenant of a task', () => {
  it('is the only one, or the one that is named', () => {
    expect(tenantOf(undefined, ['acme'])).toBe('acme');
    expect(tenantOf('globex', ['acme', 'globex'])).toBe('globex');
  });

  it('has to be named where there are several, and has to exist', () => {
    expect(() => tenantOf(undefined, ['acme', 'globex'])).toThrow(expect.objectContaining({ code: 'USAGE', hint: '`--tenant` with one of acme, globex' }) as Error);
    expect(() => tenantOf('initech', ['acme'])).toThrow('there is no tenant `initech`');
    expect(() => tenantOf('acm', ['acme', 'globex'])).toThrow(expect.objectContaining({ code: 'USAGE', hint: 'did you mean `acme`?' }) as Error);
  });
});
