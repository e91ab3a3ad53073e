import type { LogRecord } from './broker.js';
import { sizeOf, type Composed } from './compose.js';
import type { Finished } from './open-works.js';
import { FULL_BATCH_BYTES, MAX_BATCH_EVENTS } from './owner-context.js';

/** What one turn of a partition's pump has taken and made: settled together once the batch is in the log, or not at all. */
export class Round<Work, Result> {
  readonly events: Composed[] = [];
  readonly rejected: { readonly record: LogRecord; readonly fault: unknown }[] = [];
  readonly finished: Finished<Work, Result>[] = [];
  readonly works: Work[] = [];
  /** Something was taken, even if nothing came of it. */
  moved = false;
  private bytes = 0;

  get hasRoom(): boolean {
    return this.events.length < MAX_BATCH_EVENTS && this.rejected.length < MAX_BATCH_EVENTS && this.bytes < FULL_BATCH_BYTES;
  }

  add(composed: Composed): void {
    this.events.push(composed);
    this.bytes += sizeOf(composed);
  }

  reject(record: LogRecord, fault: unknown): void {
    this.rejected.push({ record, fault });
  }
}
