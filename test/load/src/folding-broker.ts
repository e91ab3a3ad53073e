import { systemTimers, type Broker, type Committed, type Follower, type JoinOptions, type LogRecord, type Membership, type TopicPartition } from '@countersign/bus';

/**
 * A broker for a process that restores one partition and goes no further: it reads the real log, is alone in its group, knows no
 * snapshots, and what it is asked to append is dropped. The restore ends where the claim would be appended.
 */
export class FoldingBroker implements Broker {
  readonly folded: Promise<number>;
  private readonly finish: (seconds: number) => void;
  private began: number | undefined;

  constructor(
    private readonly real: Broker,
    private readonly topic: string,
    private readonly partition: number,
  ) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.folded = promise;
    this.finish = resolve;
  }

  async append(target: TopicPartition): Promise<number> {
    const { end } = await this.real.offsets(target);
    if (target.topic === this.topic && this.began !== undefined) this.finish((performance.now() - this.began) / 1_000);
    return end;
  }

  join(options: JoinOptions): Promise<Membership> {
    const nothing = (): void => undefined;
    const resolved = (): Promise<void> => Promise.resolve();
    options.onAssigned([this.partition]);
    return Promise.resolve({ memberId: 'bench', pause: nothing, resume: nothing, seek: nothing, commit: resolved, heartbeat: resolved, lastHeartbeat: () => systemTimers.elapsed(), leave: resolved });
  }

  read(target: TopicPartition, from: number, to: number, onRecords: (records: readonly LogRecord[]) => void | Promise<void>): Promise<void> {
    if (target.topic === this.topic) this.began ??= performance.now();
    return this.real.read(target, from, to, onRecords);
  }

  offsets(target: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return target.topic.includes('.snapshots.') ? Promise.resolve({ start: 0, end: 0 }) : this.real.offsets(target);
  }

  offsetAt(target: TopicPartition, time: number): Promise<number> {
    return this.real.offsetAt(target, time);
  }

  follow(target: TopicPartition, from: number, follower: Follower): Promise<{ close(): Promise<void> }> {
    return this.real.follow(target, from, follower);
  }

  committed(group: string, targets: readonly TopicPartition[]): Promise<readonly Committed[]> {
    return this.real.committed(group, targets);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
