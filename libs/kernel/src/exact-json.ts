import { pointerPart } from './json.js';

/** What was parsed, and the RFC 6901 pointers of integers that no number holds: their digits stand there as text. */
export interface ExactJson {
  readonly value: unknown;
  readonly inexact: readonly string[];
}

/** A number of at most 15 digits comes back as it was written, so only one with more can have been rounded. */
const MANY_DIGITS = 16;
const MANY_IN_A_ROW = new RegExp(`[\\d.]{${MANY_DIGITS}}`);

const NUMBER = /^[-+]?(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/;

/** A pattern for this would try again at each zero of a number that a stranger made of nothing else. */
const withoutZerosBehind = (digits: string): string => {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
};

/** The digits that count, and the power of ten of the last one: the same for every spelling of one number. */
const decimalOf = (source: string): { readonly digits: string; readonly power: number; readonly written: number } => {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(source) ?? [];
  const all = `${whole}${fraction}`;
  const digits = withoutZerosBehind(all);
  return { digits: digits.replace(/^0+/, ''), power: Number(exponent) - fraction.length + all.length - digits.length, written: all.length };
};

/**
 * Whether a decimal number is no integer, or is one that a JavaScript number holds and writes again as it was: 2^60 is held and written as
 * 1152921504606847000, which another reader takes for another integer.
 */
export const isExactNumber = (source: string): boolean => {
  const { digits, power, written } = decimalOf(source);
  const value = Math.abs(Number(source));
  // One that is out of range is a fault of its own, and not ours to find.
  if (written < MANY_DIGITS || digits === '' || power < 0 || !Number.isFinite(value)) return true;
  const again = decimalOf(String(value));
  if (digits !== again.digits || power !== again.power) return false;
  return /[eE]/.test(source) || BigInt(`${digits}${'0'.repeat(power)}`) === BigInt(value);
};

type Reviver = (this: object, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** The third argument is in the language since 2025 and not yet in the compiler's declaration. */
const parseWith = JSON.parse as (text: string, reviver: Reviver) => unknown;

const pointersOf = (value: unknown, texts: ReadonlyMap<object, ReadonlySet<string>>, at: string): readonly string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, child]) => {
        const pointer = `${at}/${pointerPart(key)}`;
        return texts.get(value)?.has(key) ? [pointer] : pointersOf(child, texts, pointer);
      });

/**
 * `JSON.parse` without silent rounding: an integer that no number holds (see `isExactNumber`) is kept as the text of its digits, so that whoever asks for a number
 * gets a fault and nobody gets another number. Throws as `JSON.parse` does. A text without many digits in a row costs 1 us for 1 KiB more.
 */
export const parseExactJson = (text: string): ExactJson => {
  if (!MANY_IN_A_ROW.test(text)) return { value: JSON.parse(text) as unknown, inexact: [] };
  const texts = new Map<object, Set<string>>();
  const value = parseWith(text, function keepDigits(key, parsed, { source }) {
    if (typeof parsed !== 'number' || source === undefined || isExactNumber(source)) return parsed;
    texts.set(this, (texts.get(this) ?? new Set()).add(key));
    return source;
  });
  if (texts.size === 0) return { value, inexact: [] };
  return { value, inexact: typeof value === 'object' ? pointersOf(value, texts, '') : [''] };
};
