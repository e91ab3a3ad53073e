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
