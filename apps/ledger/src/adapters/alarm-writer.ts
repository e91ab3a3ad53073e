import type { EventData } from '@countersign/contracts';
import { systemClock, type Clock } from '@countersign/kernel';
import { alarmsOf, type AlarmingRecord } from '../alarm.js';
import type { Alarms } from '../ledger.handler.js';
import type { OwnEventWriter } from './own-event-writer.js';

export interface AlarmWriterParts {
  readonly writer: Pick<OwnEventWriter, 'write'>;
  /** How many partitions the topics of the log have. */
  readonly partitions: number;
  readonly onAlarm: (alarm: EventData<'countersign.ledger.alarm'>) => void;
  readonly clock?: Clock;
}

/** Alarms as signed events on `ledger`, in the partition of what they tell of. */
export class AlarmWriter implements Alarms {
  constructor(private readonly parts: AlarmWriterParts) {}

  async raise(records: readonly AlarmingRecord[]): Promise<void> {
    const { writer, partitions, onAlarm, clock = systemClock } = this.parts;
    const byPartition = Map.groupBy(alarmsOf(records, clock.now()), ({ data: { partition } }) => (partition < partitions ? partition : 0));
    for (const [partition, alarms] of byPartition) {
      await writer.write('ledger', partition, alarms);
      for (const { data } of alarms) onAlarm(data);
    }
  }
}
