import { describe, expect, it } from 'vitest';
import { sha256, type JsonObject } from '@countersign/kernel';
import { CONTRACT, REFUND } from '@countersign/testing/refund-desk';
import { argumentFaults, inputFaults, openedArgumentFaults, resultFaults, writtenArgumentFaults } from './validators.js';

const tool = { id: 'payments-refund', version: 1, hash: sha256('tool'), document: REFUND };
const contract = { id: 'refund-desk', version: 1, hash: sha256('contract'), document: CONTRACT };

describe('the faults of', () => {
  it('arguments name the place, also of what is missing and of what is unknown', () => {
    expect(argumentFaults(tool, { charge: 'ch_1', amount_cents: 1_200 })).toEqual([]);
    expect(argumentFaults(tool, { amount_cents: 12.5, 'a/b': 1 })).toEqual([
      { pointer: '/charge', message: '`charge` is missing' },
      { pointer: '/a~1b', message: 'unknown key `a/b`' },
      { pointer: '/amount_cents', message: 'must be integer' },
    ]);
  });

  it('an input are those of its agent contract', () => {
    expect(inputFaults(contract, { charge: 1 })).toEqual([{ pointer: '/charge', message: 'must be string' }]);
  });

  it('a result are those of its schema, and that no event could carry it', () => {
    expect(resultFaults(tool, { refund: 're_1' })).toEqual([]);
    expect(resultFaults(tool, {})).toEqual([{ pointer: '/refund', message: '`refund` is missing' }]);
    expect(resultFaults(tool, { refund: 're_\ud800' })).toEqual([{ pointer: '', message: 'has no JSON form' }]);
  });

  it('two files of one name are told apart by their hash', () => {
    const open = { ...tool, hash: sha256('another'), document: { ...REFUND, args: { type: 'object' } } };
    expect(argumentFaults(open, {})).toEqual([]);
    expect(argumentFaults(tool, {})).toHaveLength(2);
  });
});

describe('what a schema marks as personal or secret', () => {
  const SEALED = 'sealed:e30..AA.AA.AA';
  const marked = (args: JsonObject) => ({ ...tool, hash: sha256(JSON.stringify(args)), document: { ...REFUND, args } });
  const mail = marked({ type: 'object', additionalProperties: false, required: ['to'], properties: { to: { type: 'string', format: 'email', 'x-class': 'personal' }, pin: { $ref: '#/$defs/pin' }, body: { type: 'string' } }, $defs: { pin: { type: 'integer', 'x-class': 'secret' } } });
  const NOT_SEALED = 'is personal or secret, and has to be sealed before it is sent';

  it('gets onto the log in its sealed form only, whatever its type is', () => {
    expect(argumentFaults(mail, { to: SEALED, pin: SEALED })).toEqual([]);
    expect(argumentFaults(mail, { to: 'ada@example.com', pin: SEALED })).toEqual([{ pointer: '/to', message: NOT_SEALED }]);
    expect(argumentFaults(mail, { to: SEALED, pin: 4711 }).map(({ pointer }) => pointer)).toEqual(['/pin']);
  });

  it('is held against the schema once it is opened', () => {
    expect(openedArgumentFaults(mail, { to: 'ada@example.com', pin: 4711 })).toEqual([]);
    expect(openedArgumentFaults(mail, { to: SEALED })).toEqual([{ pointer: '/to', message: 'must match format "email"' }]);
  });

  it('may be written down in either form by whoever makes up a case', () => {
    expect(writtenArgumentFaults(mail, { to: SEALED })).toEqual([]);
    expect(writtenArgumentFaults(mail, { to: 'ada@example.com' })).toEqual([]);
    expect(writtenArgumentFaults(mail, { to: 'nobody' })).not.toEqual([]);
  });

  it('is every part of a whole that is marked', () => {
    const whole = marked({ type: 'object', 'x-class': 'personal', required: ['name'], properties: { name: { type: 'string' }, age: { type: 'integer' } }, additionalProperties: false });
    expect(argumentFaults(whole, { name: SEALED, age: SEALED })).toEqual([]);
    expect(argumentFaults(whole, { name: SEALED, age: 36 }).map(({ pointer }) => pointer)).toEqual(['/age']);
    expect(argumentFaults(whole, { name: SEALED, other: SEALED }).map(({ pointer }) => pointer)).toEqual(['/other']);
    expect(argumentFaults(whole, {}).map(({ pointer }) => pointer)).toEqual(['/name']);
  });

  it.each([
    ['another branch would let it through', { anyOf: [{ type: 'string', 'x-class': 'personal' }, { type: 'string' }] }],
    ['only one of two fits', { oneOf: [{ type: 'string', 'x-class': 'personal' }, { type: 'string', maxLength: 5 }] }],
    ['only a condition marks it', { type: 'string', if: { 'x-class': 'personal' }, then: {} }],
  ])('is not let through in clear where %s', (_, note) => {
    const faults = argumentFaults(marked({ type: 'object', properties: { note } }), { note: 'Ada' });
    expect(faults.length).toBeGreaterThan(0);
  });

  it('may be absent, and stays nothing where it is nothing', () => {
    const note = marked({ type: 'object', properties: { note: { anyOf: [{ type: 'null' }, { type: 'string', 'x-class': 'personal' }] } } });
    expect(argumentFaults(note, {})).toEqual([]);
    expect(argumentFaults(note, { note: null })).toEqual([]);
    expect(argumentFaults(note, { note: 'hello' })).not.toEqual([]);
  });
});
