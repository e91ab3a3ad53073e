import { describe, expect, it } from 'vitest';
import { bytesUpTo } from './bytes-up-to.js';

/** A body in parts; says how many were asked for, and whether it was let go of. */
const bodyOf = (...parts: readonly string[]) => {
  const seen = { parts: 0, isLetGo: false };
  const body = (async function* () {
    try {
      for (const part of parts) {
        seen.parts += 1;
        yield Buffer.from(part);
      }
    } finally {
      seen.isLetGo = true;
    }
  })();
  return { body, seen };
};

describe('a body that is read up to a bound', () => {
  it.each([
    ['as long as the bound', ['abc', 'de'], 'abcde'],
    ['shorter', ['a', '', 'b'], 'ab'],
    ['empty', [], ''],
  ])('is all there where it is %s', async (_, parts, whole) => {
    expect((await bytesUpTo(5, bodyOf(...parts).body))?.toString()).toBe(whole);
  });

  it('is nothing where it is longer by a byte, and the rest of it is not read', async () => {
    const { body, seen } = bodyOf('abc', 'def', 'ghi');
    expect(await bytesUpTo(5, body)).toBeUndefined();
    expect(seen).toEqual({ parts: 2, isLetGo: true });
  });

  it('is empty where there is none', async () => {
    expect(await bytesUpTo(5, null)).toEqual(Buffer.alloc(0));
  });

  it('may be that of a response', async () => {
    expect((await bytesUpTo(5, new Response('abcde').body))?.toString()).toBe('abcde');
  });
});
