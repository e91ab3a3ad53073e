import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '@countersign/kernel';
import { startWitness, type LocalWitness } from '@countersign/testing/outside';
import { decodeNote, encodeVerifier, noteSigner, openCheckpoint, signNote, withSignatures } from '@countersign/tlog';
import { LogWriter, readPart } from './log-writer.js';
import { MemoryStore } from './memory-store.js';
import { verifyLog } from './verify-log.js';
import type { SignedCheckpoint } from './stored-checkpoint.js';
import { askWitness, parseWitnesses, type WitnessAnswer } from './witness.js';

const PATH = 'countersign/anchor/0';
const signer = noteSigner(`ledger.example/${PATH}`, Buffer.alloc(32, 1));
const trust = { origin: signer.name, logKeys: [signer] };

describe('a witness', () => {
  let store: MemoryStore;
  let writer: LogWriter;
  let witness: LocalWitness;
  beforeEach(async () => {
    store = new MemoryStore(systemClock);
    writer = await LogWriter.open({ store, path: PATH, signer });
    witness = await startWitness('witness.example', signer);
  });
  afterEach(() => witness.close());

  const publishTo = async (size: number, word = 'entry', log = writer): Promise<SignedCheckpoint> => {
    while (log.size < size) log.append(Buffer.from(`${word} ${log.size}`));
    const signed = await log.publish();
    if (!signed) throw new Error('nothing was published');
    return signed;
  };
  const ask = (signed: SignedCheckpoint, more: Parameters<typeof askWitness>[3] = {}, of = store): Promise<WitnessAnswer> => askWitness(witness, signed, { size: signed.checkpoint.size, read: readPart(of, PATH) }, more);
  const cosigned = async (signed: SignedCheckpoint, more: Parameters<typeof askWitness>[3] = {}): Promise<Buffer> => {
    const answer = await ask(signed, more);
    if (answer.kind !== 'cosigned') throw new Error('it is ahead');
    return withSignatures(decodeNote(signed.note), [answer.signature]);
  };

  it('cosigns one checkpoint after the other, each with the proof that it goes on from the one before', async () => {
    const sizes = [1, 3, 255, 256, 257, 700];
    for (const [at, size] of sizes.entries()) {
      const note = await cosigned(await publishTo(size), { known: sizes[at - 1] ?? 0 });
      expect(openCheckpoint(note, { ...trust, witnesses: [witness.verifier], quorum: 1 }).size).toBe(size);
    }
    expect(witness.asked).toEqual(['0 -> 1', '1 -> 3', '3 -> 255', '255 -> 256', '256 -> 257', '257 -> 700']);
  });

  it('is asked again from the size that it knows, and for the same checkpoint twice', async () => {
    await cosigned(await publishTo(300));
    const signed = await publishTo(301);
    await cosigned(signed);
    await cosigned(signed, { known: 301 });
    expect(witness.asked).toEqual(['0 -> 300', '0 -> 301', '300 -> 301', '301 -> 301']);
  });

  it('that has cosigned more is ahead', async () => {
    const old = await publishTo(3);
    await cosigned(await publishTo(9));
    expect(await ask(old)).toEqual({ kind: 'ahead', size: 9 });
  });

  it('cosigns no other history, longer or of the same size, and this is told as a fork', async () => {
    await cosigned(await publishTo(300));
    for (const size of [300, 400]) {
      const other = new MemoryStore(systemClock);
      const forked = await publishTo(size, 'another', await LogWriter.open({ store: other, path: PATH, signer }));
      await expect(ask(forked, {}, other)).rejects.toMatchObject({ code: 'ARCHIVE_FORKED', retry: 'never' });
    }
  });

  it.each([
    [{ status: 500, body: '' }, 'WITNESS_UNREACHABLE', 'later'],
    [{ status: 429, body: '' }, 'WITNESS_UNREACHABLE', 'later'],
    [{ status: 200, body: 'x'.repeat(20_000) }, 'WITNESS_UNREACHABLE', 'later'],
    [{ status: 404, body: '' }, 'WITNESS_REFUSED', 'never'],
    [{ status: 403, body: '' }, 'WITNESS_REFUSED', 'never'],
    [{ status: 400, body: '' }, 'WITNESS_REFUSED', 'never'],
    [{ status: 200, body: 'no signature\n' }, 'WITNESS_REFUSED', 'never'],
    [{ status: 409, body: '12\n' }, 'WITNESS_REFUSED', 'never'],
    [{ status: 409, body: '1e3\n', type: 'text/x.tlog.size' }, 'WITNESS_REFUSED', 'never'],
    [{ status: 409, body: '0\n', type: 'text/x.tlog.size' }, 'ARCHIVE_FORKED', 'never'],
    [{ status: 422, body: '' }, 'ARCHIVE_FORKED', 'never'],
  ])('that answers %o is %s, to be asked again %s', async (reply, code, retry) => {
    const signed = await publishTo(5);
    witness.instead = () => reply;
    await expect(ask(signed)).rejects.toMatchObject({ code, retry });
  });

  it('that gives no answer in time, or is not there, is asked again later', async () => {
    const signed = await publishTo(5);
    witness.instead = () => 'away';
    await expect(ask(signed, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'WITNESS_UNREACHABLE', retry: 'later' });
    await witness.close();
    await expect(ask(signed)).rejects.toMatchObject({ code: 'WITNESS_UNREACHABLE', retry: 'later' });
  });

  it('counts by its own key alone: what else it sends is passed over, and a signature that does not verify is refused', async () => {
    const signed = await publishTo(5);
    const { text } = decodeNote(signed.note);
    const linesOf = (note: string): string => note.slice(note.indexOf('\n\n') + 2);
    const stranger = noteSigner('witness.example', Buffer.alloc(32, 7), 'cosignature');
    witness.instead = () => ({ status: 200, body: linesOf(signNote(text, stranger)) });
    await expect(ask(signed)).rejects.toThrow('answers with the cosignature of another key');
    const own = noteSigner('witness.example', Buffer.alloc(32, 'witness.example'), 'cosignature');
    witness.instead = () => ({ status: 200, body: linesOf(signNote(text, stranger, own)) });
    expect(await ask(signed)).toMatchObject({ kind: 'cosigned', signature: { keyId: own.keyId } });
    witness.instead = () => ({ status: 200, body: linesOf(signNote(`${text}more\n`, own)) });
    await expect(ask(signed)).rejects.toThrow('does not verify');
  });

  it('is read from the configuration, each fault with its reason', () => {
    const second = 'https://two.example/path/';
    const other = noteSigner('two.example', Buffer.alloc(32, 8), 'cosignature');
    expect(parseWitnesses(`${witness.address},  ${encodeVerifier(other)} ${second} `).map(({ url, verifier: { name } }) => [name, url])).toEqual([['witness.example', witness.url], ['two.example', 'https://two.example/path']]);
    expect(() => parseWitnesses(`${witness.address}, ${witness.address}`)).toThrow('named twice');
    expect(() => parseWitnesses('')).toThrow('no verifier key and URL');
    expect(() => parseWitnesses(`${encodeVerifier(other)} file:///x`)).toThrow('no verifier key and URL');
    expect(() => parseWitnesses(`${encodeVerifier(signer)} ${second}`)).toThrow('its key is none that cosigns');
    expect(() => parseWitnesses(`${encodeVerifier(other).replace('two', 'three')} ${second}`)).toThrow('the id of another key');
  });

  it('leaves a log that is read and written on as before, with its own checkpoints as they were', async () => {
    const signed = await publishTo(300);
    const note = await cosigned(signed);
    await writer.cosign(signed.checkpoint, note);
    expect(await store.get(`${PATH}/checkpoint`)).toEqual(note);
    expect(await store.get(`${PATH}/checkpoints/300`)).toEqual(signed.note);
    expect(await verifyLog({ store, path: PATH, verifier: signer })).toMatchObject({ size: 300, faults: [] });
    const again = await LogWriter.open({ store, path: PATH, signer });
    expect(again.found?.note).toEqual(note);
    await publishTo(301, 'entry', again);
    expect(await verifyLog({ store, path: PATH, verifier: signer })).toMatchObject({ size: 301, checkpoints: 2, faults: [] });
  });

  it('that is late puts nothing over a newer checkpoint', async () => {
    const old = await publishTo(3);
    const newer = await publishTo(4);
    await writer.cosign(old.checkpoint, await cosigned(old));
    expect(await store.get(`${PATH}/checkpoint`)).toEqual(newer.note);
  });

  it('whose cosignature is being written when a newer checkpoint comes is overwritten by that, whatever the store takes first', async () => {
    const old = await publishTo(3);
    const note = await cosigned(old);
    const slow: (() => void)[] = [];
    const replace = store.replace.bind(store);
    store.replace = async (path, bytes) => {
      await new Promise<void>((resolve) => slow.push(resolve));
      await replace(path, bytes);
    };
    const written = writer.cosign(old.checkpoint, note);
    const published = publishTo(4);
    await expect.poll(() => store.get(`${PATH}/checkpoints/4`)).toBeDefined();
    for (; slow.length > 0; await new Promise(setImmediate)) slow.pop()?.();
    await written;
    expect(await store.get(`${PATH}/checkpoint`)).toEqual((await published).note);
  });
});
