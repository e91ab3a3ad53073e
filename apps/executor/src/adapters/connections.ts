import { CountersignError, isJsonObject, messageOf } from '@countersign/kernel';
import { readPrivateFile } from '@countersign/identity';
import type { CredentialSource } from '../credentials/credential.js';
import { readSource } from '../credentials/read-source.js';
import type { RequestSigner } from '../credentials/request-signer.js';

/** An outside system: where it is and what opens it. Only the executor knows this. */
export interface Connection {
  readonly url: URL;
  readonly token: string | undefined;
  /** Where what opens it comes from, where that is no `token` of the file. */
  readonly credential?: CredentialSource;
  /** Signs each request, where what opens it is a signature. */
  readonly sign?: RequestSigner;
}

const invalid = (path: string, message: string, cause?: unknown): CountersignError =>
  new CountersignError('CONFIG_INVALID', `the connections file \`${path}\` ${message}`, {
    cause,
    hint: 'it is JSON such as {"payments": {"url": "http://127.0.0.1:8080", "token": "..."}} with mode 0600',
  });

/** The parser's own fault quotes what it stumbled over, which may be a token. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
};

/** Reads `{<connection>: {url, token? or credential?}}`. Throws `CONFIG_INVALID`, also where others may read the file. */
export const readConnections = (path: string): ReadonlyMap<string, Connection> => {
  let content: unknown;
  try {
    const file = readPrivateFile(path);
    if ('fault' in file) throw file.fault === 'open' ? new Error('others may read it; its mode has to be 0600') : file.cause;
    content = parsed(file.text);
  } catch (cause) {
    throw invalid(path, `cannot be used: ${messageOf(cause)}`, cause);
  }
  if (!isJsonObject(content)) throw invalid(path, 'holds no JSON object');
  return new Map(
    Object.entries(content).map(([name, entry]) => {
      if (!isJsonObject(entry) || typeof entry['url'] !== 'string' || !URL.canParse(entry['url'])) throw invalid(path, `has no \`url\` for \`${name}\``);
      const token = entry['token'];
      if (token !== undefined && typeof token !== 'string') throw invalid(path, `has a \`token\` for \`${name}\` that is no text`);
      const url = new URL(entry['url']);
      if (!('credential' in entry)) return [name, { url, token }];
      if (token !== undefined) throw invalid(path, `has a \`token\` and a \`credential\` for \`${name}\``);
      const read = readSource(entry['credential']);
      if ('fault' in read) throw invalid(path, `is not as it must be: the connection \`${name}\` ${read.fault}`);
      return [name, { url, token, credential: read.source }];
    }),
  );
};
