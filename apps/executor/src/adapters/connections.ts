import { readFileSync, statSync } from 'node:fs';
import { CountersignError, isJsonObject, messageOf } from '@countersign/kernel';

/** An outside system: where it is and what opens it. Only the executor knows this. */
export interface Connection {
  readonly url: URL;
  readonly token: string | undefined;
}

/** Everybody but the owner: a file that they can read is no secret. */
const OTHERS = 0o077;

const invalid = (path: string, message: string, cause?: unknown): CountersignError =>
  new CountersignError('CONFIG_INVALID', `the connections file \`${path}\` ${message}`, {
    cause,
    hint: 'it is JSON such as {"payments": {"url": "http://127.0.0.1:8080", "token": "..."}} with mode 0600',
  });

/** Reads `{<connection>: {url, token?}}`. Throws `CONFIG_INVALID`, also where others may read the file. */
export const readConnections = (path: string): ReadonlyMap<string, Connection> => {
  let content: unknown;
  try {
    if ((statSync(path).mode & OTHERS) !== 0) throw new Error('others may read it; its mode has to be 0600');
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw invalid(path, `cannot be used: ${messageOf(cause)}`, cause);
  }
  if (!isJsonObject(content)) throw invalid(path, 'holds no JSON object');
  return new Map(
    Object.entries(content).map(([name, entry]) => {
      if (!isJsonObject(entry) || typeof entry['url'] !== 'string' || !URL.canParse(entry['url'])) throw invalid(path, `has no \`url\` for \`${name}\``);
      const token = entry['token'];
      if (token !== undefined && typeof token !== 'string') throw invalid(path, `has a \`token\` for \`${name}\` that is no text`);
      return [name, { url: new URL(entry['url']), token }];
    }),
  );
};
