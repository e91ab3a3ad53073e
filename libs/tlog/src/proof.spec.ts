import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, parseCheckpoint, signCheckpoint, withSignatures } from './checkpoint.js';
import { EMPTY_ROOT, leafHash } from './merkle.js';
import { noteSigner, signatureOf } from './note.js';
import { isConsistent, isIncluded, proveConsistency, proveInclusion, rootOf } from './proof.js';
import { decodeReceipt, encodeReceipt, verifyReceipt } from './receipt.js';
import { entry, objectsOf, treeOf } from './tree.fixture.js';

const SIZE = 1_000;
const objects = objectsOf(Array.from({ length: SIZE }, (_, at) => at + 1));
const tree = (size: number) => treeOf(objects, size);
const headOf = async (size: number) => ({ size, root: await rootOf(tree(size)) });
const size = fc.integer({ min: 1, max: SIZE });

describe('a proof of inclusion', () => {
  it('shows every entry of every tree, and no other one', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(SIZE - 1), fc.nat(SIZE - 1), async (of, one, other) => {
        const index = one % of;
        const path = await proveInclusion(tree(of), index);
        expect(isIncluded(leafHash(entry(index)), index, await headOf(of), path)).toBe(true);
        expect(isIncluded(leafHash(entry(other % of)), index, await headOf(of), path)).toBe(other % of === index);
      }),
    );
  });

  it('is not made for an entry that is not there', async () => {
    await expect(proveInclusion(tree(5), 5)).rejects.toThrow('no entry 5');
  });
});

describe('a proof of consistency', () => {
  it('shows that every tree grows out of every smaller one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(SIZE), size, async (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        expect(isConsistent(await headOf(from), await headOf(to), await proveConsistency(tree(to), from))).toBe(true);
      }),
    );
  });

  it('shows nothing where a root, a hash, a size or the number of hashes is another one', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, fc.nat(), fc.constantFrom('from', 'to', 'flip', 'drop', 'add', 'smaller'), async (one, other, at, how) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        fc.pre(from < to);
        const proof = [...(await proveConsistency(tree(to), from))];
        const [old, now] = [await headOf(from), await headOf(to)];
        if (how === 'flip') fc.pre(proof.length > 0);
        const place = at % Math.max(proof.length, 1);
        if (how === 'flip') proof[place] = Buffer.from((proof[place] ?? EMPTY_ROOT).map((byte) => byte ^ 1));
        if (how === 'drop') proof.splice(place, 1);
        if (how === 'add') proof.splice(place, 0, EMPTY_ROOT);
        const forged = { from: [{ ...old, root: EMPTY_ROOT }, now], to: [old, { ...now, root: EMPTY_ROOT }], smaller: [now, old] } as const;
        const [before, after] = how === 'from' || how === 'to' || how === 'smaller' ? forged[how] : [old, now];
        expect(isConsistent(before, after, proof)).toBe(false);
      }),
    );
  });

  it('is empty for the empty tree and for the same one', async () => {
    expect([await proveConsistency(tree(7), 0), await proveConsistency(tree(7), 7)]).toEqual([[], []]);
    expect(isConsistent(await headOf(7), await headOf(7), [EMPTY_ROOT])).toBe(false);
    expect(isConsistent({ size: 0, root: leafHash(entry(1)) }, await headOf(7), [])).toBe(false);
  });
});

const log = noteSigner('log.example/tasks/0', Buffer.alloc(32, 1));
const witness = noteSigner('witness.example', Buffer.alloc(32, 2), 'cosignature');
const trust = { origin: log.name, logKeys: [log] };

describe('a checkpoint', () => {
  it('is opened by whoever knows the key of the log', async () => {
    const checkpoint = { origin: log.name, ...(await headOf(10)) };
    expect(openCheckpoint(signCheckpoint(checkpoint, log), trust)).toMatchObject(checkpoint);
  });

  it('is refused with another origin, by another key, and without the witnesses that were asked for', async () => {
    const signed = signCheckpoint({ origin: log.name, ...(await headOf(10)) }, log);
    const opened = openCheckpoint(signed, trust);
    const cosigned = withSignatures(opened.note, [signatureOf(witness, opened.note.text, 1)]);
    const code = (bytes: Uint8Array, asked: Partial<Parameters<typeof openCheckpoint>[1]>) => {
      try {
        return openCheckpoint(bytes, { ...trust, ...asked }).witnesses.length;
      } catch (fault) {
        return (fault as { readonly code: string }).code;
      }
    };
    expect([code(signed, { origin: 'other' }), code(signed, { logKeys: [witness] }), code(signed, { witnesses: [witness], quorum: 1 }), code(cosigned, { witnesses: [witness], quorum: 1 })]).toEqual(['origin.wrong', 'signature.missing', 'signature.missing', 1]);
    expect(code(Buffer.from(cosigned.toString().replace('\n10\n', '\n11\n')), {})).toBe('signature.invalid');
  });

  it('is malformed with more or fewer lines, another number, or a root that is no hash', () => {
    const root = EMPTY_ROOT.toString('base64');
    for (const text of [`o\n1\n${root}\nmore\n`, `o\n1\n`, `o\n01\n${root}\n`, `o\n1\nAAAA\n`, `\n1\n${root}\n`, `o\n-1\n${root}\n`, `o\n1\n${root}`]) expect(() => parseCheckpoint(text)).toThrow(/checkpoint/);
  });
});

describe('a receipt', () => {
  const receiptOf = async (index: number) => {
    const head = await headOf(900);
    return { index, path: await proveInclusion(tree(900), index), checkpoint: signCheckpoint({ origin: log.name, ...head }, log) };
  };

  it('shows an entry to whoever has nothing but the keys', async () => {
    const text = encodeReceipt({ ...(await receiptOf(73)), extra: Buffer.from('extra') });
    expect(text.split('\n').slice(0, 3)).toEqual(['c2sp.org/tlog-proof@v1', 'extra ZXh0cmE=', 'index 73']);
    const receipt = decodeReceipt(text);
    expect(encodeReceipt(receipt)).toBe(text);
    expect(verifyReceipt(entry(73), receipt, trust)).toMatchObject({ size: 900 });
    expect(() => verifyReceipt(entry(74), receipt, trust)).toThrow('does not show');
  });

  it('of the only entry of a log has no path', async () => {
    const receipt = { index: 0, path: [], checkpoint: signCheckpoint({ origin: log.name, ...(await headOf(1)) }, log) };
    expect(verifyReceipt(entry(0), decodeReceipt(encodeReceipt(receipt)), trust)).toMatchObject({ size: 1 });
  });

  it('is malformed with another header, without an index, or with what is no hash', async () => {
    const text = encodeReceipt(await receiptOf(2));
    for (const each of ['', text.replace('@v1', '@v2'), text.replace('index 2\n', ''), text.replace('index 2', 'index 02'), text.replace('\n\n', '\nAAAA\n\n'), text.replace('index 2\n', `extra AA\nindex 2\n`)]) expect(() => decodeReceipt(each)).toThrow(/receipt/);
  });
});
