import { describe, expect, it } from 'vitest';
import type { Checked } from '@countersign/audit';
import type { LogRecord, ReaderState } from '@countersign/bus/client';
import { FILLING, type ProjectionBatch } from '@countersign/read-model';
import { ArchiveFilling } from './archive-filling.js';

const TASKS = { topic: 'tasks', partition: 0 };
const INBOX = { topic: 'inbox.acme', partition: 1 };
const PLACES = [TASKS, INBOX, { topic: 'controls', partition: 0 }];
const READER: ReaderState = { epoch: 3, floor: 3, seq: 2, key: undefined };

const record = (offset: number): LogRecord => ({ topic: 'countersign.any', partition: 0, offset, timestamp: 0, key: null, value: Buffer.from('{}'), headers: {} });
const bad = (offset: number): Checked => ({ kind: 'bad', topic: 'tasks', record: record(offset), code: 'SIGNATURE_MISSING', message: 'none' });
const foreign = (offset: number): Checked => ({ kind: 'foreign', topic: 'inbox.acme', record: record(offset) });
const claim = (offset: number): Checked => ({ kind: 'passed', topic: 'tasks', record: record(offset) });

const given = () => {
  const batches: ProjectionBatch[] = [];
  const filling = new ArchiveFilling({ project: (taken) => Promise.resolve(void batches.push(...taken)) }, PLACES);
  return { filling, batches };
};

describe('filling a read model from an archive', () => {
  it('has nobody read on before a log is done, and begins what the archive has nothing of', () => {
    expect(given().filling.begins([TASKS])).toEqual([
      { ...TASKS, nextOffset: 0, reader: FILLING },
      { ...INBOX, nextOffset: 0, reader: '' },
      { topic: 'controls', partition: 0, nextOffset: 0, reader: '' },
    ]);
  });

  it('leaves behind each log what its reader has to know, and how far it came, records that are none of the model included', async () => {
    const { filling, batches } = given();
    await filling.take(TASKS, bad(0), { ...READER, seq: 1 });
    await filling.take(TASKS, claim(1), READER);
    await filling.take({ topic: 'ledger', partition: 0 }, bad(0), READER);
    await filling.take(INBOX, foreign(4), undefined);
    await filling.end();
    expect(batches).toMatchObject([
      { ...TASKS, from: 0, next: 2, reader: '{"e":3,"s":2}', rejected: [{ offset: 0, code: 'SIGNATURE_MISSING' }], records: [] },
      { ...INBOX, from: 0, next: 5, reader: '', records: [{ offset: 4 }], rejected: [] },
    ]);
    expect(filling.records).toBe(3);
  });

  it('goes in in pieces, and no piece but the last says that a reader may go on', async () => {
    const { filling, batches } = given();
    for (let offset = 0; offset < 4_500; offset += 1) await filling.take(TASKS, bad(offset), READER);
    await filling.end();
    expect(batches.map(({ from, next, reader }) => [from, next, reader])).toEqual([[0, 2_000, FILLING], [2_000, 4_000, FILLING], [4_000, 4_500, '{"e":3,"s":2}']]);
  });
});
