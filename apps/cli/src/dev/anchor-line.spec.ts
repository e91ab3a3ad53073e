import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anchorLines } from './anchor-line.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'countersign-anchor-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('the key of the archive of a local stack', () => {
  it('is told as `ledger verify --anchor` takes it', () => {
    writeFileSync(join(folder, 'client.json'), JSON.stringify({ schema: 1, archive: { url: 'file:///archive', anchor: 'local/cs/anchor/0+abcd+AQID' } }));
    expect(anchorLines(folder)).toEqual(["  key of the archive's anchor, for everybody: local/cs/anchor/0+abcd+AQID"]);
  });

  it('is not told where no stack has been', () => expect(anchorLines(folder)).toEqual([]));
});
