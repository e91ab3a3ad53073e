import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogWriter, MemoryStore, parseWitnesses } from '@countersign/archive';
import { freeRunning, MemoryProcess } from '@countersign/bus';
import { sha256, systemClock, type CountersignError } from '@countersign/kernel';
import { startWitness, type LocalWitness } from '@countersign/testing/outside';
import { noteSigner, openCheckpoint, type NoteVerifier } from '@countersign/tlog';
import type { Published } from './archived-partition.js';
import { Cosigner } from './cosigner.js';

const PATH = 'countersign/anchor/0';
const signer = noteSigner(`ledger.example/${PATH}`, Buffer.alloc(32, 1));

describe('the ledger and its witnesses', () => {
  let store: MemoryStore;
  let writer: LogWriter;
  let witnesses: readonly [LocalWitness, LocalWitness];
  let cosigner: Cosigner;
  let trouble: (string | undefined)[];
  let forks: [number, string][];
  beforeEach(async () => {
    store = new MemoryStore(systemClock);
    writer = await LogWriter.open({ store, path: PATH, signer });
    witnesses = [await startWitness('one.example', signer), await startWitness('two.example', signer)];
    trouble = [];
    forks = [];
    cosigner = newCosigner();
  });
  afterEach(async () => {
    cosigner.close();
    await Promise.all(witnesses.map((each) => each.close()));
  });

  const newCosigner = (): Cosigner =>
    new Cosigner({
      store,
      path: PATH,
      witnesses: parseWitnesses(witnesses.map(({ address }) => address).join(',')),
      timers: new MemoryProcess('ledger', freeRunning).timers,
      onTrouble: (_witness, fault: CountersignError | undefined) => void trouble.push(fault?.code),
      onForked: ({ checkpoint }, fault) => void forks.push([checkpoint.size, fault.code]),
    });

  const publish = async (size: number, word = 'entry'): Promise<Published> => {
    while (writer.size < size) writer.append(Buffer.from(`${word} ${writer.size}`));
    const signed = await writer.publish();
    if (!signed) throw new Error('nothing was published');
    return { topic: 'anchor', partition: 0, epoch: 0, ...signed, last: { offset: size - 1, sha256: sha256('') }, cosign: (note) => writer.cosign(signed.checkpoint, note) };
  };
  /** The size of the checkpoint that is in place, and who has cosigned it. */
  const inPlace = async (): Promise<readonly [number, readonly string[]]> => {
    const verifiers: readonly NoteVerifier[] = witnesses.map(({ verifier }) => verifier);
    const opened = openCheckpoint((await store.get(`${PATH}/checkpoint`)) ?? Buffer.alloc(0), { origin: signer.name, logKeys: [signer], witnesses: verifiers });
    return [opened.size, opened.witnesses.map(({ name }) => name)];
  };

  it('each checkpoint is cosigned by all of them, and put in its place with what all have said', async () => {
    for (const size of [1, 256, 300]) {
      cosigner.ask(await publish(size));
      await expect.poll(inPlace).toEqual([size, ['one.example', 'two.example']]);
    }
    expect(trouble).toEqual([]);
  });

  it('one that is away keeps no other one from cosigning, and cosigns the newest when it is back', async () => {
    witnesses[0].instead = () => ({ status: 503, body: '' });
    cosigner.ask(await publish(3));
    await expect.poll(inPlace).toEqual([3, ['two.example']]);
    cosigner.ask(await publish(5));
    await expect.poll(inPlace).toEqual([5, ['two.example']]);
    witnesses[0].instead = undefined;
    await expect.poll(inPlace, { timeout: 5_000 }).toEqual([5, ['one.example', 'two.example']]);
    expect(witnesses[0].asked).toEqual(['0 -> 5']);
    expect(trouble).toEqual(['WITNESS_UNREACHABLE', undefined]);
  });

  it('one that refuses is asked again with the next checkpoint', async () => {
    witnesses[0].instead = () => ({ status: 404, body: '' });
    cosigner.ask(await publish(3));
    await expect.poll(() => trouble).toEqual(['WITNESS_REFUSED']);
    witnesses[0].instead = undefined;
    cosigner.ask(await publish(4));
    await expect.poll(inPlace).toEqual([4, ['one.example', 'two.example']]);
  });

  it('after a start only those are asked that have not cosigned the checkpoint that is there', async () => {
    witnesses[0].instead = () => ({ status: 404, body: '' });
    cosigner.ask(await publish(3));
    await expect.poll(inPlace).toEqual([3, ['two.example']]);
    cosigner.close();
    witnesses[0].instead = undefined;
    cosigner = newCosigner();
    const { found } = await LogWriter.open({ store, path: PATH, signer });
    if (!found) throw new Error('there is no checkpoint');
    cosigner.ask({ topic: 'anchor', partition: 0, epoch: 0, ...found, last: { offset: 2, sha256: sha256('') }, cosign: (note) => writer.cosign(found.checkpoint, note) });
    await expect.poll(inPlace).toEqual([3, ['one.example', 'two.example']]);
    expect(witnesses[1].asked).toEqual(['0 -> 3']);
  });

  it('an archive that is behind what was cosigned is told, and cosigned once it has caught up', async () => {
    cosigner.ask(await publish(5));
    await expect.poll(inPlace).toEqual([5, ['one.example', 'two.example']]);
    cosigner.close();
    store = new MemoryStore(systemClock);
    writer = await LogWriter.open({ store, path: PATH, signer });
    cosigner = newCosigner();
    cosigner.ask(await publish(3));
    await expect.poll(() => trouble).toEqual(['WITNESS_REFUSED', 'WITNESS_REFUSED']);
    expect(await inPlace()).toEqual([3, []]);
    cosigner.ask(await publish(6));
    await expect.poll(inPlace).toEqual([6, ['one.example', 'two.example']]);
    expect(trouble.slice(2)).toEqual([undefined, undefined]);
  });

  it('another history than the one that was cosigned is told once, gets no cosignature, and holds nothing up', async () => {
    cosigner.ask(await publish(3));
    await expect.poll(inPlace).toEqual([3, ['one.example', 'two.example']]);
    cosigner.close();
    store = new MemoryStore(systemClock);
    writer = await LogWriter.open({ store, path: PATH, signer });
    cosigner = newCosigner();
    cosigner.ask(await publish(4, 'another'));
    await expect.poll(() => forks).toEqual([[4, 'ARCHIVE_FORKED'], [4, 'ARCHIVE_FORKED']]);
    cosigner.ask(await publish(5, 'another'));
    expect(await inPlace()).toEqual([5, []]);
    expect(forks).toHaveLength(2);
    expect(witnesses[0].asked).toEqual(['0 -> 3', '0 -> 4', '3 -> 4']);
  });
});
