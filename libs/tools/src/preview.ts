import { MAX_SHOWN_TEXT, type PreviewChange, type Shown } from '@countersign/contracts';
import { fitting, type ChangeValue, type PreviewSource } from '@countersign/domain';
import { atPointer, canonicalJson, readableOf, sha256, type Json, type JsonObject } from '@countersign/kernel';

/** What a preview takes of an event; a page of it is more than anybody reads. */
const ROOM_FOR_CHANGES = 8 * 1024;

/** Digits of the hash that stand for what was cut away. */
const HASH_DIGITS = 16;
/** Leaves room for what says how much was cut. */
const SHOWN_OF_LONG = 120;

/** A longer text is its beginning, its length and its hash: nothing changes in it unseen. */
const bounded = (text: string): string => {
  const characters = Array.from(text);
  if (characters.length <= MAX_SHOWN_TEXT) return text;
  return `${characters.slice(0, SHOWN_OF_LONG).join('')}… (${characters.length} characters, sha256 ${sha256(text).slice(0, HASH_DIGITS)})`;
};

/** `1e400` is JSON, and no number that anything can be made of: it is shown as a word. */
const withoutInfinity = (value: Json): Json =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' && !Number.isFinite(each) ? String(each) : each))) as Json;

/** A value as people see it; `undefined` where there is none. */
const shownOf = (value: Json | undefined): Shown | undefined => {
  if (value === undefined || value === null) return undefined;
  const finite = readableOf(withoutInfinity(value));
  if (typeof finite === 'number' || typeof finite === 'boolean') return finite;
  // Half of a character is no JSON.
  return bounded((typeof finite === 'string' ? finite : canonicalJson(finite)).toWellFormed());
};

const valueAt = (value: ChangeValue | undefined, answer: Json, args: JsonObject): Json | undefined => {
  switch (value?.from) {
    case undefined:
      return undefined;
    case 'answer':
      return atPointer(answer, value.pointer);
    case 'arg':
      return atPointer(args, value.pointer);
    case 'value':
      return value.value;
    case 'sum': {
      const sum = value.of.reduce((total, each) => {
        const part = valueAt(each, answer, args);
        return typeof part === 'number' ? total + part : Number.NaN;
      }, 0);
      return Number.isFinite(sum) ? sum : undefined;
    }
  }
};

export interface Changes {
  readonly changes: readonly PreviewChange[];
  /** Fields that found no room; absent for none. */
  readonly more?: number;
}

/**
 * What people see of an answer to the request of a preview, in the order of the contract. Values are words of the outside system: they are
 * bounded, and otherwise left as they are, so that whoever shows them makes them harmless in their own way. A field that is not there is left out.
 */
export const changesOf = ({ changes }: PreviewSource, answer: Json, args: JsonObject): Changes => {
  const found = changes.flatMap(({ field, now, after, unit }): PreviewChange[] => {
    const [before, then] = [shownOf(valueAt(now, answer, args)), shownOf(valueAt(after, answer, args))];
    if (before === undefined && then === undefined) return [];
    return [{ field, ...(before !== undefined && { now: before }), ...(then !== undefined && { after: then }), ...(unit !== undefined && { unit }) }];
  });
  const shown = fitting(found, ROOM_FOR_CHANGES);
  return { changes: shown, ...(shown.length < found.length && { more: found.length - shown.length }) };
};
