import { isJsonObject, type Json } from '@countersign/kernel';

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

/** `undefined` where the body of a request is no change. */
export const changeOf = (body: Json | undefined): Change | undefined => {
  if (body === undefined || !isJsonObject(body)) return undefined;
  const { base, branch, title, body: text = '', message, files } = body;
  if (typeof base !== 'string' || typeof branch !== 'string' || typeof title !== 'string' || typeof text !== 'string' || typeof message !== 'string') return undefined;
  return Array.isArray(files) && files.length > 0 && files.every(isFile) ? { base, branch, title, body: text, message, files } : undefined;
};
