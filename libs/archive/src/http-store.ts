import { bytesUpTo, CountersignError, messageOf, seconds } from '@countersign/kernel';
import { checkPath } from './paths.js';
import type { ReadableStore } from './object-store.js';

const REQUEST_TIMEOUT = seconds(30);
/** Bytes. A bundle has 16 MiB at most (256 entries of 65,535 bytes), a blob what one Kafka record holds: what is longer is none of ours. */
const MAX_OBJECT = 32 * 1024 * 1024;

/** An archive that somebody serves over HTTP, as C2SP logs are: to read, and without a list of what is there. Nobody has to trust who serves it. */
export class HttpStore implements ReadableStore {
  /** `url` without a last `/`. */
  constructor(private readonly url: string) {}

  async get(path: string): Promise<Buffer | undefined> {
    checkPath(path);
    let status: number;
    let bytes: Buffer | undefined;
    try {
      const answer = await fetch(`${this.url}/${path}`, { redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIMEOUT) });
      status = answer.status;
      if (answer.ok) bytes = await bytesUpTo(MAX_OBJECT, answer.body);
      else await answer.body?.cancel();
    } catch (cause) {
      throw new CountersignError('ARCHIVE_UNREACHABLE', `\`${this.url}\` does not answer: ${messageOf(cause)}`, { retry: 'later', cause });
    }
    if (bytes) return bytes;
    if (status === 404) return undefined;
    if (status >= 500 || status === 429) throw new CountersignError('ARCHIVE_UNREACHABLE', `\`${this.url}\` answers ${status}`, { retry: 'later' });
    throw new CountersignError('ARCHIVE_REFUSED', `\`${this.url}\` answers ${status < 400 ? `more than ${MAX_OBJECT} bytes` : status} for \`${path}\``);
  }
}
