import { describe, expect, it } from 'vitest';
import { MemoryStore } from '@countersign/archive';
import { systemClock } from '@countersign/kernel';
import { noteSigner } from '@countersign/tlog';
import { ANCHOR } from './anchored.fixture.js';
import { placeOfAnchor, readAnchor } from './read-anchor.js';

describe('the key of an anchor', () => {
  it('says whose archive it is', () => {
    expect(placeOfAnchor(ANCHOR)).toEqual({ origin: 'ledger.example', namespace: 'countersign' });
  });

  it.each(['one.example', 'ledger.example/countersign/tasks/0', 'ledger.example/countersign/anchor/1', 'ledger.example//anchor/0'])('is not the key of `%s`', async (name) => {
    const invalid = { code: 'KEY_INVALID' };
    await expect(readAnchor(new MemoryStore(systemClock), { anchor: noteSigner(name, Buffer.alloc(32, 1)) })).rejects.toMatchObject(invalid);
  });
});
