import { describe, expect, it } from 'vitest';
import { schemaId } from './define-event.js';
import { PUBLISHED, versionsOf } from './published.js';
import { upcast, UPCASTERS, type Upcasters } from './upcast.js';

/** An event that was published three times: the price got a currency, then became minor units. */
const TYPE = 'countersign.price.set';
const upcasters: Upcasters = {
  'urn:countersign:price.set:1': (data: { price: number }) => ({ ...data, currency: 'USD' }),
  'urn:countersign:price.set:2': ({ price, currency }: { price: number; currency: string }) => ({ cents: price * 100, currency }),
};

describe('upcasting', () => {
  it('brings the oldest version to the newest, one step at a time', () => {
    expect(upcast(TYPE, 1, 3, { price: 12 }, upcasters)).toEqual({ cents: 1200, currency: 'USD' });
    expect(upcast(TYPE, 2, 3, { price: 12, currency: 'EUR' }, upcasters)).toEqual({ cents: 1200, currency: 'EUR' });
  });

  it('leaves the newest version as it is', () => {
    const data = { cents: 1200, currency: 'USD' };
    expect(upcast(TYPE, 3, 3, data, upcasters)).toBe(data);
  });

  it('fails where a step is missing, rather than hand an old version to a decider', () => {
    expect(() => upcast(TYPE, 1, 4, { price: 12 }, upcasters)).toThrow('no upcaster from urn:countersign:price.set:3');
  });

  it('has a step from every published version but the newest, and no other', () => {
    const old = PUBLISHED.filter(({ type, version }) => version !== versionsOf(type).at(-1)?.version);
    expect(Object.keys(UPCASTERS).toSorted()).toEqual(old.map(({ id }) => id).toSorted());
  });

  it('is never needed from a version in between: versions count from 1', () => {
    for (const { type, id } of PUBLISHED) {
      expect(versionsOf(type).map(({ version }) => version)).toEqual(versionsOf(type).map((_, at) => at + 1));
      expect(versionsOf(type).map(({ version }) => schemaId(type, version))).toContain(id);
    }
  });
});
