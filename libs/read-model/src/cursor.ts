import { CountersignError, isJsonObject, parseTimestamp, timestamp, type JsonObject } from '@countersign/kernel';

/** Where a page ended, as text that the caller gives back unread. */
export const writeCursor = (place: JsonObject): string => Buffer.from(JSON.stringify(place)).toString('base64url');

const refuse = (text: string): never => {
  throw new CountersignError('REQUEST_INVALID', `\`${text.slice(0, 40)}\` is no cursor`, { hint: 'give the cursor of an earlier answer, unchanged' });
};

/** Throws `REQUEST_INVALID` for a text that `writeCursor` did not write. */
export const readCursor = (text: string): JsonObject => {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (isJsonObject(place)) return place;
  } catch {
    // Falls through to the one answer.
  }
  return refuse(text);
};

/** The last row of a page that is sorted by time and id; throws as `readCursor`. */
export const readKeyset = (text: string): { readonly at: string; readonly id: string } => {
  const { at, id } = readCursor(text);
  const time = typeof at === 'string' ? parseTimestamp(at) : undefined;
  return time === undefined || typeof id !== 'string' || id.includes('\0') ? refuse(text) : { at: timestamp(time), id };
};

/** What is shown of rows that were read one beyond the page, and the cursor of the next page where there is one. */
export const pageOf = <Row>(rows: readonly Row[], limit: number, placeOf: (row: Row) => JsonObject): { readonly shown: readonly Row[]; readonly next: { readonly cursor?: string } } => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: rows.length > shown.length && last !== undefined ? { cursor: writeCursor(placeOf(last)) } : {} };
};
