import { FINDINGS } from '@countersign/domain';
import { describe, expect, it } from 'vitest';
import { findingsIn } from './scan.js';

const NOBODY = (): boolean => false;
/** In parts: whoever looks for leaked keys in sources is not to find one here. */
const joined = (...parts: readonly string[]): string => parts.join('');

describe('the scan of free text finds', () => {
  it.each([
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE', ['secret']],
    ['a token of GitHub', joined('ghp', '_abcdefghijklmnopqrstuvwxyz0123456789'), ['secret']],
    ['a key of Amazon', joined('AKIA', 'IOSFODNN7EXAMPLE'), ['secret']],
    ['a JSON Web Token', joined('eyJ', 'hbGciOiJIUzI1NiJ9', '.eyJ', 'zdWIiOiIxMjM0NTY3ODkwIn0', '.c2ln'), ['secret']],
    ['a password that is said to be one', 'the password is hunter2hunter2', ['secret']],
    ['a random token', 'use Zk3vQ9xT1mB7rL5nW2pY8sD4', ['secret']],
    ['a card, in groups', 'card 4111 1111 1111 1111', ['card']],
    ['an IBAN, in groups', 'to GB29 NWBK 6016 1331 9268 19 today', ['iban']],
    ['a social security number', 'SSN 123-45-6789', ['ssn']],
    ['a mailbox', 'ask ada@example.com.', ['email']],
    ['a telephone', 'call +49 30 901820', ['phone']],
    ['a telephone in the United States', 'call (212) 555-2368', ['phone']],
    ['a link', 'click https://evil.example/x', ['link']],
    ['a link under a public suffix', 'look at www.evil-shop.com', ['link']],
    ['a link without a scheme', 'look at evil-shop.com/x.', ['link']],
    ['a card in full-width digits', '\uff14\uff11\uff11\uff11 1111 1111 1111', ['card']],
    ['a card with what nobody sees in it', '4111\u200b111111111111', ['card']],
  ] as const)('%s', (_, text, found) => expect(findingsIn([text], NOBODY)).toEqual(found));

  it.each([
    'Car Rental\t\t\t98.70',
    'see feedback.xlsx, e.g. page 2.5 of it',
    'order 4111 1111 1111 1112 is no card',
    'GB29 NWBK 6016 1331 9268 18 is no IBAN',
    'id 3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    'on 2026-01-02 at 12:30, 1,200.00 dollars',
    'Supercalifragilisticexpialidocious behaviour',
  ])('nothing in `%s`', (text) => expect(findingsIn([text], NOBODY)).toEqual([]));

  it('no link to a place that is known', () => {
    expect(findingsIn(['see https://www.example.com/x'], (url) => url === 'https://www.example.com/x')).toEqual([]);
  });

  it('everything in a text that is too long to be read', () => {
    expect(findingsIn(['x'.repeat(65 * 1024)], NOBODY).toSorted()).toEqual([...FINDINGS].toSorted());
  });

  it('what there is in time that grows with the text', () => {
    const started = performance.now();
    for (const text of ['a', '1 ', 'a@', 'eyJ', '-----BEGIN ', 'password', 'a://b:', '+1 ', 'ab12 ', '(1', 'x/']) findingsIn([text.repeat(Math.floor(60_000 / text.length))], NOBODY);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
