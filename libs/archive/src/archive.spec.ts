import { describe, expect, it } from 'vitest';
import { days, systemClock, type Instant } from '@countersign/kernel';
import { ArchiveWriter, decodeArchiveKey, encodeArchiveKey, initArchive, newArchiveKey, readDescription, type NewArchive } from './archive.js';
import { LogWriter } from './log-writer.js';
import { MemoryStore } from './memory-store.js';

const NOW = 1_800_000_000_000 as Instant;
const clock = { now: () => NOW };
const key = newArchiveKey('ledger.example');
const given: NewArchive = { key, namespace: 'countersign', partitions: 4, lock: { mode: 'GOVERNANCE', days: 400 } };
const begun = async (): Promise<MemoryStore> => {
  const store = new MemoryStore(systemClock);
  await initArchive(store, given);
  return store;
};

describe('an archive', () => {
  it('is begun once, and found by whoever says the same', async () => {
    const store = await begun();
    expect(await initArchive(store, given)).toEqual(await readDescription(store, 'countersign'));
    for (const other of [{ ...given, key: newArchiveKey('ledger.example') }, { ...given, partitions: 8 }, { ...given, lock: null }]) {
      await expect(initArchive(store, other)).rejects.toMatchObject({ code: 'ARCHIVE_FORKED' });
    }
  });

  it('is written by nobody who has another key, or where none was begun', async () => {
    await expect(ArchiveWriter.open(await begun(), 'countersign', newArchiveKey('ledger.example'), clock)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('another key') as string });
    await expect(ArchiveWriter.open(await begun(), 'elsewhere', key, clock)).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: 'countersign ledger init' });
  });

  it('whose log has the checkpoint of another one, or of a key that is no more, is not written on', async () => {
    const store = await begun();
    const writer = await ArchiveWriter.open(store, 'countersign', key, clock);
    const one = await LogWriter.open(writer.log('tasks', 0));
    one.append(Buffer.from('x'));
    await one.publish();
    store.tamper('countersign/tasks/1/checkpoint', (await store.get('countersign/tasks/0/checkpoint')) ?? Buffer.alloc(0));
    await expect(LogWriter.open(writer.log('tasks', 1))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    const retired = newArchiveKey('ledger.example');
    const old = new MemoryStore(systemClock);
    await initArchive(old, { ...given, key: retired });
    const before = await LogWriter.open((await ArchiveWriter.open(old, 'countersign', retired, clock)).log('tasks', 2));
    before.append(Buffer.from('x'));
    await before.publish();
    store.tamper('countersign/tasks/2/checkpoint', (await old.get('countersign/tasks/2/checkpoint')) ?? Buffer.alloc(0));
    await expect(LogWriter.open(writer.log('tasks', 2))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  it('has another key for each log, and locks what is whole for longer than what is partial', async () => {
    const writer = await ArchiveWriter.open(await begun(), 'countersign', key, clock);
    const { lockOf, signer } = writer.log('tasks', 0);
    expect(lockOf?.('whole')).toEqual({ mode: 'GOVERNANCE', until: NOW + days(400) });
    expect(lockOf?.('partial')).toEqual({ mode: 'GOVERNANCE', until: NOW + days(30) });
    expect(signer.name).toBe('ledger.example/countersign/tasks/0');
    expect(new Set([signer, writer.log('tasks', 1).signer, writer.log('anchor', 0).signer].map(({ keyId }) => keyId)).size).toBe(3);
    expect(writer.description.anchor).toContain(`+${writer.log('anchor', 0).signer.keyId}+`);
  });

  it('has a key that is read as it was written, and nothing else', () => {
    expect(decodeArchiveKey(encodeArchiveKey(key))).toEqual(key);
    for (const text of ['', '{}', '{"origin":"a","secret":7}', JSON.stringify({ origin: 'a', secret: 'AAAA' })]) expect(() => decodeArchiveKey(text)).toThrow(/key|secret/);
    expect(() => newArchiveKey('no host/name')).toThrow('no origin');
  });
});
