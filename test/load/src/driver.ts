import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, Follower, LogRecord, NewRecord } from '@countersign/bus';
import type { Lane } from './lane.js';

/** A bench that nothing comes out of any more has found a fault, and must not hang. */
const PATIENCE_MS = 60_000;
/** Node's timers are no finer. */
const TICK_MS = 1;

/** Starts runs on one side and notes when each is over. The same code for both sides, so that what it costs is the same. */
export class Driver {
  private readonly started = new Map<number, number>();
  private onFinished: (latency: number) => void = () => undefined;
  private fault: unknown;
  private next = 0;
  private last = performance.now();
  private closers: readonly { close(): Promise<void> }[] = [];

  constructor(
    private readonly broker: Broker,
    private readonly lane: Lane,
  ) {}

  /** Follows what comes out from now on. */
  async open(): Promise<void> {
    const { output, partitions } = this.lane;
    // Where nothing comes any more, `PATIENCE_MS` finds it.
    const follower: Follower = { onRecords: (records) => this.take(records), onEnd: () => undefined, onFault: () => undefined };
    this.closers = await Promise.all(
      Array.from({ length: partitions }, async (_, partition) => {
        const target = { topic: output, partition };
        return this.broker.follow(target, (await this.broker.offsets(target)).end, follower);
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.closers.map((closer) => closer.close()));
  }

  /** Runs `count` runs, at most `inFlight` at a time. Gives the seconds from the first record in to the last one out. */
  async saturate(count: number, inFlight: number): Promise<number> {
    let left = count;
    let room = inFlight;
    let done = 0;
    let scheduled = false;
    const began = performance.now();
    const refill = (): void => {
      scheduled = false;
      const now = performance.now();
      const size = Math.min(room, left);
      left -= size;
      room -= size;
      this.start(size, () => now);
    };
    this.onFinished = () => {
      done += 1;
      room += 1;
      // What comes out in one fetch is followed by one batch.
      if (!scheduled) setImmediate(refill);
      scheduled = true;
    };
    refill();
    await this.until(() => done === count);
    return (this.last - began) / 1_000;
  }

  /** How many runs were started so far; they are numbered from 0. */
  get startedRuns(): number {
    return this.next;
  }

  /** Keeps `inFlight` runs under way until the signal is aborted, and gives how many ended. */
  async sustain(inFlight: number, signal: AbortSignal): Promise<number> {
    let done = 0;
    let room = inFlight;
    const refill = (): void => {
      const now = performance.now();
      if (!signal.aborted) this.start(room, () => now);
      room = 0;
    };
    this.onFinished = () => {
      done += 1;
      room += 1;
      // What comes out in one fetch is followed by one batch.
      if (room === 1) setImmediate(refill);
    };
    refill();
    await this.until(() => signal.aborted);
    return done;
  }

  /** Starts runs at an even rate, whatever becomes of them. Gives each run's milliseconds from the moment when it was due. */
  async paced(perSecond: number, seconds: number): Promise<number[]> {
    const latencies: number[] = [];
    this.onFinished = (latency) => latencies.push(latency);
    const count = Math.round(perSecond * seconds);
    const began = performance.now();
    for (let sent = 0; sent < count; ) {
      const due = Math.min(count, Math.floor(((performance.now() - began) * perSecond) / 1_000) + 1);
      const from = sent;
      this.start(due - sent, (nth) => began + ((from + nth) * 1_000) / perSecond);
      sent = due;
      await sleep(TICK_MS);
    }
    await this.until(() => latencies.length === count);
    return latencies;
  }

  /** One run after the other. */
  async oneByOne(count: number): Promise<number[]> {
    const latencies: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const startOne = (): void => this.start(1, () => performance.now());
    this.onFinished = (latency) => {
      latencies.push(latency);
      if (latencies.length < count) startOne();
      else resolve();
    };
    startOne();
    await Promise.race([promise, this.until(() => latencies.length === count)]);
    return latencies;
  }

  private start(count: number, at: (nth: number) => number): void {
    const { input, partitions } = this.lane;
    const byPartition = new Map<number, NewRecord[]>();
    for (let nth = 0; nth < count; nth += 1) {
      const run = this.next;
      this.next += 1;
      this.started.set(run, at(nth));
      const partition = run % partitions;
      const record = this.lane.recordOf(run);
      if (!byPartition.get(partition)?.push(record)) byPartition.set(partition, [record]);
    }
    for (const [partition, records] of byPartition) {
      this.broker.append({ topic: input, partition }, records).catch((fault: unknown) => (this.fault ??= fault));
    }
  }

  private take(records: readonly LogRecord[]): void {
    const now = performance.now();
    for (const record of records) {
      try {
        const run = this.lane.finishedRun(record);
        const began = run === undefined ? undefined : this.started.get(run);
        if (run === undefined || began === undefined) continue;
        this.started.delete(run);
        this.last = now;
        this.onFinished(now - began);
      } catch (fault) {
        this.fault ??= fault;
      }
    }
  }

  private async until(isOver: () => boolean): Promise<void> {
    this.last = performance.now();
    while (!isOver()) {
      if (this.fault !== undefined) throw this.fault;
      if (performance.now() - this.last > PATIENCE_MS) throw new Error(`${this.lane.name}: ${this.started.size} runs are not over, and none ended in the last ${PATIENCE_MS / 1_000} s`);
      await sleep(10);
    }
  }
}
