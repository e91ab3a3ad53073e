import { fileURLToPath } from 'node:url';
import { CountersignError, systemClock } from '@countersign/kernel';
import { FileStore } from './file-store.js';
import { HttpStore } from './http-store.js';
import type { ObjectStore, ReadableStore } from './object-store.js';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

const invalid = (url: string, why: string): CountersignError =>
  new CountersignError('CONFIG_INVALID', `\`${url}\` is no archive: ${why}`, { hint: 'write `file:/absolute/folder` or `s3://bucket/prefix`, with `?endpoint=https://host&region=name` for a server of your own' });

const parse = (url: string): URL => {
  try {
    return new URL(url);
  } catch {
    throw invalid(url, 'it is no URL');
  }
};

const openS3 = async (url: string, { hostname, pathname, searchParams }: URL): Promise<ObjectStore> => {
  const [endpoint, region] = [searchParams.get('endpoint') ?? undefined, searchParams.get('region') ?? undefined];
  for (const name of searchParams.keys()) if (name !== 'endpoint' && name !== 'region') throw invalid(url, `it knows nothing of \`${name}\``);
  const place = endpoint === undefined ? undefined : parse(endpoint);
  if (place && place.protocol !== 'https:' && !LOOPBACK.has(place.hostname)) throw invalid(url, 'its endpoint is neither https nor on this machine');
  // The SDK takes 40 ms and 20 MB to load, which whoever keeps a folder does not need.
  const { S3Store } = await import('./s3-store.js');
  return new S3Store({
    bucket: hostname,
    prefix: pathname.replaceAll(/^\/+|\/+$/g, ''),
    clock: systemClock,
    client: { ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }), ...(region === undefined ? {} : { region }) },
  });
};

/** The store that a URL names: `file:` and `s3:`. Throws `CONFIG_INVALID`. */
export const openStore = async (url: string): Promise<ObjectStore> => {
  const parsed = parse(url);
  if (parsed.protocol === 's3:') return openS3(url, parsed);
  if (parsed.protocol !== 'file:' || parsed.host !== '') throw invalid(url, 'it names neither a folder nor a bucket');
  return new FileStore(fileURLToPath(parsed));
};

/** Like `openStore`, and for an archive that is served over HTTPS. */
export const openReadableStore = async (url: string): Promise<ReadableStore> => {
  const { protocol, hostname } = parse(url);
  const isServed = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  return isServed ? new HttpStore(url.replace(/\/+$/, '')) : openStore(url);
};
