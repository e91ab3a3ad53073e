import { type Json, nearest } from '@countersign/kernel';
import type { Reading } from './read-literal.js';

/** End of a message about an unknown word: the known one that was probably meant, else all of them. */
export const suggestion = (word: string, known: readonly string[]): string => {
  const near = nearest(word, known);
  return near === undefined ? `, known are ${known.map((each) => `\`${each}\``).join(', ')}` : `, did you mean \`${near}\`?`;
};

const NOT = /^!=\s*/;

/**
 * Reads a word of a closed list, or several as a list; `!= word` means all others, where `negatable`.
 * What comes out is sorted and without doubles.
 */
export const readWords = <Word extends string>(key: string, condition: Json, known: readonly Word[], negatable: boolean): Reading<readonly Word[]> => {
  const texts: readonly unknown[] = Array.isArray(condition) ? condition : [condition];
  const negated = negatable && typeof condition === 'string' && NOT.test(condition);
  const words = new Set<Word>();
  for (const text of texts) {
    if (typeof text !== 'string') return { fault: `\`${key}\` needs one of ${known.map((each) => `\`${each}\``).join(', ')}, or a list of them` };
    const word = negated ? text.replace(NOT, '') : text;
    const found = known.find((each) => each === word);
    if (found === undefined) return { fault: `\`${word}\` is nothing that \`${key}\` can be${suggestion(word, known)}` };
    words.add(found);
  }
  if (words.size === 0) return { fault: 'the list is empty' };
  return { value: known.filter((each) => words.has(each) !== negated).toSorted() };
};
