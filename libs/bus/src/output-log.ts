import { randomUUID } from 'node:crypto';
import { newClaim, type Cause, type Event, type Owner, type Verified } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import { Backoff } from './backoff.js';
import type { Door } from './admission.js';
import type { Broker, LogRecord, Membership, TopicPartition } from './broker.js';
import type { ControlsFollower } from './controls.js';
import { WHOLE_LOG } from './log-reader.js';
import { OutputFold, type Folded } from './output-fold.js';
import type { Taken } from './snapshot-keeper.js';
import type { Snapshot, Snapshots } from './snapshots.js';
import type { BusStats } from './stats.js';
import type { Step } from './step.js';
import type { Timers } from './timers.js';
import type { Unsigned, Wire } from './wire.js';

export interface OutputLogOptions<State> {
  readonly step: Pick<Step<State, never>, 'evolve' | 'initialState' | 'thaw'>;
  readonly service: Owner;
  readonly broker: Broker;
  readonly wire: Wire;
  readonly door: Door;
  readonly snapshots: Pick<Snapshots, 'load'>;
  readonly controls: Pick<ControlsFollower<unknown>, 'caughtUp'>;
  readonly timers: Timers;
  readonly stats: BusStats;
  /** Topic without its namespace, and the partition with it. */
  readonly local: string;
  readonly target: TopicPartition;
  /** This process, in claims. */
  readonly instance: string;
}

const NO_EPOCH = -1;
/** Whether the partition is still wanted is asked after each pause. */
const NEVER = new AbortController().signal;

/**
 * The own partition of the output topic: restored by fold, claimed by compare-and-swap, written in batches that have to land
 * right behind one another. Whatever goes wrong, the log is the truth: the state is dropped and folded again.
 *
 * An append that failed may still arrive. Numbered like the one that takes its place, it could be taken in part; so whoever
 * calls `append` and sees it fail calls `own` next, and the new epoch makes what comes late void.
 */
export class OutputLog<State> {
  private current: OutputFold<State> | undefined;
  /** The fold is ahead of what is known to be in the log. */
  private speculative = false;
  private spoiled = false;
  private taken: Taken = { next: 0, bytes: 0 };
  private ownEpoch = NO_EPOCH;

  constructor(private readonly options: OutputLogOptions<State>) {}

  get fold(): OutputFold<State> {
    if (!this.current) throw new CountersignError('INTERNAL', 'the partition is not restored');
    return this.current;
  }

  get epoch(): number {
    return this.ownEpoch;
  }

  /** The snapshot that the state was last restored from; of nothing where there was none. */
  get restoredFrom(): Taken {
    return this.taken;
  }

  /**
   * Restores and claims. Gives whether nobody else owned the partition since this process did last. The heartbeat between
   * fold and claim is what keeps a claim of a former member from ending the epoch of a present one. Throws `OWNERSHIP_LOST`
   * where this process is no member, or `isWanted` says that the partition is assigned to it no more.
   */
  async own(membership: Membership, isWanted: () => boolean): Promise<boolean> {
    const { stats, instance, wire, timers } = this.options;
    this.ownEpoch = NO_EPOCH;
    const backoff = new Backoff(timers, NEVER);
    for (;;) {
      await this.restore(0);
      const fold = this.fold;
      const continuous = fold.claimant === instance;
      await membership.heartbeat();
      if (!isWanted()) throw new CountersignError('OWNERSHIP_LOST', 'the partition is assigned to this member no more');
      const after = fold.reader.epoch;
      const at = await this.appendClaim(membership.memberId, after);
      if (at === fold.next) fold.claim(after, wire.key, instance);
      else await this.readTo(at + 1);
      if (fold.reader.epoch === at) {
        stats.claims += 1;
        this.ownEpoch = at;
        return continuous;
      }
      stats.claimsLost += 1;
      // Who goes on losing must not fill the log with claims.
      await backoff.pause();
    }
  }

  /** Folds an event that is about to be appended. */
  speculate(event: Event, value: Buffer): Cause {
    this.speculative = true;
    return this.fold.speculate(event, value);
  }

  /** What was folded ahead will not be appended, or may not have been: `own` folds the log again. */
  spoil(): void {
    this.spoiled = true;
  }

