/** More than this share of the letters wrong is another word. */
const WRONG_LETTERS = 0.4;

/** Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(exchanged, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above.at(-1) ?? 0;
};

/** The candidate that a mistyped word most likely means, whatever its case; `undefined` where none is near. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const [best] = candidates.map((candidate) => ({ candidate, off: distance(word.toLowerCase(), candidate.toLowerCase()) })).toSorted((a, b) => a.off - b.off);
  return best && best.off <= Math.max(1, Math.floor(best.candidate.length * WRONG_LETTERS)) ? best.candidate : undefined;
};

/** A slip in a shorter word makes another word. */
const SHORTEST_SLIP = 5;

/** Two neighbouring letters that changed places. */
const isSwapped = (a: string, b: string): boolean => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return a.slice(0, at) + a.slice(at + 1, at + 2) + a.slice(at, at + 1) + a.slice(at + 2) === b;
};

/** Whether a word can hardly be anything but a slip of one that was meant: another case, or in a longer word one letter wrong, too many or missing, or two swapped. */
export const isSlipOf = (word: string, meant: string): boolean => {
  const [a, b] = [word.toLowerCase(), meant.toLowerCase()];
  return a === b || (b.length >= SHORTEST_SLIP && (distance(a, b) <= 1 || isSwapped(a, b)));
};
