import type { RequestTemplate } from '@countersign/domain';
import type { RawRequest } from './raw.js';

export const requestOf = (raw: RawRequest): RequestTemplate => ({
  method: raw.method,
  path: raw.path,
  query: raw.query ?? {},
  headers: raw.headers ?? {},
  ...(raw.body === undefined ? {} : { body: raw.body }),
  ...(raw.encoding === 'form' && { encoding: raw.encoding }),
});
