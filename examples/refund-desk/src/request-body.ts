import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.js';

/** A refund is 200 bytes; the largest honest body is a list of faults. */
export const LARGEST_BODY_BYTES = 64 * 1024;

/** The JSON body of a request. Throws `ApiError` when it is too large, of another type, or not JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new ApiError(415, 'unsupported_media_type', 'the body must be application/json');
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY_BYTES) throw bodyTooLarge();
  const bytes = await bytesOf(request);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ApiError(400, 'invalid_json', 'the body is not JSON');
  }
}

/** Not `for await`: leaving that early destroys the socket, and the caller would get a reset instead of an answer. */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
      else reject(bodyTooLarge());
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the caller gave up while sending the body')));
  });
}

/** The rest of the body is not worth reading, so the connection cannot be used again. */
function bodyTooLarge(): ApiError {
  return new ApiError(413, 'body_too_large', `the body must have at most ${LARGEST_BODY_BYTES} bytes`, { connection: 'close' });
}
