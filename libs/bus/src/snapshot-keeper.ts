import type { OutputFold } from './output-fold.js';
import type { Snapshots } from './snapshots.js';

interface SnapshotKeeperContext<State> {
  readonly snapshots: Pick<Snapshots, 'save'>;
  readonly snapshotEvery: number;
  readonly step: { freeze(state: State): unknown };
}

/** About as many as an event has: snapshots then write no more than the events do, however large the state is. */
export const SNAPSHOT_BYTES_PER_EVENT = 1_024;

/** A snapshot that stands: the offset that it leads up to, and how large it is. */
export interface Taken {
  readonly next: number;
  readonly bytes: number;
}

/** Takes the snapshots of one partition: of what is in the log without a gap, every so many events (more where the last one was large), and when asked to. */
export class SnapshotKeeper<State> {
  private wanted = false;
  private last: Taken = { next: 0, bytes: 0 };
  private saving: Promise<void> | undefined;

  constructor(
    private readonly context: SnapshotKeeperContext<State>,
    private readonly partition: number,
  ) {}

  /** There is a snapshot already. */
  restoredFrom(taken: Taken): void {
    if (taken.next > this.last.next) this.last = taken;
  }

  /** The next chance has to be taken. */
  want(): void {
    this.wanted = true;
  }

  /** Takes one if it is time; the partition goes on meanwhile. */
  consider(fold: OutputFold<State>): void {
    if (this.saving || (!this.wanted && fold.next - this.last.next < this.every)) return;
    this.wanted = false;
    this.saving = this.save(fold).finally(() => (this.saving = undefined));
  }

  /** Resolves when none is being written any more. */
  async settle(): Promise<void> {
    await this.saving;
  }

  /** Takes one if there is anything new. */
  async takeLast(fold: OutputFold<State>): Promise<void> {
    if (fold.next > this.last.next) await this.save(fold);
  }

  private get every(): number {
    return Math.max(this.context.snapshotEvery, Math.floor(this.last.bytes / SNAPSHOT_BYTES_PER_EVENT));
  }

  private async save({ point, state }: OutputFold<State>): Promise<void> {
    const { snapshots, step } = this.context;
    const bytes = await snapshots.save(this.partition, point, step.freeze(state));
    if (bytes !== undefined) this.restoredFrom({ next: point.next, bytes });
  }
}
