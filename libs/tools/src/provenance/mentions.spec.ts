import type { DestinationKind } from '@countersign/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mentionsIn } from './mentions.js';
import { normalise } from './normalise.js';

const names = (kind: DestinationKind, text: string, value: string): boolean => {
  const place = normalise(kind, value);
  return place !== undefined && mentionsIn(kind, text).has(place);
};

describe('a text names a place', () => {
  it.each([
    ['email', 'Write to ada@example.com.', 'ADA@example.com'],
    ['email', "shared with 'ada@example.com'.", 'ada@example.com'],
    ['email', 'Ada (ada@example.com), and Bob <bob@example.org>!', 'bob@example.org'],
    ['email', '**ada@example.com**: hello', 'ada@example.com'],
    ['email', "it is ada@example.com's", 'ada@example.com'],
    ['email', 'ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['url', 'Summarise www.example.com/news, please', 'https://www.example.com/news'],
    ['url', 'see (https://example.com/a).', 'https://example.com/a'],
    ['host', 'see https://api.example.com/x', 'api.example.com'],
    ['account', 'refund GB29NWBK60161331926819 for it', 'gb29 nwbk 6016 1331 9268 19'],
    ['account', 'pay GB29 NWBK 6016 1331 9268 19 the rent', 'GB29NWBK60161331926819'],
    ['account', 'Spotify sent me a note', 'Spotify'],
    ['account', 'tell me what Spotify sent', 'Spotify'],
    ['account', "pay 'Green Grocer' the rest", 'Green Grocer'],
    ['account', 'spotify', 'spotify'],
    ['channel', 'post it in project_x', 'project_x'],
    ['channel', 'tell @ada', '@ada'],
    ['host', 'look at 192.0.2.7 for me', '192.0.2.7'],
    ['url', 'get 192.0.2.7:8080/x', 'https://192.0.2.7:8080/x'],
    ['channel', 'post it in #General.', 'general'],
    ['channel', "post it in 'random'", '#random'],
    ['channel', 'tell C024BE91L about it', 'C024BE91L'],
    ['url', 'get http://example.com/a', 'http://example.com/a'],
    ['host', 'get http://example.com/a', 'example.com'],
    ['id', 'refund ch_5001, all of it', 'ch_5001'],
    ['id', "delete the file with ID '13'", '13'],
    ['id', '13', '13'],
    ['id', "set the password to '1j1l-2k3j'.", '1j1l-2k3j'],
    ['id', 'issue #48213', '48213'],
    ['id', 'see INV-12', 'INV-12'],
    ['id', 'text +4930901820', '+4930901820'],
    ['id', 'issue #48213', '#48213'],
    ['id', 'change my password', 'change my password'],
    ['id', 'set it to "correct horse"', 'correct horse'],
  ] as const)('%s in `%s`: `%s`', (kind, text, value) => expect(names(kind, text, value)).toBe(true));
});

describe('a text does not name what only looks like a part of it', () => {
  it.each([
    ['email', 'ada@example.com.evil.io', 'ada@example.com'],
    ['email', 'bada@example.com', 'ada@example.com'],
    ['email', 'x-ada@example.com', 'ada@example.com'],
    ['email', "'ada@example.com", 'ada@example.co'],
    ['email', '_ada@example.com', 'ada@example.com'],
    ['email', 'ada@example.com', 'ada@example.com.evil.io'],
    ['email', 'ask Ada', 'ada@example.com'],
    ['url', 'https://example.com/a', 'https://example.com/a?leak=1'],
    ['url', 'https://example.com/a', 'https://example.com/'],
    ['url', 'https://example.com.evil.io/', 'https://example.com/'],
    ['host', 'api.example.com.evil.io', 'api.example.com'],
    ['account', 'GB29NWBK60161331926819', 'GB29NWBK601613319268'],
    ['account', 'pay GB29 NWBK 6016 1331 9268 19', 'GB29NWBK6016'],
    ['account', 'pay GB29 NWBK 6016 1331 9268 19', '9268'],
    ['account', 'pay 12 345 678 dollars', '12345'],
    ['id', 'on June 13', '13'],
    ['id', 'ch_50011', 'ch_5001'],
    ['id', 'ch_5001-b', 'ch_5001'],
    ['id', 'pay $48213', '48213'],
    ['id', 'is it 48213 500?', '48213'],
    ['id', "set the password to '1j1l-2k3j'.", '2k3j'],
    ['channel', '#general-private', 'general'],
    ['channel', 'tell C024BE91L, please', 'c024be91l'],
    ['url', 'get https://example.com/a', 'http://example.com/a'],
    ['url', 'get http://example.com/a', 'https://example.com/a'],
    ['id', "it is the dogs'food'bowl", 'food'],
    ['id', 'pay 10.25 EUR', '10.25'],
    ['id', 'by 2026-05-01', '2026-05-01'],
    ['id', 'at 12:30', '12:30'],
    ['id', 'open 24/7', '24/7'],
    ['id', 'take 50% off', '50%'],
    ['id', 'pay $100', '$100'],
    ['id', 'gain +10', '+10'],
    ['account', 'pay 1,200.00 EUR', '1,200.00'],
    ['account', 'Somebody sent me a note', 'Somebody'],
    ['account', 'Payment failed', 'Payment'],
    ['account', 'Please call', 'Please'],
    ['account', 'It is late.\n - Please pay', 'Please'],
    ['account', 'pay (Spotify-evil) for it', 'Spotify'],
    ['account', 'write to Spotify', 'spotify'],
    ['host', 'pay 10.1 EUR', '10.0.0.1'],
    ['host', 'pay 10.1 EUR', '10.1'],
    ['host', '10.1', '10.0.0.1'],
    ['host', 'it costs 169.16689662', '169.254.169.254'],
    ['host', 'version 127.1', '127.0.0.1'],
    ['host', 'at 0177.0.0.1', '127.0.0.1'],
    ['host', 'write ::ffff:7f00:1', '127.0.0.1'],
    ['url', 'pay 10.1 EUR', 'https://10.0.0.1/'],
  ] as const)('%s in `%s`: `%s`', (kind, text, value) => expect(names(kind, text, value)).toBe(false));
});

const KNOWN = 'ada@example.com';
const TASK = `Please write to ${KNOWN}, and pay GB29NWBK60161331926819 for https://shop.example.com/order/7.`;

/** Spellings that people and attackers use; each is applied to any text. */
const SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => text.toUpperCase(),
  (text) => `${text}.`,
  (text) => ` ${text} `,
  (text) => `<${text}>`,
  (text) => `Ada <${text}>`,
  (text) => `"${text}"`,
  (text) => text.normalize('NFKD'),
  (text) => text.replaceAll('a', '\u0430'),
  (text) => text.replaceAll('e', '\uff45'),
  (text) => text.replace('.', '.\u200b'),
  (text) => `${text}\u0000`,
  (text) => text.replace('@', '%40'),
  (text) => text.replace('/', '\\'),
  (text) => `https://${text}`,
  (text) => `${text}#x`,
  (text) => text.replaceAll(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
];

const spelling = fc.array(fc.constantFrom(...SPELLINGS), { maxLength: 4 });
const respell = (text: string, by: readonly ((text: string) => string)[]): string => by.reduce((here, change) => change(here), text);

it('no change of spelling makes an unknown place a known one', () => {
  const strangers = fc.oneof(
    fc.tuple(fc.constant('email' as const), fc.constantFrom('eve@evil.io', 'ada@example.com.evil.io', 'ada@examp1e.com', 'x.ada@example.com', 'ada@evil.io', 'ada+x@example.com')),
    fc.tuple(fc.constant('url' as const), fc.constantFrom('https://evil.io/', 'https://shop.example.com/order/8', 'https://shop.example.com.evil.io/order/7', 'https://shop.example.com@evil.io/order/7')),
    fc.tuple(fc.constant('account' as const), fc.constantFrom('GB29NWBK60161331926818', 'GB29NWBK601613319268', 'US133000000121212121212')),
    fc.tuple(fc.constant('host' as const), fc.constantFrom('evil.io', 'example.com', 'shop.example.com.evil.io', '127.0.0.1')),
  );
  const found = fc.check(
    fc.property(strangers, spelling, ([kind, stranger], by) => !names(kind, TASK, respell(stranger, by))),
    { seed: 11, numRuns: 3_000 },
  );
  expect(found.counterexample).toBeNull();
});

const SENTENCE = 'Please change my password to something new, and tell the general channel about all open tickets. Then write a follow-up and/or an e-mail.';

it('an ordinary word of a text names no id, channel or account, nor does a run of them', () => {
  const words = SENTENCE.split(/[ ,.]+/).filter(Boolean);
  fc.assert(
    fc.property(fc.constantFrom('id' as const, 'channel' as const, 'account' as const), fc.nat(words.length - 1), fc.integer({ min: 1, max: 4 }), (kind, at, length) => {
      expect(names(kind, SENTENCE, words.slice(at, at + length).join(' '))).toBe(false);
    }),
    { seed: 17, numRuns: 1_000 },
  );
});

it('a decimal number of a text names no IP address, in whatever way it is read', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(16_777_215), fc.constantFrom('pay 0 EUR', '0', 'it is 0.', '(0)'), (whole, part, text) => {
      const number = `${whole}.${part}`;
      expect(names('host', text.replace('0', number), number)).toBe(false);
      expect(names('url', text.replace('0', number), `http://${number}/`)).toBe(false);
    }),
    { seed: 19, numRuns: 1_000 },
  );
});

it('whatever stands around a mailbox joined to it, the mailbox is not named', () => {
  const joined = fc.stringMatching(/^[a-z0-9.+_-]{1,8}$/);
  fc.assert(
    fc.property(joined, joined, (before, after) => {
      expect(names('email', `write to ${before}${KNOWN}`, KNOWN)).toBe(false);
      expect(names('email', `write to ${KNOWN}.${after.replaceAll(/[^a-z0-9]/g, 'x')}`, KNOWN)).toBe(false);
    }),
    { seed: 13, numRuns: 1_000 },
  );
});

it('reads a text of any kind in time that grows with it', () => {
  const started = performance.now();
  for (const text of ['1 ', 'a@', 'ab12 ', "'", 'a.', '((', 'x/', '+1 ']) for (const kind of ['email', 'url', 'host', 'account', 'id', 'channel'] as const) mentionsIn(kind, text.repeat(4_000)).has('zzzzz');
  expect(performance.now() - started).toBeLessThan(5_000);
});
