import { centsOf, microUsdFromDecimal } from '@countersign/kernel';
import type { AttributeValue } from '../attributes.js';
import type { Term } from './vocabulary.js';

/** A value, or why the text is none. */
export type Reading<Value> = { readonly value: Value } | { readonly fault: string };

export const andThen = <From, To>(reading: Reading<From>, next: (value: From) => Reading<To>): Reading<To> => ('fault' in reading ? reading : next(reading.value));

const LIST = /^\[(.*)\]$/s;
/** One part of a list, quoted or bare, and the comma or the end behind it. */
const ITEM = /\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',[\]][^",[\]]*?)\s*(,|$)/sy;
const INTEGER = /^-?\d{1,16}$/;
const MONEY = /^\d{1,9}(?:\.(\d+))?$/;

/** Text in double quotes (as JSON), in single quotes (as it stands) or bare. A stray quote is refused: it would silently be compared. */
export const unquoted = (text: string): Reading<string> => {
  const fault = { fault: `\`${text}\` is no text, quoted or bare` };
  let value: unknown = text;
  if (text.startsWith("'")) value = /^'([^']*)'$/.exec(text)?.[1];
  else if (text.includes('"')) {
    try {
      value = JSON.parse(text);
    } catch {
      return fault;
    }
  }
  return typeof value === 'string' && value.isWellFormed() ? { value } : fault;
};

const cents = (text: string): Reading<number> => {
  const match = MONEY.exec(text);
  if (!match) return { fault: `\`${text}\` is no amount in dollars such as \`100\` or \`99.50\`` };
  if ((match[1] ?? '').length > 2) return { fault: `\`${text}\` has more than two decimals, and amounts are compared in whole cents` };
  return { value: centsOf(microUsdFromDecimal(text)) };
};

const integer = (text: string): Reading<number> => {
  const value = Number(text);
  return INTEGER.test(text) && Number.isSafeInteger(value) ? { value } : { fault: `\`${text}\` is no whole number between -2^53 and 2^53` };
};

export const readNumber = (text: string, term: Term): Reading<number> => (term.money ? cents(text) : integer(text));

export const readLiteral = (text: string, term: Term): Reading<AttributeValue> => (term.type === 'integer' ? readNumber(text, term) : unquoted(text));

/** Sorted and without doubles: the order of a list has no meaning. */
const listOf = (values: readonly AttributeValue[]): AttributeValue[] => [...new Set(values)].toSorted((a, b) => (a < b ? -1 : Number(a > b)));

/** Reads `[a, "b c", 3]`. */
export const readList = (text: string, term: Term): Reading<AttributeValue[]> => {
  const inner = LIST.exec(text)?.[1] ?? '';
  const fault = { fault: `\`${text}\` is no list such as \`[a, b]\`` };
  const values: AttributeValue[] = [];
  ITEM.lastIndex = 0;
  for (let ended = false; !ended; ) {
    const match = ITEM.exec(inner);
    if (!match) return fault;
    const item = readLiteral(match[1] ?? '', term);
    if ('fault' in item) return item;
    values.push(item.value);
    ended = match[2] === '';
  }
  return { value: listOf(values) };
};

/** Values of a list that YAML has read already: each as it is. */
export const readItems = (items: readonly unknown[], term: Term): Reading<AttributeValue[]> => {
  const values: AttributeValue[] = [];
  for (const item of items) {
    const reading: Reading<AttributeValue> = term.type === 'text' && typeof item === 'string' && item.isWellFormed() ? { value: item } : readNumberOnly(item, term);
    if ('fault' in reading) return reading;
    values.push(reading.value);
  }
  return values.length > 0 ? { value: listOf(values) } : { fault: 'the list is empty' };
};

const readNumberOnly = (item: unknown, term: Term): Reading<number> =>
  term.type === 'integer' && (typeof item === 'number' || typeof item === 'string') ? readNumber(String(item), term) : { fault: `the list holds what is no ${term.type}` };

/** Would mean something in other glob languages; taken as themselves they would silently never match. */
const FOREIGN_GLOB = /[?[\]{}]/;

/** A pattern with more of them than this says nothing that a person could follow. */
export const MAX_STARS = 8;

export const readPattern = (pattern: string): Reading<string> => {
  if (FOREIGN_GLOB.test(pattern)) return { fault: `\`${pattern}\` is no pattern: only \`*\` has a meaning` };
  const stars = pattern.split('*').length - 1;
  return stars > MAX_STARS ? { fault: `\`${pattern}\` has ${stars} stars, and a pattern has at most ${MAX_STARS}` } : { value: pattern };
};
