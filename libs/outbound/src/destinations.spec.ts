import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { allowedBy, guardedLookup, isNetwork } from './destinations.js';

const CLOSED = ['0.0.0.0', '169.254.169.254', '100.100.100.200', '168.63.129.16', '224.0.0.1', '255.255.255.255', '::', '::7f00:1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'fd20:ce::254', '::ffff:0:7f00:1', '::ffff:0:1.1.1.1', '192.88.99.1', '2001:10::1', '2001:1f:ffff::1', '2001:20::1', '2001:2f:ffff::1', '3fff::1', '3fff:fff::1', '5f00::1', '100::1', '100:0:0:1::1', 'localhost', ''];
const PRIVATE = ['127.0.0.1', '127.8.9.1', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '::1', 'fd12::1', 'fc00::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1'];
const PUBLIC = ['1.1.1.1', '172.32.0.1', '100.128.0.1', '169.253.0.1', '2606:4700::1111', '2001:30::1', '3ffe::1', '100:0:0:2::1', '::ffff:1.1.1.1'];

describe('where a connection may lead', () => {
  it.each(CLOSED)('never to %s', (address) => {
    expect(allowedBy({})(address)).toBe(false);
    expect(allowedBy({ allowPrivate: true })(address)).toBe(false);
  });

  it.each(PRIVATE)('to %s only where private networks are allowed', (address) => {
    expect(allowedBy({})(address)).toBe(false);
    expect(allowedBy({ allowPrivate: true })(address)).toBe(true);
  });

  it.each(PUBLIC)('to %s', (address) => expect(allowedBy({})(address)).toBe(true));

  it('into a network that it names, and no other', () => {
    const named = allowedBy({ networks: ['10.1.0.0/16', '169.254.1.0/24', 'fd12::/16'] });
    expect(['10.1.2.3', '::ffff:10.1.2.3', '169.254.1.9', 'fd12::9'].map(named)).toEqual([true, true, true, true]);
    expect(['10.2.0.1', '169.254.169.254', '127.0.0.1'].map(named)).toEqual([false, false, false]);
  });

  it.each([['10.0.0.0/8', true], ['fd00::/8', true], ['10.0.0.0', false], ['10.0.0.0/33', false], ['::/129', false], ['host/8', false], ['10.0.0.0/8/8', false]])('%s is a network: %s', (text, is) => expect(isNetwork(text)).toBe(is));
});

describe('a name that is looked up', () => {
  const look = (answers: readonly (readonly string[])[], all: boolean) => {
    let asked = 0;
    const lookup = guardedLookup(allowedBy({}), (_name, _options, done) => {
      const addresses: LookupAddress[] = (answers[asked] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      asked += 1;
      done(null, addresses);
    });
    return new Promise((done) => lookup('tools.example', { all }, (fault, address, family) => done({ code: fault && fault.code, address, family, asked })));
  };

  it('gives the address that was looked at, and is asked for once: a second answer would be nobody\'s', async () => {
    expect(await look([['1.1.1.1', '2606:4700::1111'], ['127.0.0.1']], false)).toEqual({ code: null, address: '1.1.1.1', family: 4, asked: 1 });
    expect(await look([['1.1.1.1']], true)).toMatchObject({ address: [{ address: '1.1.1.1', family: 4 }], asked: 1 });
  });

  it('is refused for one forbidden address among others', async () => {
    expect(await look([['1.1.1.1', '10.0.0.1']], true)).toMatchObject({ code: 'destination.private', address: '' });
    expect(await look([[]], true)).toMatchObject({ code: 'ENOTFOUND' });
  });
});
