import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSES_PATTERN, formatCause, parseCauses, type Cause } from './envelope.js';

const HASH = '3b'.repeat(32);
const inPartition: Cause = { id: 'AAAAAAAAAAAAAAAAAAAAAA', topic: 'decisions', offset: 7, sha256: HASH };
const atDoor: Cause = { id: 'ticket-1042', topic: 'inbox.acme', partition: 3, offset: 0, sha256: HASH };

describe('causes', () => {
  it('are written as the wire format says', () => {
    expect(formatCause(inPartition)).toBe(`AAAAAAAAAAAAAAAAAAAAAA@decisions/7#${HASH}`);
    expect(formatCause(atDoor)).toBe(`ticket-1042@inbox.acme/3/0#${HASH}`);
  });

  it('are read in their order, the handled one first', () => {
    expect(parseCauses([inPartition, atDoor].map(formatCause).join(' '))).toEqual([inPartition, atDoor]);
    expect(parseCauses('')).toEqual([]);
  });

  it('carry whatever an upstream calls its event', () => {
    const cause = fc.record({ id: fc.string({ minLength: 1, maxLength: 50, unit: 'binary' }), topic: fc.constantFrom('tasks', 'inbox.acme'), offset: fc.nat(), sha256: fc.constant(HASH) });
    fc.assert(
      fc.property(fc.array(cause, { maxLength: 3 }), (causes) => {
        const text = causes.map(formatCause).join(' ');
        expect(parseCauses(text)).toEqual(causes);
        expect(text).toMatch(CAUSES_PATTERN);
      }),
    );
  });

  it('lose only half characters, which no event can hold', () => {
    expect(parseCauses(formatCause({ ...atDoor, id: 'a\ud800' }))).toEqual([{ ...atDoor, id: 'a\ufffd' }]);
  });

  it.each([
    ['a space at the end', `${formatCause(inPartition)} `],
    ['two spaces', `${formatCause(inPartition)}  ${formatCause(atDoor)}`],
    ['no hash', 'a@tasks/7'],
    ['a short hash', `a@tasks/7#${HASH.slice(1)}`],
    ['a hash in capitals', `a@tasks/7#${HASH.toUpperCase()}`],
    ['no offset', `a@tasks/#${HASH}`],
    ['a negative offset', `a@tasks/-1#${HASH}`],
    ['no id', `@tasks/7#${HASH}`],
    ['an id that is not encoded', `a b@tasks/7#${HASH}`],
  ])('are refused with %s', (_, text) => {
    expect(parseCauses(text)).toBeUndefined();
    expect(text).not.toMatch(CAUSES_PATTERN);
  });

  it('are refused with a broken percent sign', () => {
    expect(parseCauses(`a%E0@tasks/7#${HASH}`)).toBeUndefined();
  });
});
