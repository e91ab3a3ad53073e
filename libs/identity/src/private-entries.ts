import { CountersignError, isJsonObject, messageOf, type Json } from '@countersign/kernel';
import { readPrivateFile } from './private-file.js';

/** Why an entry cannot be used, to stand between "has" and its name; its values are never said. */
export class UnusableEntry extends Error {}

export interface PrivateEntries<Entry> {
  /** `the connections file` */
  readonly what: string;
  /** How the file looks, and which page has every key. */
  readonly hint: string;
  /** Throws `UnusableEntry`. */
  readonly entryOf: (entry: Json) => Entry;
}

/** The parser's own fault quotes what it stumbled over, which may be a secret. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
};

/** A JSON object in a file that only its owner can read, by name. Throws `CONFIG_INVALID`, also where others may read the file. */
export const readPrivateEntries = <Entry>(path: string, { what, hint, entryOf }: PrivateEntries<Entry>): ReadonlyMap<string, Entry> => {
  const invalid = (message: string, cause?: unknown): CountersignError => new CountersignError('CONFIG_INVALID', `${what} \`${path}\` ${message}`, { cause, hint });
  let content: unknown;
  try {
    const file = readPrivateFile(path);
    if ('fault' in file) throw file.fault === 'open' ? new Error('others may read it; its mode has to be 0600') : file.cause;
    content = parsed(file.text);
  } catch (cause) {
    throw invalid(`cannot be used: ${messageOf(cause)}`, cause);
  }
  if (!isJsonObject(content)) throw invalid('holds no JSON object');
  return new Map(
    Object.entries(content).map(([name, entry]) => {
      try {
        return [name, entryOf(entry)];
      } catch (fault) {
        if (fault instanceof UnusableEntry) throw invalid(`has ${fault.message} \`${name}\``);
        throw fault;
      }
    }),
  );
};
