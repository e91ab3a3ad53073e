import { codeOf, CountersignError } from '@countersign/kernel';
import type { ProjectionBatch } from '@countersign/read-model';
import { alarming, type AlarmingRecord } from './alarm.js';
import type { LedgerBatch } from './projection.js';

/** Writes alarms to the log; resolves once they are there. */
export interface Alarms {
  raise(records: readonly AlarmingRecord[]): Promise<void>;
}

export interface LedgerParts {
  /** Takes a batch into the read model. */
  readonly project: (batch: ProjectionBatch) => Promise<void>;
  readonly alarms: Alarms;
  /** The reader is ahead of the read model, and only a new start brings it back: has to end the process. */
  readonly onGap: (fault: CountersignError) => void;
}

/** What the ledger does with what was read: tell of forgeries and of decisions that no rule made, keep the rest. */
export class LedgerHandler {
  constructor(private readonly parts: LedgerParts) {}

  /** Resolves once nothing of the batch can be lost any more. */
  async handle(batch: LedgerBatch): Promise<void> {
    // Before the position moves on: a crash in between repeats the alarm, and never loses it.
    const found = alarming(batch);
    if (found.length > 0) await this.parts.alarms.raise(found);
    try {
      await this.parts.project(batch);
    } catch (fault) {
      if (!(fault instanceof CountersignError) || codeOf(fault) !== 'POSITION_GAP') throw fault;
      this.parts.onGap(fault);
      // The records are good, and must not end as dead letters before the process has.
      throw new CountersignError('POSITION_GAP', fault.message, { retry: 'later', cause: fault });
    }
  }
}
