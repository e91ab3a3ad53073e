import { beforeEach, describe, expect, it } from 'vitest';
import { logSigner, MemoryStore, readPart, type ArchiveKey } from '@countersign/archive';
import { systemClock } from '@countersign/kernel';
import { decodeBundle, decodeNote, encodeReceipt, leafHash, noteSigner, parseCheckpoint, proveInclusion, signCheckpoint } from '@countersign/tlog';
import { ANCHOR, ANCHOR_PATH, AnchoredArchive, KEY, NAMESPACE } from './anchored.fixture.js';
import { auditArchive } from './audit-archive.js';
import { Prover, verifyProof } from './prove.js';
import { placeOfAnchor, readAnchor } from './read-anchor.js';

const TRUST = { anchor: ANCHOR };

/** What shows an entry of the anchor. */
const proofOfAnchorEntry = async (store: MemoryStore, index: number) => {
  const note = (await store.get(`${ANCHOR_PATH}/checkpoint`)) ?? Buffer.alloc(0);
  const { size } = parseCheckpoint(decodeNote(note).text);
  const read = readPart(store, ANCHOR_PATH);
  const entry = decodeBundle(await read({ level: 'entries', index: 0, width: size }), size)[index] ?? Buffer.alloc(0);
  return { entry, receipt: encodeReceipt({ index, path: await proveInclusion({ size, read }, index), checkpoint: note }) };
};

describe('what the anchor tells of a log', () => {
  let store: MemoryStore;
  let archive: AnchoredArchive;
  beforeEach(async () => {
    store = new MemoryStore(systemClock);
    archive = await AnchoredArchive.open(store);
  });

  it('has a place in the anchor, with which entries are proven', async () => {
    for (const records of [3, 7]) await archive.writeTo(records);
    const anchor = await readAnchor(store, TRUST);
    expect(anchor.logs[0]).toMatchObject({ topic: 'tasks', heads: [{ size: 3 }, { size: 7 }], newest: { size: 7, anchorIndex: 1 } });
    const proof = await (await Prover.open(store, anchor, TRUST)).prove('tasks/0', 5);
    expect(verifyProof(proof, TRUST)).toMatchObject({ topic: 'tasks', index: 5, offset: 5 });
  });

  it('is one key: a second one is told by its own code, whoever has taken the secret of it', async () => {
    await archive.writeTo(3);
    await archive.tell(2, { ...KEY, secret: Buffer.alloc(32, 6) });
    const { faults } = await auditArchive({ store, trust: TRUST, partitions: 1 });
    expect(faults).toMatchObject([{ log: 'anchor/0', code: 'key.changed', entry: 1, message: expect.stringMatching(/the key of `countersign\/tasks\/0` is \w+ from here on, and was \w+/) as string }]);
  });

  it('is one root of each size: a second one is told, whichever comes first', async () => {
    await archive.writeTo(3);
    await archive.writeTo(7);
    await archive.tell(3, KEY);
    const { faults } = await auditArchive({ store, trust: TRUST, partitions: 1 });
    expect(faults[0]).toMatchObject({ log: 'anchor/0', code: 'history.rewritten', entry: 2, message: expect.stringContaining('two roots of size 3') as string });
  });

  it('of another archive proves nothing of this one', async () => {
    const other: ArchiveKey = { origin: 'before.example', secret: Buffer.alloc(32, 6) };
    const entry = Buffer.from('a record that nobody wrote');
    await archive.tell(1, other, leafHash(entry));
    await archive.writeTo(3);
    const proof = await (await Prover.open(store, await readAnchor(store, TRUST), TRUST)).prove('tasks/0', 0);
    const signer = logSigner(other, `${NAMESPACE}/tasks/0`);
    const checkpoint = signCheckpoint({ origin: signer.name, size: 1, root: leafHash(entry) }, signer);
    const told = await proofOfAnchorEntry(store, 0);
    expect(() => verifyProof({ record: { entry, receipt: encodeReceipt({ index: 0, path: [], checkpoint }) }, anchor: told }, TRUST)).toThrow('`before.example/countersign/tasks/0` is no log of this archive');
    expect(verifyProof(proof, TRUST)).toMatchObject({ topic: 'tasks', index: 0 });
  });

  it('is of this archive alone: what an archive before it has told on the same topics is passed over', async () => {
    await archive.tell(9, { origin: 'before.example', secret: Buffer.alloc(32, 6) });
    await archive.writeTo(3);
    await archive.tell(12, { origin: 'before.example', secret: Buffer.alloc(32, 6) });
    const { faults, logs } = await auditArchive({ store, trust: TRUST, partitions: 1 });
    expect({ faults, logs }).toMatchObject({ faults: [], logs: [{ topic: 'tasks', entries: 3, anchored: 1, unanchored: 0 }, { topic: 'anchor', entries: 3 }] });
  });
});

describe('the key of an anchor', () => {
  it('says whose archive it is', () => {
    expect(placeOfAnchor(ANCHOR)).toEqual({ origin: 'ledger.example', namespace: 'countersign' });
  });

  it.each(['one.example', 'ledger.example/countersign/tasks/0', 'ledger.example/countersign/anchor/1', 'ledger.example//anchor/0'])('is not the key of `%s`', async (name) => {
    const invalid = { code: 'KEY_INVALID' };
    await expect(readAnchor(new MemoryStore(systemClock), { anchor: noteSigner(name, Buffer.alloc(32, 1)) })).rejects.toMatchObject(invalid);
  });
});
