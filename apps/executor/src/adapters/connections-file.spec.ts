import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionsFile } from './connections-file.js';

describe('the connections file of an executor that runs', () => {
  let folder: string;
  let file: string;
  let errors: string[];
  let connections: ConnectionsFile;

  /** As programs put a file in place of another. */
  const put = (content: string, mode = 0o600): void => {
    writeFileSync(`${file}.part`, content, { mode });
    renameSync(`${file}.part`, file);
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'connections-file-'));
    file = path.join(folder, 'connections.json');
    errors = [];
    put('{"files":{"command":"one"}}');
    connections = new ConnectionsFile(file, { error: (message) => void errors.push(message) });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has a connection that was added, exchanged or taken away since, from the next call on', () => {
    expect(connections.get('notes')).toBeUndefined();
    put('{"files":{"command":"two"},"notes":{"command":"notes"}}');
    expect([connections.get('files'), connections.get('notes')]).toMatchObject([{ command: 'two' }, { command: 'notes' }]);
    put('{"notes":{"command":"notes"}}');
    expect(connections.get('files')).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it.each([
    ['no JSON', () => put('{"files":')],
    ['open to others', () => put('{"files":{"command":"two"}}', 0o644)],
    ['gone', () => rmSync(file)],
  ])('that is %s leaves what was read before, which the log says once', (_, spoil) => {
    spoil();
    expect(connections.get('files')).toMatchObject({ command: 'one' });
    connections.get('files');
    expect(errors).toHaveLength(1);
    put('{"files":{"command":"three"}}');
    expect(connections.get('files')).toMatchObject({ command: 'three' });
  });

  it('cannot be used from the start where it is not as it must be', () => {
    put('[]');
    expect(() => new ConnectionsFile(file, { error: () => undefined })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
