import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, messageOf, millis, seconds, type Millis } from '@countersign/kernel';
import type { Committed } from '../broker.js';
import { later, NEVER, type Elapsed } from '../steady-clock.js';
import { systemTimers } from '../timers.js';
import { PATIENCE, type Cluster } from './cluster.js';
import { accept, Backoff, isCoordinatorMoved, isNotAMember, isPassing, KAFKA, persist, refused } from './faults.js';
import { assignGroup, decodeAssignment, encodeCandidate, PROTOCOL } from './group-protocol.js';
import { Heartbeat, JoinGroup, LeaveGroup, OffsetCommit, SyncGroup } from './kafkajs-codec.js';

/** Members answer a rebalance at once unless their event loop stands still; who does not answer in this time is put out. */
const REBALANCE_TIMEOUT = seconds(10);
/** A member learns of a rebalance by its next heartbeat, so this bounds how long a new member waits for its share. */
const LONGEST_HEARTBEAT_INTERVAL = seconds(1);
/** So many heartbeats may be lost before the session is. */
const HEARTBEATS_PER_SESSION = 4;
/** Commits are hints that the next one replaces. */
const COMMIT_PATIENCE = seconds(5);
/** Time for a last word to a broker that may be down. */
const LEAVE_PATIENCE = millis(1_500);

export interface GroupMemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeout: Millis;
  /** After every join. Commits carry the new generation from this call on, and not before. */
  readonly onJoined: (partitions: readonly number[]) => void;
  /** There is no way back into the group. */
  readonly onFault: (fault: unknown) => void;
}

interface Standing {
  readonly memberId: string;
  readonly generation: number;
}

const NOBODY: Standing = { memberId: '', generation: -1 };

/** One member of a consumer group: joins, keeps its place by heartbeats, and joins again whenever the group says so. */
export class GroupMember {
  #standing: Standing = NOBODY;
  #memberId = '';
  #owned: readonly number[] = [];
  #joining: Promise<void> | undefined;
  #lastHeartbeat = NEVER;
  #left = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #interval: Millis;

  constructor(
    readonly cluster: Cluster,
    readonly options: GroupMemberOptions,
  ) {
    this.#interval = millis(Math.min(LONGEST_HEARTBEAT_INTERVAL, Math.floor(options.sessionTimeout / HEARTBEATS_PER_SESSION)));
  }

  get memberId(): string {
    return this.#standing.memberId;
  }

  get lastHeartbeat(): Elapsed {
    return this.#lastHeartbeat;
  }

