import { CountersignError, type Millis } from '@countersign/kernel';
import type { Committed, TopicPartition } from '../broker.js';
import type { Timers } from '../timers.js';
import { stickyAssignment } from './sticky-assignment.js';

export interface Joined {
  readonly memberId: string;
  readonly generation: number;
  readonly partitions: readonly number[];
}

export interface JoinRequest {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly sessionTimeout: Millis;
  /** What the member had before. */
  readonly owned: readonly number[];
  readonly answer: (joined: Joined) => void;
}

interface GroupMember extends JoinRequest {
  seenAt: number;
  joining: boolean;
}

interface Group {
  generation: number;
  isStable: boolean;
  readonly members: Map<string, GroupMember>;
  readonly offsets: Map<string, Committed>;
}

const lost = (message: string): CountersignError => new CountersignError('OWNERSHIP_LOST', message);

/** The group coordinator of a cluster in memory: generations, sessions, and commits that are fenced by both. */
export class MemoryGroups {
  private readonly groups = new Map<string, Group>();
  private members = 0;

  constructor(
    private readonly timers: Timers,
    private readonly partitionsOf: (topic: string) => number,
  ) {}

  newMemberId(process: string): string {
    return `${process}-${(this.members += 1)}`;
  }

  isMember(name: string, memberId: string): boolean {
    return this.group(name).members.has(memberId);
  }

  /** Answers when all members have asked to join, or the time of those who have not is over. */
  join(name: string, request: JoinRequest): void {
    for (const topic of request.topics) this.partitionsOf(topic);
    const group = this.group(name);
    const isNew = !group.members.has(request.memberId);
    group.members.set(request.memberId, { ...request, seenAt: this.timers.elapsed(), joining: true });
    if (isNew) this.expect(name, request);
    this.rebalance(group);
  }

  /** Whether a rebalance is under way: then the member has to join again. Throws `OWNERSHIP_LOST`. */
  heartbeat(name: string, memberId: string, generation: number): 'stable' | 'rebalancing' {
    const group = this.group(name);
    const member = this.member(group, memberId, generation);
    member.seenAt = this.timers.elapsed();
    return group.isStable ? 'stable' : 'rebalancing';
  }

  commit(name: string, memberId: string, generation: number, positions: readonly Committed[]): void {
    const group = this.group(name);
    this.member(group, memberId, generation);
    for (const position of positions) group.offsets.set(`${position.topic}/${position.partition}`, position);
  }

  committed(name: string, targets: readonly TopicPartition[]): readonly Committed[] {
    const { offsets } = this.group(name);
    return targets.flatMap(({ topic, partition }) => offsets.get(`${topic}/${partition}`) ?? []);
  }

  leave(name: string, memberId: string): void {
    const group = this.group(name);
    if (group.members.delete(memberId)) this.rebalance(group);
  }

  /** A cluster that comes back gives everybody a new session. */
  refreshSessions(): void {
    for (const group of this.groups.values()) for (const member of group.members.values()) member.seenAt = this.timers.elapsed();
  }

  private group(name: string): Group {
    let group = this.groups.get(name);
    if (!group) {
      group = { generation: 0, isStable: true, members: new Map(), offsets: new Map() };
      this.groups.set(name, group);
    }
    return group;
  }

  private member(group: Group, memberId: string, generation: number): GroupMember {
    const member = group.members.get(memberId);
    if (!member) throw lost(`\`${memberId}\` is no member`);
    if (generation !== group.generation) throw lost(`generation ${generation} is over`);
    return member;
  }

  /** Watches over a session: whoever is silent for longer is out, unless it waits for others to join. */
  private expect(name: string, { memberId, sessionTimeout }: JoinRequest): void {
    const group = this.group(name);
    const check = (): void => {
      const member = group.members.get(memberId);
      if (!member) return;
      if (member.joining) member.seenAt = this.timers.elapsed();
      const left = member.seenAt + sessionTimeout - this.timers.elapsed();
      if (left <= 0) this.leave(name, memberId);
      else this.timers.after(left as Millis, check);
    };
    this.timers.after(sessionTimeout, check);
  }

  private rebalance(group: Group): void {
    group.isStable = false;
    const members = [...group.members.values()];
    if (members.length === 0 || !members.every(({ joining }) => joining)) return;
    group.isStable = true;
    group.generation += 1;
    const { generation } = group;
    const partitions = Math.max(...members.flatMap(({ topics }) => topics.map((topic) => this.partitionsOf(topic))));
    const assignment = stickyAssignment(new Map(members.map(({ memberId, owned }) => [memberId, owned])), partitions);
    for (const member of members) {
      member.joining = false;
      member.answer({ memberId: member.memberId, generation, partitions: assignment.get(member.memberId) ?? [] });
    }
  }
}
