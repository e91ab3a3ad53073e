/** Longest distance at which a suggestion is still a help: two slips of the pen. */
const MAX_SLIPS = 2;

const distance = (from: string, to: string): number => {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 0; row < from.length; row += 1) {
    const current = [row + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
};

/** End of a message about an unknown word: the known one that was probably meant, else all of them. */
export const suggestion = (word: string, known: readonly string[]): string => {
  const ranked = known.map((each) => ({ each, slips: distance(word.toLowerCase(), each) })).toSorted((a, b) => a.slips - b.slips);
  const [best] = ranked;
  return best && best.slips <= MAX_SLIPS ? `, did you mean \`${best.each}\`?` : `, known are ${known.map((each) => `\`${each}\``).join(', ')}`;
};
