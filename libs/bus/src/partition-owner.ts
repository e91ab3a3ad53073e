import { codeOf, messageOf, type Instant, type Millis } from '@countersign/kernel';
import { Door } from './admission.js';
import { Backoff } from './backoff.js';
import type { Committed, Extent, LogRecord, Membership, TopicPartition } from './broker.js';
import type { ControlsChange } from './controls.js';
import { openInputs, startFetching } from './input-positions.js';
import type { Inputs } from './inputs.js';
import { OpenWorks } from './open-works.js';
import { OutputLog } from './output-log.js';
import type { OwnerContext } from './owner-context.js';
import type { PartitionRunner, Phase } from './partition-group.js';
import { PartitionHandler } from './partition-handler.js';
import type { Round } from './round.js';
import { SnapshotKeeper } from './snapshot-keeper.js';
import { newStats } from './stats.js';
import type { WorkItem } from './step.js';
import { Alarm } from './timers.js';
import type { Settled } from './topic-queue.js';
import { Wake } from './wake.js';

/** One owned partition: a single loop that takes over, handles turn by turn, and starts again from the log whenever in doubt. */
export class PartitionOwner<State, Controls, Work extends WorkItem, Result> implements PartitionRunner {
  private now: Phase = 'restoring';
  private readonly output: OutputLog<State>;
  private readonly works: OpenWorks<Work, Result>;
  private readonly handler: PartitionHandler<State, Controls, Work, Result>;
  private readonly life = new AbortController();
  private readonly backoff: Backoff;
  private readonly waker = new Wake();
  private readonly due: Alarm;
  private readonly claimAgain: Alarm;
  private membership: Membership | undefined;
  private inputs: Inputs | undefined;
  /** Counts the reasons to claim: assignments, faults, the age of the last claim; and how far they are met. */
  private wanted = 1;
  private met = 0;
  /** Counts assignments; the one that was last tried, and the one whose inputs are open. */
  private assigned = 1;
  private tried = 0;
  private opened = 0;
  private readonly snapshots: SnapshotKeeper<State>;

  constructor(
    private readonly context: OwnerContext<State, Controls, Work, Result>,
    readonly partition: number,
  ) {
    const { step, output, target, pool, stats, timers, controls } = context;
    const door = new Door(output, 'claimed', context.wire, newStats());
    this.output = new OutputLog<State>({ ...context, door, local: output, target: target(output, partition) });
    const guard = { canAct: () => this.canAct(), controlsFresh: (within: Millis) => controls.isFresh(within), controlsCaughtUp: () => controls.caughtUp() };
    this.works = new OpenWorks<Work, Result>({ step, pool, guard, stats, onFinished: this.waker.wake });
    this.handler = new PartitionHandler(context, partition, this.output, this.works);
    this.snapshots = new SnapshotKeeper(context, partition);
    this.backoff = new Backoff(timers, this.life.signal);
    this.due = new Alarm(timers, this.waker.wake);
    this.claimAgain = new Alarm(timers, () => this.refresh());
  }

  get phase(): Phase {
    return this.now;
  }

  /** Whether nobody else can own the partition now, as far as this process can know: before an act that nobody can take back. */
  canAct(): boolean {
    const { timers, sessionTimeout } = this.context;
    const owned = this.isIn('ready', 'restoring', 'leaving') && this.opened === this.assigned;
    return owned && this.membership !== undefined && timers.elapsed() - this.membership.lastHeartbeat() < sessionTimeout / 2;
  }

  async run(): Promise<void> {
    while (!this.isOver) {
      this.waker.clear();
      try {
        if (this.met !== this.wanted) await this.takeOver();
        else if (!(await this.turn())) await this.waker.rest();
      } catch (fault) {
        await this.recover(fault);
      }
    }
    this.due.set(undefined);
    this.claimAgain.set(undefined);
    this.works.abandon();
    await this.snapshots.settle();
  }

  reassign(): void {
    this.assigned += 1;
    this.wanted += 1;
    this.waker.wake();
  }

  end(): void {
    this.now = 'ended';
    this.works.abandon();
    this.life.abort();
    this.waker.wake();
  }

  leave(): void {
    if (this.phase !== 'ready') return this.end();
    this.now = 'leaving';
    this.works.close();
    this.waker.wake();
  }

  push(local: string, records: readonly LogRecord[], extent: Extent): void {
    const queue = this.inputs?.get(local);
    if (!queue || this.opened !== this.assigned) return;
    if (!queue.push(records, extent, this.context.timers.elapsed())) this.membership?.seek(queue.target, queue.nextToPush);
    this.waker.wake();
  }

  controlsChanged(change: ControlsChange): void {
    if (change === 'controls' || this.inputs?.waitsForControls) this.waker.wake();
  }

  uncommitted(): readonly Settled[] {
    if (!this.inputs || this.met !== this.wanted) return [];
    return this.inputs.all().flatMap((queue) => queue.uncommitted() ?? []);
  }

  /** Whoever is next has less to fold. */
  async handOver(): Promise<void> {
    if (this.met === this.wanted) await this.snapshots.takeLast(this.output.fold);
  }

  private get isOver(): boolean {
    return this.isIn('ended') || (this.isIn('leaving') && (this.works.isIdle || this.met !== this.wanted));
  }

