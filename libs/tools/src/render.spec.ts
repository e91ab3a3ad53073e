import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { RunId, StepId } from '@countersign/kernel';
import type { RequestTemplate } from '@countersign/domain';
import { renderRequest, renderTemplate, valuesOf } from './render.js';

const REFUND: RequestTemplate = {
  method: 'POST',
  path: '/charges/{charge}/refunds',
  query: { notify: '{notify}', fixed: 'yes' },
  headers: { 'Idempotency-Key': '{idempotency_key}', 'X-Run': 'run {run}/{step}' },
  body: { amount: '{amount}', note: 'refund of {charge}', lines: ['{line}', 'a {{brace}}'], nested: { deep: '{missing}' } },
};
const ACTION = { idempotencyKey: 'key-1', run: 'run-1' as RunId, step: 'refund' as StepId };

describe('a request template', () => {
  it('takes whole values as they are, and leaves out what was not given', () => {
    expect(renderRequest(REFUND, valuesOf({ ...ACTION, args: { charge: 'ch/1 ä', amount: 1200, line: { a: [1] } } }))).toEqual({
      method: 'POST',
      path: '/charges/ch%2F1%20%C3%A4/refunds',
      query: { fixed: 'yes' },
      headers: { 'Idempotency-Key': 'key-1', 'X-Run': 'run run-1/refund' },
      body: { amount: 1200, note: 'refund of ch/1 ä', lines: [{ a: [1] }, 'a {brace}'], nested: {} },
    });
  });

  it('never looks into a value for placeholders', () => {
    expect(renderTemplate('note: {note}', valuesOf({ ...ACTION, args: { note: '{idempotency_key}' } }))).toBe('note: {idempotency_key}');
  });

  it('lets no argument hide the name of the action', () => {
    expect(renderTemplate('{idempotency_key}', valuesOf({ ...ACTION, args: { idempotency_key: 'mine' } }))).toBe('key-1');
  });

  it.each([
    ['walks out of its place in the path', { charge: '..' }],
    ['walks out of it behind an encoded slash', { charge: 'a/../../admin' }],
    ['walks out of it behind a backslash', { charge: 'a\\..' }],
    ['is half a character in the path', { charge: '\ud800' }],
    ['is empty in the path', { charge: '' }],
    ['is an object inside a text', { charge: { id: 1 } }],
    ['is missing inside a text', {}],
  ])('is refused where a value %s', (_, args) => {
    expect(() => renderRequest(REFUND, valuesOf({ ...ACTION, args }))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('has a list of its query under one name, and an object under a name for each part', () => {
    const template: RequestTemplate = { ...REFUND, path: '/', body: null, query: { 'expand[]': '{expand}', created: '{created}', none: '{none}' }, encoding: 'form' };
    const { query, encoding } = renderRequest(template, valuesOf({ ...ACTION, args: { expand: ['a', 'b'], created: { gt: 1, on: { day: 'mon' } } } }));
    expect({ query, encoding }).toEqual({ query: { 'expand[]': ['a', 'b'], 'created[gt]': '1', 'created[on][day]': 'mon' }, encoding: 'form' });
    expect(() => renderRequest(template, valuesOf({ ...ACTION, args: { expand: [{}] } }))).toThrow(/no text, number or boolean/);
  });

  it('is refused where a value breaks out of its header', () => {
    const template: RequestTemplate = { ...REFUND, path: '/', body: null, headers: { 'X-Note': '{note}' } };
    expect(() => renderRequest(template, valuesOf({ ...ACTION, args: { note: 'a\r\nAuthorization: mine' } }))).toThrow(/one line/);
  });

  it('keeps any text argument inside its own path segment', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }).filter((text) => text.isWellFormed() && text.split(/[/\\]/).every((part) => part !== '' && part !== '.' && part !== '..')), (charge) => {
        const { path } = renderRequest({ ...REFUND, body: null }, valuesOf({ ...ACTION, args: { charge } }));
        expect(new URL(path, 'http://host').pathname.split('/')).toHaveLength(4);
        expect(decodeURIComponent(path.split('/')[2] ?? '')).toBe(charge);
      }),
    );
  });
});
