import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Taken } from './local-server.js';

/** AWS Signature Version 4 as its documentation has it, from the side of who checks. */

const ALGORITHM = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
/** Clocks may differ by this. */
const SKEW_MS = 5 * 60_000;

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const encoded = (text: string): string => encodeURIComponent(text).replaceAll(/[!'()*]/g, (letter) => `%${letter.codePointAt(0)?.toString(16).toUpperCase()}`);

const canonicalQuery = (url: URL): string =>
  [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&');

export interface Signed {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** Who signed a request; a text says why it does not count. `secretOf` gives the secret of an access key. */
export const checkSignature = ({ method, url, headers, body }: Taken, secretOf: (accessKeyId: string) => string | undefined): Signed | string => {
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', signature = ''] = ALGORITHM.exec(headers.authorization ?? '') ?? [];
  const secret = secretOf(accessKeyId);
  if (secret === undefined) return 'unknown key';
  const time = String(headers['x-amz-date'] ?? '');
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!time.startsWith(day) || !(Math.abs(Date.now() - at) < SKEW_MS)) return 'wrong time';
  const signed = names.split(';');
  const missing = ['host', 'x-amz-date', ...(headers['x-amz-security-token'] === undefined ? [] : ['x-amz-security-token'])].find((name) => !signed.includes(name));
  if (missing !== undefined) return `\`${missing}\` is not signed`;
  const payload = sha256(body);
  const stated = headers['x-amz-content-sha256'];
  if (stated !== undefined && stated !== payload) return 'the body is another one';
  const path = url.pathname.split('/').map(encoded).join('/');
  const lines = signed.map((name) => `${name}:${String(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`).join('');
  const canonical = [method, path, canonicalQuery(url), lines, names, payload].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const right = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n'));
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? { accessKeyId, region, service } : 'another signature';
};
