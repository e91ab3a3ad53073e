import type { OutputFold } from './output-fold.js';
import type { Snapshots } from './snapshots.js';

interface SnapshotKeeperContext<State> {
  readonly snapshots: Pick<Snapshots, 'save'>;
  readonly snapshotEvery: number;
  readonly step: { freeze(state: State): unknown };
}

/** Takes the snapshots of one partition: of what is in the log without a gap, every so many events, and when asked to. */
export class SnapshotKeeper<State> {
  private wanted = false;
  private at = 0;
  private saving: Promise<void> | undefined;

  constructor(
    private readonly context: SnapshotKeeperContext<State>,
    private readonly partition: number,
  ) {}

  /** There is a snapshot up to this offset. */
  restoredFrom(next: number): void {
    this.at = Math.max(this.at, next);
  }

  /** The next chance has to be taken. */
  want(): void {
    this.wanted = true;
  }

  /** Takes one if it is time; the partition goes on meanwhile. */
  consider(fold: OutputFold<State>): void {
    if (this.saving || (!this.wanted && fold.next - this.at < this.context.snapshotEvery)) return;
    this.wanted = false;
    this.saving = this.save(fold).finally(() => (this.saving = undefined));
  }

  /** Resolves when none is being written any more. */
  async settle(): Promise<void> {
    await this.saving;
  }

  /** Takes one if there is anything new. */
  async takeLast(fold: OutputFold<State>): Promise<void> {
    if (fold.next > this.at) await this.save(fold);
  }

  private async save({ point, state }: OutputFold<State>): Promise<void> {
    const { snapshots, step } = this.context;
    if (await snapshots.save(this.partition, point, step.freeze(state))) this.restoredFrom(point.next);
  }
}
