import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

/** Everybody but the owner: a file that they can read is no secret. */
const OTHERS = 0o077;

export type PrivateFile =
  | { readonly text: string }
  /** `open`: others than its owner can read it. */
  | { readonly fault: 'open' }
  | { readonly fault: 'unreadable'; readonly cause: unknown };

/** Text of a file that only its owner can read. Mode and content are of the same open file. */
export const readPrivateFile = (path: string): PrivateFile => {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return (fstatSync(file).mode & OTHERS) === 0 ? { text: readFileSync(file, 'utf8') } : { fault: 'open' };
  } catch (cause) {
    return { fault: 'unreadable', cause };
  } finally {
    if (file !== undefined) closeSync(file);
  }
};
