import { describe, expect, it } from 'vitest';
import { namedAs } from './named-as.js';

describe('somebody is named by a text', () => {
  it.each([
    ['cus_1', 'cus_1'],
    ['cus_1', 'for cus_1, as asked'],
    ['cus_1', '(cus_1).'],
    ['ada@example.com', 'Ada <ada@example.com>'],
    ['ada@example.com', 'Write to ada@example.com.'],
    ['Ada (Lovelace)', 'from Ada (Lovelace)'],
    ['a-b', 'a-b'],
  ])('%s in `%s`', (subject, text) => expect(namedAs(subject)(text)).toBe(true));

  it.each([
    ['cus_1', 'cus_10'],
    ['cus_1', 'my_cus_1'],
    ['ada@example.com', 'ada@example.com.evil'],
    ['ada@example.com', 'not-ada@example.com'],
    ['a.b', 'axb'],
  ])('and not %s in `%s`', (subject, text) => expect(namedAs(subject)(text)).toBe(false));
});