  private isIn(...phases: readonly Phase[]): boolean {
    return phases.includes(this.now);
  }

  private async takeOver(): Promise<void> {
    const { membership, timers, step, claimEvery } = this.context;
    const { wanted, assigned } = this;
    this.tried = assigned;
    this.now = 'restoring';
    this.due.set(undefined);
    this.membership = await membership;
    const isWanted = (): boolean => this.isIn('restoring') && this.assigned === assigned;
    const continuous = await this.output.own(this.membership, isWanted);
    this.snapshots.restoredFrom(this.output.restoredFrom);
    if (!continuous) this.works.abandon();
    if (!continuous || this.opened !== assigned) await this.openInputs(this.membership, assigned);
    else this.inputs?.rewind();
    await this.readControls(isWanted);
    if (!isWanted()) return;
    const open = step.openWork?.(this.output.fold.state, this.partition) ?? [];
    this.works.keepOnly(open);
    this.works.offer(open);
    this.handler.restored();
    this.met = wanted;
    this.now = 'ready';
    if (claimEvery !== undefined) this.claimAgain.set((timers.now() + claimEvery) as Instant);
  }

  /**
   * Whoever was frozen or cut off may know less of the controls than the owner before it: nothing is decided, and no work begun, until
   * everything that people have put in force meanwhile was read. Costs one request where there is nothing new, and no more than the
   * next fetch where somebody's open transaction holds the end back.
   */
  private async readControls(isWanted: () => boolean): Promise<void> {
    const { controls, timers } = this.context;
    const since = timers.elapsed();
    const end = await controls.end();
    const off = controls.onChange(this.waker.wake);
    for (;;) {
      this.waker.clear();
      if (controls.position >= end - 1 || controls.confirmedAt > since || !isWanted()) break;
      await this.waker.rest();
    }
    off();
  }

  private async openInputs(membership: Membership, assigned: number): Promise<void> {
    const { broker, group, controls, log, stats, step, wire, inputs: topics, target } = this.context;
    const committed = (targets: readonly TopicPartition[]): Promise<readonly Committed[]> => broker.committed(group, targets);
    const inputs = await openInputs({ broker, wire, controls, stats, log, partition: this.partition, inputs: topics, handles: step.handles, target, committed }, membership);
    if (this.assigned !== assigned) return;
    this.inputs = inputs;
    this.opened = assigned;
    startFetching(inputs, membership);
  }

  /** One round: everything that can be handled now, in one append. Gives whether to look again at once. */
  private async turn(): Promise<boolean> {
    const { inputs } = this;
    if (!inputs) return false;
    const { deadLetters } = this.context;
    const round = await this.handler.collect(inputs, this.isIn('leaving'));
    // A process that was frozen finds fault with what the new owner knows to be right: no letter without asking.
    if (round.rejected.length > 0) await this.membership?.heartbeat();
    for (const { record, fault } of round.rejected) await deadLetters.append(record, fault, this.life.signal);
    if (this.isIn('ended')) return false;
    const works = await this.append(round);
    inputs.settle();
    this.works.settle(round.finished);
    // Where the partition is to be claimed again, that offers what is open.
    if (this.met === this.wanted) this.works.offer(works);
    this.backoff.reset();
    this.afterTurn();
    return round.moved;
  }

  /**
   * Writes what a round made, and gives the work that it asks for. Where somebody else wrote in between and claimed nothing, the
   * work is the same and has just been announced all the same: only the places that it names are others.
   */
  private async append(round: Round<Work, Result>): Promise<readonly Work[]> {
    if (round.events.length === 0) return round.works;
    const moved: Work[] = [];
    const isContiguous = await this.output.append(round.events, (folded) => void moved.push(...this.handler.workFor(round, folded)));
    return isContiguous ? round.works : moved;
  }

  private afterTurn(): void {
    this.due.set(this.isIn('ready') ? this.handler.nextDue() : undefined);
    if (this.uncommitted().length > 0) this.context.onDirty();
    this.snapshots.consider(this.output.fold);
  }

  /** The newest claim is old: a reader of the log that begins after it would find none. The snapshot keeps up for the same reason. */
  private refresh(): void {
    this.snapshots.want();
    this.wanted += 1;
    this.waker.wake();
  }

  private async recover(fault: unknown): Promise<void> {
    const { log, stats, onFatal } = this.context;
    if (this.isOver) return;
    const code = codeOf(fault);
    if (code === 'LOG_TRUNCATED') {
      this.end();
      onFatal(fault);
    } else if (code === 'OWNERSHIP_LOST') {
      await this.awaitAssignment();
    } else {
      log.warn('a partition starts again from the log', { partition: this.partition, code, reason: messageOf(fault) });
      stats.appendFaults += 1;
      this.wanted += 1;
      if (code !== 'EPOCH_STALE') await this.backoff.pause();
    }
  }

  /** The process is no member, or not of this partition: it will be told when it is again. */
  private async awaitAssignment(): Promise<void> {
    this.wanted += 1;
    while (this.assigned === this.tried && !this.isOver) {
      if (!this.isIn('lost')) this.works.abandon();
      this.now = 'lost';
      this.waker.clear();
      await this.waker.rest();
    }
  }
}
