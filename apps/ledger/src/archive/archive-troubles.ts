import { timestamp, type Instant } from '@countersign/kernel';
import type { ArchiveTrouble } from '@countersign/read-model';
import type { AlarmingRecord } from '../alarm.js';
import { WAITED_FOR } from './archived-partition.js';

/** What this ledger's archive does not go on for, as somebody on call has to know it: its alarms on topic `ledger` do not say when they were over. */
export class ArchiveTroubles {
  private readonly troubles = new Map<string, ArchiveTrouble>();

  standing(): readonly ArchiveTrouble[] {
    return [...this.troubles.values()];
  }

  begin({ code, topic, partition, message }: Pick<AlarmingRecord, 'code' | 'topic' | 'partition' | 'message'>, now: Instant): void {
    const key = `${topic}/${partition}`;
    const known = this.troubles.get(key);
    this.troubles.set(key, { code, topic, partition, message, since: known?.code === code ? known.since : timestamp(now) });
  }

  /** The archive answers again. */
  back(): void {
    for (const [key, { code }] of this.troubles) if (WAITED_FOR.has(code)) this.troubles.delete(key);
  }

  /** A log goes on. An archive that is away may take some of them, and the anchor is written on also where a witness has cosigned another one. */
  published({ topic, partition }: Pick<ArchiveTrouble, 'topic' | 'partition'>): void {
    const key = `${topic}/${partition}`;
    if (topic !== 'anchor' && !WAITED_FOR.has(this.troubles.get(key)?.code ?? '')) this.troubles.delete(key);
  }
}
