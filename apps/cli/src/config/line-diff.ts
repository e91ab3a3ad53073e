/** One line of a comparison: kept, added or removed. */
export interface DiffLine {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

/** Length of the longest common subsequence of every pair of ends. Files of a configuration have at most a few hundred lines. */
const commonLengths = (before: readonly string[], after: readonly string[]): number[][] => {
  const lengths = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const row = lengths[i];
    if (!row) continue;
    for (let j = after.length - 1; j >= 0; j -= 1) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  return lengths;
};

/** What has to be removed and added to make one list of lines of the other; removals first. */
export const diffLines = (before: readonly string[], after: readonly string[]): readonly DiffLine[] => {
  const lengths = commonLengths(before, after);
  const common = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    if (old !== undefined && old === now) {
      lines.push({ sign: ' ', text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (now === undefined || common(i + 1, j) >= common(i, j + 1))) {
      lines.push({ sign: '-', text: old });
      i += 1;
    } else if (now !== undefined) {
      lines.push({ sign: '+', text: now });
      j += 1;
    }
  }
  return lines;
};

/** The changed lines with `context` kept lines around them; `undefined` stands where kept lines are left out. */
export const hunks = (lines: readonly DiffLine[], context: number): readonly (DiffLine | undefined)[] => {
  const isNear = (at: number): boolean => lines.slice(Math.max(0, at - context), at + context + 1).some(({ sign }) => sign !== ' ');
  const shown: (DiffLine | undefined)[] = [];
  for (const [at, line] of lines.entries()) {
    if (isNear(at)) shown.push(line);
    else if (shown.length > 0 && shown.at(-1) !== undefined) shown.push(undefined);
  }
  return shown.at(-1) === undefined ? shown.slice(0, -1) : shown;
};
