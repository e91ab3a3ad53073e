/** Every partition to one member: evenly, and as far as that goes to the one that had it. */
export const stickyAssignment = (owned: ReadonlyMap<string, readonly number[]>, partitions: number): ReadonlyMap<string, readonly number[]> => {
  const byLoad = [...owned.keys()].sort((one, other) => (owned.get(other)?.length ?? 0) - (owned.get(one)?.length ?? 0) || (one < other ? -1 : 1));
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  const share = Math.floor(partitions / byLoad.length);
  const quotaOf = (at: number): number => share + (at < partitions % byLoad.length ? 1 : 0);
  const kept = byLoad.map((member, at): [string, number[], number] => {
    const mine = (owned.get(member) ?? []).filter((partition) => free.has(partition)).slice(0, quotaOf(at));
    for (const partition of mine) free.delete(partition);
    return [member, mine, quotaOf(at)];
  });
  const rest = [...free];
  return new Map(kept.map(([member, mine, quota]) => [member, [...mine, ...rest.splice(0, quota - mine.length)].sort((one, other) => one - other)]));
};
