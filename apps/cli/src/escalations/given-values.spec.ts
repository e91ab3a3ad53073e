import { describe, expect, it } from 'vitest';
import { givenValues } from './given-values.js';

const ASKED = [
  { name: 'charge_id', field: 'task:/charge_id', types: ['string'] },
  { name: 'amount_cents', field: 'task:/amount_cents', types: ['integer'] },
  { name: 'rush', field: 'task:/rush', types: ['boolean'] },
  { name: 'note', field: 'charge:/note', types: [] },
];

describe('what is set on the command line', () => {
  it('is named by the argument or by the field, and is what the tool takes', () => {
    expect(givenValues(['charge_id=0012', 'amount_cents=700', 'rush=true', 'charge:/note=12'], ASKED)).toEqual({ 'task:/charge_id': '0012', 'task:/amount_cents': 700, 'task:/rush': true, 'charge:/note': 12 });
    expect(givenValues(['note=a=b', 'amount_cents=many'], ASKED)).toEqual({ 'charge:/note': 'a=b', 'task:/amount_cents': 'many' });
    expect(givenValues(['note=90071992547409930'], ASKED)).toEqual({ 'charge:/note': '90071992547409930' });
  });

  it.each([
    ['nothing', ['charge_id'], 'sets nothing'],
    ['what was not asked for', ['other=1'], 'was not asked for'],
    ['the same twice', ['note=1', 'charge:/note=2'], 'is set twice'],
  ])('is not %s', (_, typed, message) => {
    expect(() => givenValues(typed, ASKED)).toThrow(message);
  });
});
