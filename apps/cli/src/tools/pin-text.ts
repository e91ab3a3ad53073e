import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parseDocument, type Document } from 'yaml';
import type { Sha256 } from '@countersign/kernel';

export const DESCRIPTION_HASH = 'description_hash';

/**
 * The text of a tool file with the hash in it. Only the one line changes: comments, order and layout are those of whoever wrote the
 * file. A file in one pair of braces is laid out anew.
 */
export const pinned = (text: string, hash: Sha256): string => {
  const document = parseDocument(text);
  const changed = withLine(text, document, hash);
  document.set(DESCRIPTION_HASH, hash);
  // A block that keeps its empty lines would lose one to a line in its middle: what is read has to be what was meant.
  if (changed !== undefined && isDeepStrictEqual(parseDocument(changed).toJS(), document.toJS())) return changed;
  return document.toString({ lineWidth: 0 });
};

const withLine = (text: string, { contents: map }: Document, hash: Sha256): string | undefined => {
  if (!isMap(map) || map.flow === true) return undefined;
  const pair = (name: string) => map.items.find(({ key }) => isScalar(key) && key.value === name);
  const known = pair(DESCRIPTION_HASH)?.value;
  if (isScalar(known) && known.range) return `${text.slice(0, known.range[0])}${hash}${text.slice(known.range[1])}`;
  const description = pair('description')?.value;
  const end = isScalar(description) && description.range ? description.range[2] : text.length;
  const before = text.slice(0, end);
  return `${before}${before.endsWith('\n') ? '' : '\n'}${DESCRIPTION_HASH}: ${hash}\n${text.slice(end)}`;
};
