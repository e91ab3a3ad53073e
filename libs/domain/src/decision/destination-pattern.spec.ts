import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinationPattern, destinationPatternFault, matchesDestination } from './destination-pattern.js';

const matches = (pattern: string, kind: 'url' | 'email' | 'host', value: string): boolean => matchesDestination(destinationPattern(pattern), { kind, value });

describe('a pattern of places', () => {
  it.each([
    ['url:https://*.example.com/*', 'https://a.example.com/x?y', true],
    ['url:https://*.example.com/*', 'https://evil.io/.example.com/', false],
    ['url:https://*.example.com/*', 'http://a.example.com/x', false],
    ['url:https://example.com', 'https://example.com/', true],
    ['url:https://example.com', 'https://example.com/x', false],
    ['url:*://example.com/*', 'http://example.com/x', true],
    ['url:*://*/*', 'https://evil.io/', true],
    ['url:*', 'https://evil.io/', true],
    ['*', 'https://evil.io/', true],
    ['url:*.example.com/*', 'https://evil.io/.example.com/', false],
    ['*.example.com/*', 'https://evil.io/.example.com/', false],
    ['url:*example.com*', 'https://evil.io/?example.com', false],
    ['https://*', 'https://evil.io/.example.com/', false],
  ] as const)('`%s` of `%s`: %s', (pattern, value, expected) => expect(matches(pattern, 'url', value)).toBe(expected));

  it('matches places of its kind only', () => {
    expect(matches('email:*@example.com', 'email', 'ada@example.com')).toBe(true);
    expect(matches('email:*', 'host', 'example.com')).toBe(false);
    expect(matches('*example.com', 'host', 'a.example.com')).toBe(false);
  });

  it.each([
    ['*@example.com', '`*@example.com` says no kind of place: write `email:*@example.com`, or one of `host:` `url:` `channel:` `account:` `id:`; `*` alone is every place'],
    ['mail:*@example.com', '`mail:*@example.com` says no kind of place: write `email:mail:*@example.com`, or one of `host:` `url:` `channel:` `account:` `id:`; `*` alone is every place'],
    ['url:*.example.com/*', '`url:*.example.com/*` has no scheme, so its `*` could reach over the host: write `url:https://HOST/PATH`, or `url:*://HOST/PATH` for `http` too'],
    ['url:*example.com*', '`url:*example.com*` has no scheme, so its `*` could reach over the host: write `url:https://HOST/PATH`, or `url:*://HOST/PATH` for `http` too'],
    ['url:ht*//example.com/', '`url:ht*//example.com/` has no scheme, so its `*` could reach over the host: write `url:https://HOST/PATH`, or `url:*://HOST/PATH` for `http` too'],
    ['url:https://Example.com/', '`url:https://Example.com/` can match nothing: places of kind `url` are in lower case'],
    ['email:*@Example.com', '`email:*@Example.com` can match nothing: places of kind `email` are in lower case'],
    ['email:', '`email:` can match nothing'],
  ])('`%s` is refused', (pattern, fault) => expect(destinationPatternFault(pattern)).toBe(fault));

  it.each(['*', 'url:*', 'url:https://example.com/Path', 'url:*://*.example.com/*', 'email:*@example.com', 'id:Ch_*', 'channel:C024BE91L'])('`%s` is one', (pattern) => expect(destinationPatternFault(pattern)).toBeUndefined());
});

it('no pattern that names the end of a host matches an address at another host', () => {
  const front = fc.constantFrom('url:https://*', 'url:*://*', 'url:*', '*', 'url:', 'https://*', 'url:http*://*', 'url:https://a*');
  const back = fc.constantFrom('.example.com/*', '.example.com', '.example.com*', '.example.com/*/x*');
  const path = fc.stringMatching(/^[a-z./?=]{0,12}$/);
  fc.assert(
    fc.property(front, back, path, path, fc.constantFrom('http', 'https'), (start, end, before, after, scheme) => {
      expect(matches(`${start}${end}`, 'url', `${scheme}://evil.io/${before}a.example.com${after}`)).toBe(false);
    }),
    { seed: 23, numRuns: 2_000 },
  );
});
