/** What a member tells of itself when it joins. */
export interface Candidate {
  readonly member: string;
  /** Full Kafka names of what it reads. */
  readonly topics: readonly string[];
  /** Partition numbers it had in `generation`. */
  readonly owned: readonly number[];
  readonly generation: number;
}

/**
 * Who gets which partition numbers: everybody the same count to within one, everybody keeps what it had as far as that allows,
 * and the same question always has the same answer. A number that two claim is the one's with the newer generation: the other was away.
 */
export const assignPartitions = (candidates: readonly Candidate[], partitions: number): ReadonlyMap<string, readonly number[]> => {
  const members = [...candidates].sort((a, b) => (a.member < b.member ? -1 : 1));
  const kept = new Map<string, number[]>(members.map(({ member }) => [member, []]));
  const owners = ownersOf(members, partitions);
  for (const [partition, { member }] of owners) kept.get(member)?.push(partition);

  const least = Math.floor(partitions / members.length);
  let extras = partitions % members.length;
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => !owners.has(partition));
  // Who has most keeps one more first: that moves least.
  for (const { member } of [...members].sort((a, b) => (kept.get(b.member)?.length ?? 0) - (kept.get(a.member)?.length ?? 0))) {
    const mine = kept.get(member) ?? [];
    const limit = mine.length > least && extras > 0 ? least + 1 : least;
    if (limit > least) extras -= 1;
    free.push(...mine.splice(limit));
  }
  free.sort((a, b) => a - b);
  for (const { member } of members) {
    const mine = kept.get(member) ?? [];
    if (mine.length < least) mine.push(...free.splice(0, least - mine.length));
  }
  for (const { member } of members) {
    const mine = kept.get(member) ?? [];
    const [partition] = free;
    if (partition === undefined) break;
    if (mine.length > least) continue;
    free.shift();
    mine.push(partition);
  }
  for (const mine of kept.values()) mine.sort((a, b) => a - b);
  return kept;
};

const ownersOf = (members: readonly Candidate[], partitions: number): ReadonlyMap<number, Candidate> => {
  const owners = new Map<number, Candidate>();
  for (const candidate of members) {
    for (const partition of new Set(candidate.owned)) {
      if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) continue;
      const other = owners.get(partition);
      if (!other || other.generation < candidate.generation) owners.set(partition, candidate);
    }
  }
  return owners;
};
