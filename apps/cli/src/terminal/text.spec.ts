import { describe, expect, it } from 'vitest';
import type { Instant } from '@countersign/kernel';
import { commandLine } from './command-line.js';
import { fields } from './fields.js';
import { oneLine, safeText } from './safe-text.js';
import { operand, shortId, who } from './short.js';
import { table, wrappedTable } from './table.js';
import { age, relative, took } from './when.js';
import { cut, widthOf, wrap } from './width.js';

describe('text of strangers', () => {
  it('shows escape sequences, direction marks and invisible characters as what they are', () => {
    expect(safeText('a\u001b[31mred\u202Eevil\u200b\u00ad\u2028')).toBe('a\\u001b[31mred\\u202eevil\\u200b\\u00ad\\u2028');
    expect(safeText('tag\u{e0041} half\ud800')).toBe('tag\\u{e0041} half\\ud800');
  });

  it('keeps line feeds where a text stands alone, and none where it stands in a line', () => {
    expect(safeText('one\ntwo')).toBe('one\ntwo');
    expect(oneLine('one\ntwo\tthree')).toBe('one\\u000atwo\\u0009three');
  });

  it('leaves letters of every script alone', () => {
    expect(safeText('Grüße, 日本, ß, 👍')).toBe('Grüße, 日本, ß, 👍');
  });
});

describe('width', () => {
  it.each([
    ['abc', 3],
    ['\u001b[31mred\u001b[39m', 3],
    ['日本', 4],
    ['👍', 2],
    ['é', 1],
    ['e\u0301', 1],
  ])('of %j is %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('cuts by columns, and never in the middle of a character', () => {
    expect(cut('日本語', 5)).toBe('日本…');
    expect(cut('日本語', 4)).toBe('日…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abc', 0)).toBe('');
  });

  it('keeps the colours of what it cuts, and closes them', () => {
    expect(cut('a \u001b[31mred\u001b[39m line', 4)).toBe('a \u001b[31mr…\u001b[39m');
    expect(cut('\u001b[31mred\u001b[39m line', 5)).toBe('\u001b[31mred\u001b[39m …');
  });

  it('wraps at spaces, breaks what has none, and leaves nothing out', () => {
    expect(wrap('the mug arrived broken', 11)).toEqual(['the mug', 'arrived', 'broken']);
    expect(wrap('aaaaaaaaaa bb', 4)).toEqual(['aaaa', 'aaaa', 'aa', 'bb']);
  });
});

describe('a table', () => {
  const rows = [['run-1', 'succeeded', 'a long reason'], ['run-10', 'denied', '']];

  it('aligns columns', () => {
    expect(table(['RUN', 'OUTCOME', 'REASON'], rows)).toBe('RUN     OUTCOME    REASON\nrun-1   succeeded  a long reason\nrun-10  denied');
  });

  it('is cut on a narrow terminal only, where the widest columns give way to the last one', () => {
    expect(table(['RUN', 'OUTCOME', 'REASON'], rows, 24).split('\n')[1]).toBe('run-1   succeed…  a lon…');
  });

  it('lets the last column go on below itself where nothing may be lost', () => {
    expect(wrappedTable(['STEP', 'NOTE'], [['refund', 're_4b97e2af-aeb9-47a0; 2 attempts']], 32).split('\n')).toEqual(['STEP    NOTE', 'refund  re_4b97e2af-aeb9-47a0; 2', '        attempts']);
  });

  it('aligns wide characters', () => {
    expect(table(['A', 'B'], [['日本', 'x'], ['a', 'y']])).toBe('A     B\n日本  x\na     y');
  });
});

describe('fields', () => {
  it('stand beside their labels, wrapped and complete; what is not there has no line', () => {
    const text = fields([['why', 'the amount is above what may be refunded without a person'], ['who', undefined], ['hash', 'abc']], { width: 40 });
    expect(text).toMatchInlineSnapshot(`
      "  why   the amount is above what may be
              refunded without a person
        hash  abc"
    `);
  });
});

describe('times', () => {
  const now = Date.parse('2026-01-02T03:04:05Z') as Instant;

  it.each([
    ['2026-01-02T03:02:00Z', '2m 5s ago', '2m'],
    ['2026-01-02T07:00:00Z', 'in 3h 55m', '0ms'],
    ['2026-01-02T03:04:04.500Z', 'now', '500ms'],
    [null, '-', '-'],
  ])('%s is %s, its age %s', (time, text, ageText) => {
    expect(relative(time, now)).toBe(text);
    expect(age(time, now)).toBe(ageText);
  });

  it('tell how long something took, once it is over', () => {
    expect(took('2026-01-02T03:04:05Z', '2026-01-02T03:04:06.250Z')).toBe('1.3s');
    expect(took('2026-01-02T03:04:05Z', null)).toBeUndefined();
  });
});

describe('names', () => {
  it('are short where the start of an id says enough', () => {
    expect(shortId('run-AbCdEfGhIjKlMnOpQrStUv')).toBe('run-AbCdEfGh');
    expect(shortId('DDDDDDDDDDDDDDDDDDDDDD')).toBe('DDDDDDDD');
  });

  it('that begin with a dash are no options', () => {
    expect(operand('-bCdEfGhIj')).toBe('-- -bCdEfGh');
  });

  it.each([
    ['spiffe://countersign.local/human/ada', 'ada'],
    ['spiffe://countersign.local/service/policy', 'policy'],
    ['spiffe://countersign.local/tenant/acme/upstream', 'upstream of acme'],
    ['spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk', 'agent refund-desk'],
    ['spiffe://elsewhere.example/human/ada', 'spiffe://elsewhere.example/human/ada'],
  ])('of principals: %s is %s', (principal, name) => {
    expect(who(principal)).toBe(name);
  });

  it('of commands are as the person typed this one', () => {
    expect(commandLine('runs list', {})).toBe('countersign runs list');
    expect(commandLine('runs list', { npm_lifecycle_event: 'countersign' })).toBe('npm run countersign -- runs list');
  });
});