  /** Joins for the first time. */
  async start(): Promise<void> {
    await (this.#joining = this.#join(performance.now() + PATIENCE));
    this.#joining = undefined;
    this.#scheduleHeartbeat();
  }

  /** Asks the coordinator. While the group rebalances, nobody can say what this member will own: that counts as lost, too. */
  async heartbeat(): Promise<void> {
    await persist(this.options.sessionTimeout, () => this.#beat());
  }

  async commit(positions: readonly Committed[]): Promise<void> {
    const { group } = this.options;
    const standing = this.#standing;
    if (standing === NOBODY) throw lost(group);
    const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition, offset, metadata }) => ({ partition, offset: String(offset), metadata })),
    }));
    if (topics.length === 0) return;
    await persist(COMMIT_PATIENCE, async () => {
      const answer = await this.cluster.coordinate(group, this.#lane('commit'), OffsetCommit, {
        groupId: group,
        memberId: standing.memberId,
        groupGenerationId: standing.generation,
        topics,
      });
      for (const { partitions } of answer.responses) for (const { errorCode } of partitions) this.#check(errorCode, standing, `a commit of \`${group}\``);
    });
  }

  /** Leaves the group so that others need not wait for the session to end. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    clearTimeout(this.#timer);
    this.#standing = NOBODY;
    if (this.#memberId === '') return;
    const { group } = this.options;
    // Not on the lane where a join may be waiting.
    const leaving = this.cluster.coordinate(group, this.#lane('commit'), LeaveGroup, { groupId: group, memberId: this.#memberId });
    leaving.catch((fault: unknown) => this.#log('the group was not told of the leave', fault));
    await Promise.race([leaving.catch(() => undefined), sleep(LEAVE_PATIENCE, undefined, { ref: false })]);
  }

  #lane(purpose: 'member' | 'commit'): string {
    return `${this.options.group}.${purpose}`;
  }

  #rejoin(): void {
    if (this.#joining || this.#left) return;
    this.#joining = this.#join(Infinity).then(
      () => void (this.#joining = undefined),
      (fault: unknown) => {
        if (!this.#left) this.options.onFault(fault);
      },
    );
  }

  async #join(deadline: number): Promise<void> {
    const backoff = new Backoff();
    while (!this.#left) {
      try {
        return await this.#joinOnce();
      } catch (fault) {
        const again = isPassing(fault) || (fault instanceof CountersignError && fault.code === 'OWNERSHIP_LOST');
        const pause = backoff.next();
        if (!again || performance.now() + pause > deadline) throw fault;
        this.#log('the group is joined again', fault);
        await sleep(pause);
      }
    }
  }

  async #joinOnce(): Promise<void> {
    const { group, topics, sessionTimeout, onJoined } = this.options;
    const metadata = encodeCandidate({ topics, owned: this.#owned, generation: this.#standing.generation });
    const joined = await this.cluster.coordinate(
      group,
      this.#lane('member'),
      JoinGroup,
      { groupId: group, sessionTimeout, rebalanceTimeout: REBALANCE_TIMEOUT, memberId: this.#memberId, protocolType: 'consumer', groupProtocols: [{ name: PROTOCOL, metadata }] },
      REBALANCE_TIMEOUT,
    );
    if (joined.errorCode === KAFKA.memberIdRequired) {
      this.#memberId = joined.memberId;
      return this.#joinOnce();
    }
    this.#accept(joined.errorCode, `to let a member into \`${group}\``);
    this.#memberId = joined.memberId;
    const { generationId: generation, memberId } = joined;
    const groupAssignment = joined.leaderId === memberId ? await assignGroup(this.cluster, joined.members) : [];
    const askedAt = systemTimers.elapsed();
    const synced = await this.cluster.coordinate(group, this.#lane('member'), SyncGroup, { groupId: group, generationId: generation, memberId, groupAssignment }, REBALANCE_TIMEOUT);
    this.#accept(synced.errorCode, `the assignment of \`${group}\``);
    if (this.#left) return;
    this.#owned = decodeAssignment(synced.memberAssignment);
    this.#standing = { memberId, generation };
    this.#lastHeartbeat = askedAt;
    onJoined(this.#owned);
  }

  async #beat(): Promise<void> {
    const { group } = this.options;
    const standing = this.#standing;
    if (standing === NOBODY || this.#joining) throw lost(group);
    const askedAt = systemTimers.elapsed();
    const { errorCode } = await this.cluster.coordinate(group, this.#lane('member'), Heartbeat, {
      groupId: group,
      memberId: standing.memberId,
      groupGenerationId: standing.generation,
    });
    this.#check(errorCode, standing, `a heartbeat of \`${group}\``);
    if (standing !== this.#standing) throw lost(group);
    this.#lastHeartbeat = later(this.#lastHeartbeat, askedAt);
  }

  #scheduleHeartbeat(): void {
    if (this.#left) return;
    this.#timer = setTimeout(() => {
      this.#beat()
        .catch((fault: unknown) => {
          if (isPassing(fault) || (fault instanceof CountersignError && fault.code === 'OWNERSHIP_LOST')) return;
          if (!this.#left) this.options.onFault(fault);
        })
        .finally(() => this.#scheduleHeartbeat());
    }, this.#interval);
  }

  /** Throws for an error code, and does what follows from it. */
  #check(code: number, standing: Standing, what: string): void {
    if (code === KAFKA.none) return;
    if (isNotAMember(code) && standing === this.#standing) {
      if (code === KAFKA.unknownMember || code === KAFKA.fencedInstance) this.#memberId = '';
      this.#rejoin();
    }
    this.#accept(code, what);
  }

  #accept(code: number, what: string): void {
    if (isCoordinatorMoved(code)) this.cluster.forgetCoordinator(this.options.group);
    if (code === KAFKA.unknownMember || code === KAFKA.fencedInstance) this.#memberId = '';
    accept(code, what);
  }

  #log(message: string, fault: unknown): void {
    this.cluster.connections.log.info(message, { group: this.options.group, fault: messageOf(fault) });
  }
}

const lost = (group: string): CountersignError => refused(KAFKA.rebalanceInProgress, `to say that this is a member of \`${group}\``);
