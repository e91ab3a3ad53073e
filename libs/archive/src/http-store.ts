import { CountersignError, messageOf, seconds } from '@countersign/kernel';
import { checkPath } from './paths.js';
import type { ReadableStore } from './object-store.js';

const REQUEST_TIMEOUT = seconds(30);

/** An archive that somebody serves over HTTP, as C2SP logs are: to read, and without a list of what is there. */
export class HttpStore implements ReadableStore {
  /** `url` without a last `/`. */
  constructor(private readonly url: string) {}

  async get(path: string): Promise<Buffer | undefined> {
    checkPath(path);
    let answer: Response;
    try {
      answer = await fetch(`${this.url}/${path}`, { redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIMEOUT) });
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
    } catch (cause) {
      throw new CountersignError('ARCHIVE_UNREACHABLE', `\`${this.url}\` does not answer: ${messageOf(cause)}`, { retry: 'later', cause });
    }
    if (answer.status === 404) return undefined;
    if (answer.status >= 500 || answer.status === 429) throw new CountersignError('ARCHIVE_UNREACHABLE', `\`${this.url}\` answers ${answer.status}`, { retry: 'later' });
    throw new CountersignError('ARCHIVE_REFUSED', `\`${this.url}\` answers ${answer.status} for \`${path}\``);
  }
}
