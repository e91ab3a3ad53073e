import { AssignerProtocol } from 'kafkajs';
import { CountersignError, isJsonObject, type Json } from '@countersign/kernel';
import type { Cluster } from './cluster.js';
import { assignPartitions, type Candidate } from './co-partition-assignment.js';
import type { JoinAnswer } from './kafkajs-codec.js';

/** Members of one group have to name the same protocol; a change of the rules is another name. */
export const PROTOCOL = 'countersign-co-partitions';
const VERSION = 1;

/** What a member tells the leader of the group: what it reads, and what it had. */
export const encodeCandidate = ({ topics, owned, generation }: Omit<Candidate, 'member'>): Buffer =>
  AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics: [...topics], userData: Buffer.from(JSON.stringify({ owned, generation })) });

const parseOwned = (text: string): { readonly owned: readonly number[]; readonly generation: number } => {
  try {
    const told: Json = JSON.parse(text);
    if (!isJsonObject(told)) return { owned: [], generation: 0 };
    const { owned, generation } = told;
    return {
      owned: Array.isArray(owned) ? owned.filter((partition): partition is number => typeof partition === 'number') : [],
      generation: typeof generation === 'number' ? generation : 0,
    };
  } catch {
    return { owned: [], generation: 0 };
  }
};

/** Who had nothing, or tells nonsense, has no claim to anything. */
export const decodeCandidate = (member: string, metadata: Buffer): Candidate => {
  const decoded = AssignerProtocol.MemberMetadata.decode(metadata);
  return { member, topics: decoded?.topics ?? [], ...parseOwned(decoded?.userData?.toString('utf8') ?? '') };
};

/** The count that all topics share; throws `NAMESPACE_MISMATCH` where they do not. */
export const sharedPartitionCount = async (cluster: Cluster, topics: readonly string[]): Promise<number> => {
  const counts = await Promise.all(topics.map((topic) => cluster.partitionsOf(topic)));
  const [count] = counts;
  if (count === undefined || counts.some((other) => other !== count)) {
    throw new CountersignError('NAMESPACE_MISMATCH', `these topics are read together and differ in their number of partitions: ${topics.map((topic, at) => `\`${topic}\` ${counts[at]}`).join(', ')}`);
  }
  return count;
};

/** What the leader answers the group: partition p of each topic goes to the same member. */
export const assignGroup = async (cluster: Cluster, members: JoinAnswer['members']): Promise<{ readonly memberId: string; readonly memberAssignment: Buffer }[]> => {
  const candidates = members.map(({ memberId, memberMetadata }) => decodeCandidate(memberId, memberMetadata));
  const topics = [...new Set(candidates.flatMap((candidate) => candidate.topics))];
  const assigned = assignPartitions(candidates, await sharedPartitionCount(cluster, topics));
  return candidates.map((candidate) => ({
    memberId: candidate.member,
    memberAssignment: AssignerProtocol.MemberAssignment.encode({
      version: VERSION,
      assignment: Object.fromEntries(candidate.topics.map((topic) => [topic, [...(assigned.get(candidate.member) ?? [])]])),
      userData: Buffer.alloc(0),
    }),
  }));
};

/** Partition numbers of an assignment. */
export const decodeAssignment = (bytes: Buffer): readonly number[] => {
  const decoded = bytes.length === 0 ? null : AssignerProtocol.MemberAssignment.decode(bytes);
  return [...new Set(Object.values(decoded?.assignment ?? {}).flat())].sort((a, b) => a - b);
};
