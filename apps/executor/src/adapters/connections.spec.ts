import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConnections } from './connections.js';

const folder = mkdtempSync(path.join(tmpdir(), 'connections-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string, mode = 0o600): string => {
  const target = path.join(folder, name);
  writeFileSync(target, content, { mode });
  return target;
};

describe('the connections file', () => {
  it('gives the place and the token of each outside system', () => {
    const connections = readConnections(file('good.json', '{"payments":{"url":"http://127.0.0.1:1/","token":"t"},"open":{"url":"http://127.0.0.1:2/"}}'));
    expect([...connections.keys()]).toEqual(['payments', 'open']);
    expect(connections.get('payments')).toEqual({ url: new URL('http://127.0.0.1:1/'), token: 't' });
  });

  it.each([
    ['others may read it', file('open.json', '{}', 0o644), /others may read it/],
    ['it is not there', path.join(folder, 'none.json'), /cannot be used/],
    ['it is no JSON', file('text.json', 'payments'), /cannot be used/],
    ['an entry has no url', file('bare.json', '{"payments":{"token":"t"}}'), /no `url` for `payments`/],
  ])('is refused where %s, and its tokens are never in the message', (_, target, message) => {
    expect(() => readConnections(target)).toThrow(message);
    expect(() => readConnections(target)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