  /**
   * Appends what was folded ahead. Gives false where somebody else wrote in between, but no claim: then the state was folded
   * again and counts, and `onMoved` was told of each of the events as it was folded in where it lies. Throws `EPOCH_STALE`
   * where there was a claim; what `onMoved` was told does not count then.
   */
  async append(records: readonly Unsigned[], onMoved: (folded: Folded) => void): Promise<boolean> {
    const { broker, wire, stats, target } = this.options;
    const { next, reader } = this.fold;
    const firstSeq = reader.seq - records.length;
    const sealed = wire.seal({ ...target, epoch: this.ownEpoch, firstSeq }, records);
    const at = await broker.append(target, sealed);
    stats.appends += 1;
    stats.written += records.length;
    if (at === next - records.length) {
      this.speculative = false;
      return true;
    }
    stats.gaps += 1;
    // By their numbers, not their places: of two copies of a batch the first one counts.
    await this.restore(at + records.length, (folded) => {
      const found = this.fold.reader;
      if (found.epoch === this.ownEpoch && found.seq > firstSeq) onMoved(folded);
    });
    const { epoch, seq } = this.fold.reader;
    if (epoch === this.ownEpoch && seq === reader.seq) return false;
    stats.displaced += 1;
    throw new CountersignError('EPOCH_STALE', `partition ${target.partition} of \`${target.topic}\` was claimed by another member`);
  }

  /** Folds to the end of the log, `atLeast` included; from a snapshot or the start where the fold cannot be gone on with. */
  private async restore(atLeast: number, onFolded?: (folded: Folded) => void): Promise<void> {
    const { broker, target, snapshots, stats } = this.options;
    const isUsable = this.current !== undefined && !this.speculative && !this.spoiled;
    // Asked for before the end of the log, which then is at least where the snapshot was taken.
    const snapshot = isUsable ? undefined : await snapshots.load(target.partition);
    const { start, end } = await broker.offsets(target);
    if (!isUsable) {
      this.current = this.base(snapshot, start, end);
      this.speculative = false;
      this.spoiled = false;
      stats.restores += 1;
    }
    await this.readTo(Math.max(end, atLeast), onFolded);
  }

  private base(snapshot: Snapshot | undefined, start: number, end: number): OutputFold<State> {
    const { step, local, target } = this.options;
    const { partition } = target;
    if (snapshot && snapshot.point.next >= start && snapshot.point.next <= end) {
      this.taken = { next: snapshot.point.next, bytes: snapshot.bytes };
      return new OutputFold(step, local, partition, step.thaw(snapshot.frozen), snapshot.point);
    }
    if (start > 0 || (snapshot && snapshot.point.next > end)) {
      throw new CountersignError('LOG_TRUNCATED', `\`${target.topic}\` partition ${partition} holds offsets ${start} to ${end}, and no snapshot leads up to that`, {
        hint: 'bring the log back from the archive, or start the namespace anew',
      });
    }
    return new OutputFold(step, local, partition, step.initialState(), { next: 0, reader: WHOLE_LOG, claimant: undefined, watermarks: {}, redriven: {} });
  }

  private async readTo(to: number, onFolded?: (folded: Folded) => void): Promise<void> {
    const { broker, target, door, controls } = this.options;
    const fold = this.fold;
    if (to <= fold.next) return;
    // Keys are announced before they sign: once the controls were read to an end newer than `to`, every key of the range is known.
    let waited = false;
    const take = async (records: readonly LogRecord[]): Promise<void> => {
      let verified = door.verify(records);
      if (!waited && verified.some((found) => found instanceof CountersignError && found.code === 'SIGNER_UNKNOWN')) {
        await controls.caughtUp();
        waited = true;
        verified = door.verify(records);
      }
      for (const [at, record] of records.entries()) this.takeOne(fold, record, verified[at], onFolded);
    };
    await broker.read(target, fold.next, to, take);
    // The last offsets may hold nothing; the next append lands behind them.
    fold.passTo(to);
  }

  private takeOne(fold: OutputFold<State>, record: LogRecord, verified: Verified | CountersignError | undefined, onFolded?: (folded: Folded) => void): void {
    if (record.offset < fold.next) return;
    try {
      const folded = fold.take(record, verified, this.options.door, this.options.stats);
      if (folded) onFolded?.(folded);
    } catch (fault) {
      // `evolve` is total; where it is not, the state may be folded half.
      this.spoiled = true;
      throw fault;
    }
  }

  private async appendClaim(member: string, after: number): Promise<number> {
    const { broker, wire, target, service, instance, timers } = this.options;
    const claim = newClaim({ service, claim: { member, instance, nonce: randomUUID(), key: wire.key, after }, now: timers.now() });
    const value = wire.encodeClaim(claim);
    return broker.append(target, wire.seal({ ...target, epoch: 'claim', firstSeq: 0 }, [{ key: null, value }]));
  }
}
