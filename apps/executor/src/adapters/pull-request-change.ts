import { isJsonObject, type Json } from '@countersign/kernel';
import { pathSegment } from '@countersign/tools';

/** A change as a pull request proposes it. */
export interface Change {
  readonly base: string;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly message: string;
  /** `null` takes the file away. */
  readonly files: readonly { readonly path: string; readonly content: string | null }[];
}

const isFile = (item: Json): item is Change['files'][number] & Json =>
  isJsonObject(item) && typeof item['path'] === 'string' && item['path'] !== '' && (typeof item['content'] === 'string' || item['content'] === null);

/** The name of a branch as it stands in a path, whose parts it keeps. Throws where it would walk to another place. */
export const refPath = (ref: string): string => ref.split('/').map(pathSegment).join('/');

const isRef = (value: Json | undefined): value is string => {
  try {
    return typeof value === 'string' && refPath(value) !== '';
  } catch {
    return false;
  }
};

/** `undefined` where the body of a request is no change. */
export const changeOf = (body: Json | undefined): Change | undefined => {
  if (body === undefined || !isJsonObject(body)) return undefined;
  const { base, branch, title, body: text = '', message, files } = body;
  if (!isRef(base) || !isRef(branch) || typeof title !== 'string' || typeof text !== 'string' || typeof message !== 'string') return undefined;
  return Array.isArray(files) && files.length > 0 && files.every(isFile) ? { base, branch, title, body: text, message, files } : undefined;
};
