/** More than this share of the letters wrong is another word. */
const WRONG_LETTERS = 0.4;

/** Levenshtein distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    let diagonal = row[0] ?? 0;
    row = row.map((above, j) => {
      if (j === 0) return i + 1;
      const cost = Math.min(diagonal + (letter === b[j - 1] ? 0 : 1), above + 1);
      diagonal = above;
      return cost;
    });
    // The left neighbour counts too, and is known only once the row is filled from the left.
    for (let j = 1; j < row.length; j += 1) row[j] = Math.min(row[j] ?? 0, (row[j - 1] ?? 0) + 1);
  }
  return row.at(-1) ?? 0;
};

/** The candidate that a mistyped word most likely means; `undefined` where none is near. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const [best] = candidates.map((candidate) => ({ candidate, off: distance(word, candidate) })).toSorted((a, b) => a.off - b.off);
  return best && best.off <= Math.max(1, Math.floor(best.candidate.length * WRONG_LETTERS)) ? best.candidate : undefined;
};
