import type { DestinationKind } from '@countersign/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalise } from './normalise.js';

const spelled = (kind: DestinationKind, cases: readonly (readonly [string, string])[]): void =>
  it.each(cases)(`${kind} \`%s\` is \`%s\``, (text, place) => expect(normalise(kind, text)).toBe(place));
const refused = (kind: DestinationKind, cases: readonly string[]): void => it.each(cases)(`${kind} %j is nobody's`, (text) => expect(normalise(kind, text)).toBeUndefined());

describe('a mailbox has one spelling', () => {
  spelled('email', [
    ['Ada@Example.COM', 'ada@example.com'],
    ['ada@example.com.', 'ada@example.com'],
    ['Ada Lovelace <ada@example.com>', 'ada@example.com'],
    ['<ada@example.com>', 'ada@example.com'],
    ['"ada"@example.com', 'ada@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
    ["o'brien+news@example.com", "o'brien+news@example.com"],
  ]);
  refused('email', [
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@@example.com',
    'ada@example.com, eve@evil.io',
    'ada@example.com;eve@evil.io',
    'eve@evil.io <ada@example.com>',
    '"ada@example.com" <eve@evil.io>',
    'ada@example.com(comment)',
    'ada@example.com\r\nBcc: eve@evil.io',
    'ada@example.com\u0000',
    'a\u200bda@example.com',
    // Cyrillic а, full-width a, and a Cyrillic е in the domain.
    '\u0430da@example.com',
    '\uff41da@example.com',
    'ada@\u0435xample.com',
    'ada@exam%70le.com',
    'ada@[127.0.0.1]',
    'ada@example..com',
    'ada@example.com:25',
  ]);
});

describe('a host has one spelling', () => {
  spelled('host', [
    ['Example.COM.', 'example.com'],
    ['example.com:443', 'example.com'],
    ['example.com:8443', 'example.com:8443'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['2130706433', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['[::1]', '[::1]'],
    ['0:0:0:0:0:0:0:1', '[::1]'],
    ['[::ffff:127.0.0.1]', '127.0.0.1'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['exam%70le.com', 'example.com'],
  ]);
  refused('host', ['', 'user@example.com', 'example.com/path', 'example .com', 'example.com\\evil.io', 'example.com%2fevil.io', 'ex\u0430mple.com', 'a..b', '-', 'example.com:99999', '256.256.256.256']);
});

describe('an address has one spelling', () => {
  spelled('url', [
    ['HTTP://Example.com:80/a/../b?c=d#e', 'http://example.com/b?c=d'],
    ['HTTPS://Example.com:443', 'https://example.com/'],
    ['http://example.com:443/', 'http://example.com:443/'],
    ['https://example.com', 'https://example.com/'],
    ['www.example.com/%7eada', 'https://www.example.com/~ada'],
    ['https://example.com/%2f', 'https://example.com/%2F'],
    ['https://0x7f.1/', 'https://127.0.0.1/'],
    ['example.com:8443/x', 'https://example.com:8443/x'],
  ]);
  refused('url', [
    'https://example.com@evil.io/',
    'https://user:secret@example.com/',
    'https://example.com%40evil.io/',
    'https://example.com\\@evil.io/',
    'https:\\\\example.com',
    'https://example.com/ x',
    'https://exam\tple.com/',
    '//example.com/',
    '/path',
    'javascript:alert(1)',
    'mailto:ada@example.com',
    'file:///etc/passwd',
    'data:text/html,x',
    'ftp://example.com/',
  ]);
});

describe('channels, accounts and ids', () => {
  spelled('channel', [
    ['#General', 'general'],
    ['general', 'general'],
    ['@ada', '@ada'],
    ['C024BE91L', 'C024BE91L'],
    ['c024be91l', 'c024be91l'],
    ['#C024BE91L', 'c024be91l'],
    ['RELEASES', 'releases'],
    ['19:aBcD1_x@thread.tacv2', '19:aBcD1_x@thread.tacv2'],
    ['##General', 'general'],
  ]);
  spelled('account', [
    ['gb29 nwbk 6016 1331 9268 19', 'GB29NWBK60161331926819'],
    ['GB29-NWBK-6016-1331-9268-19', 'GB29NWBK60161331926819'],
    ['Spotify', 'Spotify'],
  ]);
  spelled('id', [['ch_5001', 'ch_5001']]);
  refused('id', ['', 'a\nb', 'x'.repeat(301), 'ch\u200b_5001']);
});

const KINDS: readonly DestinationKind[] = ['email', 'host', 'url', 'channel', 'account', 'id'];

it('is total, and what it gives is its own spelling', () => {
  const found = fc.check(
    fc.property(fc.constantFrom(...KINDS), fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.emailAddress(), fc.ipV6(), fc.domain()), (kind, text) => {
      const place = normalise(kind, text);
      return place === undefined || normalise(kind, place) === place;
    }),
    { seed: 7, numRuns: 2_000 },
  );
  expect(found.counterexample).toBeNull();
});
