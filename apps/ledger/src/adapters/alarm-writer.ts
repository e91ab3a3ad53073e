import type { Broker, Wire } from '@countersign/bus';
import { topicName, type EventData } from '@countersign/contracts';
import { systemClock, type Clock } from '@countersign/kernel';
import { alarmsOf, type AlarmingRecord } from '../alarm.js';
import type { Alarms } from '../ledger.handler.js';

export interface AlarmWriterParts {
  readonly broker: Pick<Broker, 'append'>;
  readonly wire: Pick<Wire, 'encode' | 'seal'>;
  readonly namespace: string;
  /** How many partitions the topics of the log have. */
  readonly partitions: number;
  readonly onAlarm: (alarm: EventData<'countersign.ledger.alarm'>) => void;
  readonly clock?: Clock;
}

/** Alarms as signed events on `ledger`. They belong to no tenant, so they have no key; they lie in the partition of what they tell of. */
export class AlarmWriter implements Alarms {
  constructor(private readonly parts: AlarmWriterParts) {}

  async raise(records: readonly AlarmingRecord[]): Promise<void> {
    const { broker, wire, namespace, partitions, onAlarm, clock = systemClock } = this.parts;
    const byPartition = Map.groupBy(alarmsOf(records, clock.now()), ({ data: { partition } }) => (partition < partitions ? partition : 0));
    for (const [partition, alarms] of byPartition) {
      const target = { topic: topicName(namespace, 'ledger'), partition };
      const values = alarms.map((alarm) => ({ key: null, value: wire.encode(alarm).value }));
      await broker.append(target, wire.seal({ ...target, epoch: '-', firstSeq: 0 }, values));
      for (const { data } of alarms) onAlarm(data);
    }
  }
}
