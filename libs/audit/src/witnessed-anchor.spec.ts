import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '@countersign/archive';
import { systemClock } from '@countersign/kernel';
import { decodeNote, noteSigner, signatureOf, type Signature } from '@countersign/tlog';
import { ANCHOR, ANCHOR_PATH, AnchoredArchive } from './anchored.fixture.js';
import { auditArchive } from './audit-archive.js';
import { isWitnessed, readAnchor } from './read-anchor.js';

const witness = noteSigner('one.example', Buffer.alloc(32, 1), 'cosignature');
const other = noteSigner('two.example', Buffer.alloc(32, 2), 'cosignature');
const asking = (quorum: number) => ({ anchor: ANCHOR, witnesses: [witness, other], quorum });

describe('a verifier that asks for witnesses', () => {
  let store: MemoryStore;
  let archive: AnchoredArchive;
  beforeEach(async () => {
    store = new MemoryStore(systemClock);
    archive = await AnchoredArchive.open(store);
  });

  /** Writes on, and has these cosign it. */
  const write = async (records: number, ...by: readonly (typeof witness)[]): Promise<void> => {
    const signed = await archive.writeTo(records);
    const signatures: readonly Signature[] = by.map((each) => signatureOf(each, decodeNote(signed.note).text, 1_790_000_000));
    if (signatures.length > 0) await archive.cosign(signed, signatures);
  };

  /** What stands in the place of the anchor's checkpoint when it is read for the first time. */
  const showOnce = (pointer: Awaited<ReturnType<MemoryStore['get']>>): void => {
    const get = store.get.bind(store);
    let isFirst = true;
    store.get = (path) => {
      if (!isFirst || path !== `${ANCHOR_PATH}/checkpoint`) return get(path);
      isFirst = false;
      return Promise.resolve(pointer);
    };
  };

  it('takes an anchor that as many have cosigned as it asks for, and says who', async () => {
    await write(300, witness);
    expect(await auditArchive({ store, trust: asking(1), partitions: 1 })).toMatchObject({ anchor: { size: 1, witnesses: ['one.example'] }, events: 301, faults: [] });
    expect(await isWitnessed(store, asking(1))).toBe(true);
  });

  it('refuses one with fewer, with none, and one that is not there', async () => {
    await expect(readAnchor(store, asking(1))).rejects.toMatchObject({ code: 'signature.missing' });
    await write(3);
    await expect(readAnchor(store, asking(1))).rejects.toThrow('0 of 1 witnesses have cosigned');
    expect(await isWitnessed(store, asking(1))).toBe(false);
    await write(4, witness);
    await expect(readAnchor(store, asking(2))).rejects.toThrow('1 of 2 witnesses have cosigned');
    expect(await isWitnessed(store, asking(2))).toBe(false);
    expect((await readAnchor(store, asking(0))).faults).toEqual([]);
  });

  it('takes nothing of the anchor that came behind the checkpoint with the quorum', async () => {
    await write(3, witness);
    const pointer = await store.get(`${ANCHOR_PATH}/checkpoint`);
    await write(5);
    // The archive is written on between one read and the next.
    showOnce(pointer);
    const { size, logs, faults } = await readAnchor(store, asking(1));
    expect({ size, heads: logs[0]?.heads.map((head) => head.size), faults }).toEqual({ size: 1, heads: [3], faults: [] });
  });

  it('refuses another history that is signed with the right key, also with the cosignatures of the first one', async () => {
    await write(300, witness, other);
    const cosigned = (await store.get(`${ANCHOR_PATH}/checkpoint`)) ?? Buffer.alloc(0);
    store = new MemoryStore(systemClock);
    archive = await AnchoredArchive.open(store, 'forged');
    const forged = await archive.writeTo(300);
    expect((await auditArchive({ store, trust: asking(0), partitions: 1 })).faults).toEqual([]);
    await expect(readAnchor(store, asking(1))).rejects.toMatchObject({ code: 'signature.missing' });
    await archive.cosign(forged, decodeNote(cosigned).signatures.slice(1));
    await expect(readAnchor(store, asking(1))).rejects.toMatchObject({ code: 'signature.invalid' });
    showOnce(cosigned);
    expect((await readAnchor(store, asking(1))).faults).toMatchObject([{ code: 'history.rewritten' }]);
    store.tamper(`${ANCHOR_PATH}/checkpoint`, cosigned);
    expect((await readAnchor(store, asking(1))).faults).toMatchObject([{ code: 'history.rewritten' }]);
  });
});
