import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConnections, type HttpConnection } from './connections.js';

const folder = mkdtempSync(path.join(tmpdir(), 'connections-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string, mode = 0o600): string => {
  const target = path.join(folder, name);
  writeFileSync(target, content, { mode });
  return target;
};

describe('the connections file', () => {
  it('gives the place and the token of each outside system', () => {
    const connections = readConnections(file('good.json', '{"payments":{"url":"http://127.0.0.1:1/","token":"t"},"open":{"url":"http://127.0.0.1:2/"}}'));
    expect([...connections.keys()]).toEqual(['payments', 'open']);
    expect(connections.get('payments')).toEqual({ url: new URL('http://127.0.0.1:1/'), token: 't' });
  });

  it('says of a system in a private network that it may be there, and of a program what it is started with', () => {
    const connections = readConnections(file('more.json', '{"near":{"url":"http://10.1.0.2/","allowPrivate":true,"networks":["10.1.0.0/16"],"secret":"whsec_AA=="},"files":{"command":"files","args":["/srv"],"env":{"A":"b"}},"bare":{"command":"bare","cwd":"/srv/bare"}}'));
    expect(connections.get('near')).toEqual({ url: new URL('http://10.1.0.2/'), allowPrivate: true, networks: ['10.1.0.0/16'], secret: 'whsec_AA==' });
    expect(connections.get('files')).toEqual({ command: 'files', args: ['/srv'], env: { A: 'b' } });
    expect(connections.get('bare')).toEqual({ command: 'bare', args: [], env: {}, cwd: '/srv/bare' });
  });

  it('says where a credential comes from', () => {
    const source = (credential: object) => (readConnections(file('source.json', JSON.stringify({ payments: { url: 'https://payments.example', credential } }))).get('payments') as HttpConnection | undefined)?.credential;
    expect(source({ provider: 'file', path: '/run/{tenant}/{tool}' })).toEqual({ provider: 'file', path: '/run/{tenant}/{tool}' });
    expect(source({ provider: 'environment', name: 'TOKEN_{tenant}' })).toEqual({ provider: 'environment', name: 'TOKEN_{tenant}' });
    const exchange = { provider: 'oauth-token-exchange', tokenEndpoint: 'https://login.example/token', clientId: 'c', clientSecretFile: '/s' };
    expect(source(exchange)).toEqual({ ...exchange, tokenEndpoint: new URL(exchange.tokenEndpoint), scope: 'tenant:{tenant} tool:{tool} action:{action}' });
    const near = { ...exchange, allowPrivate: true, networks: ['10.1.0.0/16'] };
    expect(source(near)).toMatchObject({ allowPrivate: true, networks: ['10.1.0.0/16'] });
    const role = { provider: 'aws-sts', roleArn: 'arn:aws:iam::1:role/r', region: 'eu-central-1', service: 's3', actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/{tenant}/{resource.customer}/*'] };
    expect(source(role)).toEqual(role);
  });

  it.each([
    ['a provider that nobody knows', { provider: 'vault' }, 'needs a `provider`'],
    ['no path', { provider: 'file' }, 'has no `path`'],
    ['a field that is mistyped', { provider: 'file', path: '/a', token: 's3cret' }, 'that its provider does not know'],
    ['a placeholder that stands for nothing', { provider: 'file', path: '/{resource.customer}' }, 'stands for nothing there'],
    ['a brace that stands alone', { provider: 'environment', name: 'A_{tenant' }, 'stands alone'],
    ['an endpoint that anybody on the way can read', { provider: 'oauth-token-exchange', tokenEndpoint: 'http://login.example/', clientId: 'c', clientSecretFile: '/s' }, 'is not https'],
    ['a reach that is no word of ours', { provider: 'oauth-token-exchange', tokenEndpoint: 'https://login.example/', clientId: 'c', clientSecretFile: '/s', allowPrivate: 'yes' }, '`allowPrivate`'],
    ['a network that is none', { provider: 'aws-sts', roleArn: 'r', region: 'e', service: 's3', actions: ['a'], resources: ['b'], networks: ['10.0.0.0/33'] }, '`networks`'],
    ['an access key without its secret', { provider: 'aws-sts', roleArn: 'r', region: 'e', service: 's3', actions: ['a'], resources: ['b'], accessKeyId: 'k' }, 'without the other'],
    ['no actions', { provider: 'aws-sts', roleArn: 'r', region: 'e', service: 's3', actions: [], resources: ['b'] }, 'no list of texts `actions`'],
  ])('refuses %s, and quotes no value', (_, credential, message) => {
    const wrong = file('wrong.json', JSON.stringify({ payments: { url: 'https://payments.example', credential } }));
    expect(() => readConnections(wrong)).toThrow(message);
    expect(() => readConnections(wrong)).not.toThrow('s3cret');
  });

  it('refuses a token beside another source', () => {
    expect(() => readConnections(file('both.json', '{"p":{"url":"https://p.example","token":"s3cret","credential":{"provider":"file","path":"/a"}}}'))).toThrow('a `token` and a `credential`');
  });

  it('quotes nothing of what is no JSON', () => {
    expect(() => readConnections(file('broken.json', '{"payments": s3cret'))).toThrow(/^(?!.*s3cret).*it is no JSON/);
  });

  it.each([
    ['an entry has a url of another kind', file('ftp.json', '{"payments":{"url":"file:///etc/passwd"}}'), /no `url` for `payments`/],
    ['a network is none', file('net.json', '{"payments":{"url":"http://a/","networks":["10.0.0.0"]}}'), /a `networks` that is no list/],
    ['a key was mistyped', file('typo.json', '{"payments":{"url":"http://a/","allowprivate":true}}'), /an unknown key `allowprivate` for `payments`/],
    ['a program has a token', file('two.json', '{"files":{"command":"files","token":"t"}}'), /an unknown key `token` for `files`/],
    ['a program starts in a folder that depends on who starts it', file('cwd.json', '{"files":{"command":"files","cwd":"data"}}'), /a `cwd` that is no absolute path for `files`/],
    ['what a program gets is no text', file('env.json', '{"files":{"command":"files","env":{"A":1}}}'), /an `env` that is no map of texts/],
    ['others may read it', file('open.json', '{}', 0o644), /others may read it/],
    ['it is not there', path.join(folder, 'none.json'), /cannot be used/],
    ['it is no JSON', file('text.json', 'payments'), /cannot be used/],
    ['an entry has no url', file('bare.json', '{"payments":{"token":"t"}}'), /no `url` for `payments`/],
  ])('is refused where %s, and its tokens are never in the message', (_, target, message) => {
    expect(() => readConnections(target)).toThrow(message);
    expect(() => readConnections(target)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
