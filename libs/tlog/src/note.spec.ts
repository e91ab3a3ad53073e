import { createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosignedAt, decodeNote, decodeSignatures, decodeVerifier, encodeNote, encodeVerifier, logSeed, noteSigner, signatureOf, signersOf, signNote } from './note.js';

/** The vectors of golang.org/x/mod/sumdb/note, whose author's format it is. */
const NEUMANN = decodeVerifier('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
const SEED = Buffer.from('gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=', 'base64');
const TEXT = 'If you think cryptography is the answer to your problem,\nthen you don\'t know what your problem is.\n';
const NOTE = `${TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

const read = (text: string) => decodeNote(Buffer.from(text));
const signer = (name: string, byte: number, type?: 'cosignature') => noteSigner(name, Buffer.alloc(32, byte), type);

describe('a signed note', () => {
  it('is signed and verified as its inventors do', () => {
    const neumann = noteSigner('PeterNeumann', SEED);
    expect(encodeVerifier(neumann)).toBe(encodeVerifier(NEUMANN));
    expect(signNote(TEXT, neumann)).toBe(NOTE);
    expect(signersOf(read(NOTE), [NEUMANN])).toEqual([NEUMANN]);
  });

  it('reads the verifier key of the Go checksum database', () => {
    const key = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
    expect(encodeVerifier(decodeVerifier(key))).toBe(key);
  });

  it('knows who of many has signed, and passes over strangers', () => {
    const [log, witness, stranger] = [signer('log.example', 1), signer('witness.example', 2, 'cosignature'), signer('stranger.example', 3)];
    const note = read(signNote(TEXT, stranger, log, witness));
    expect(signersOf(note, [witness, log]).map(({ name }) => name)).toEqual(['witness.example', 'log.example']);
    expect(signersOf(note, [signer('log.example', 4)])).toEqual([]);
  });

  it('keeps the time of a cosignature under its signature', () => {
    const witness = signer('witness.example', 2, 'cosignature');
    const signature = signatureOf(witness, TEXT, 1_679_315_147);
    expect(cosignedAt(signature)).toBe(1_679_315_147);
    expect(signersOf({ text: TEXT, signatures: [signature] }, [witness])).toHaveLength(1);
    const later = Buffer.from(signature.bytes);
    later.writeBigUInt64BE(1_679_315_148n);
    expect(() => signersOf({ text: TEXT, signatures: [{ ...signature, bytes: later }] }, [witness])).toThrow('does not verify');
  });

  it('is refused whole where a signature of a known key does not verify', () => {
    expect(() => signersOf(read(NOTE.replace('answer', 'Answer')), [NEUMANN])).toThrow('does not verify');
  });

  it('is what it was after writing and reading', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '—', ' ', 'é', '+') }), (body) => {
        const text = `${body}\n`;
        const note = read(signNote(text, signer('a.example', 1), signer('b.example', 2)));
        expect(note.text).toBe(text);
        expect(encodeNote(note)).toBe(signNote(text, signer('a.example', 1), signer('b.example', 2)));
      }),
    );
  });

  it('is malformed without its empty line, with control characters, in other base64, or with a nameless key', () => {
    const broken = [NOTE.replace('\n\n', '\n'), NOTE.replace('If', 'I\u0007f'), NOTE.replace('nAM=\n', 'nAM\n'), NOTE.replace('nAM=\n', 'nAN=\n'), NOTE.slice(0, -1), NOTE.replace('— PeterNeumann', '— '), NOTE.replace('— PeterNeumann', '- PeterNeumann'), `${TEXT}\n`, NOTE.replace(/x08go.*/u, 'x08g')];
    for (const each of broken) expect(() => read(each)).toThrow(/note|signature|name/);
    expect(() => decodeNote(Buffer.concat([Buffer.of(0xff), Buffer.from(NOTE)]))).toThrow('UTF-8');
    expect(() => decodeSignatures('— a b')).toThrow('newline');
    expect(() => read(`${TEXT}\n${NOTE.split('\n\n')[1]?.repeat(65) ?? ''}`)).toThrow('more than 64');
  });

  it('has no key with a space, a plus or nothing as a name, nor with the id of another', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u0000']) expect(() => signer(name, 1)).toThrow('name');
    expect(() => decodeVerifier(encodeVerifier(NEUMANN).replace('c74f20a3', 'c74f20a4'))).toThrow('another key');
    expect(() => decodeVerifier('PeterNeumann+c74f20a3+Alpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toThrow('not an Ed25519 key');
    expect(() => noteSigner('a', Buffer.alloc(31))).toThrow('32 bytes');
  });

  it('derives another key for each log and each generation of it', () => {
    const master = Buffer.alloc(32, 7);
    const seeds = [logSeed(master, 'a/tasks/0', 1), logSeed(master, 'a/tasks/0', 2), logSeed(master, 'a/tasks/1', 1), logSeed(Buffer.alloc(32, 8), 'a/tasks/0', 1)];
    expect(new Set(seeds.map((seed) => seed.toString('hex'))).size).toBe(4);
    expect(logSeed(master, 'a/tasks/0', 1)).toEqual(seeds[0]);
    expect(createPrivateKey({ format: 'der', type: 'pkcs8', key: noteSigner('a', seeds[0] ?? master).privateKey.export({ format: 'der', type: 'pkcs8' }) }).asymmetricKeyType).toBe('ed25519');
  });
});
