import { decodeEvent, parseCauses, type Event, type EventData } from '@countersign/contracts';
import { readDeadLetter, type DeadLetter, type LogRecord } from '@countersign/bus';
import type { Forged, Reader } from './kind.ts';
import { bytesOf, PARTITIONS, type World } from './world.ts';

const READERS: readonly Reader[] = ['executor', 'approvals', 'ledger'];
const PARTITION_NUMBERS = Array.from({ length: PARTITIONS }, (_, at) => at);

/** What came of records at offsets `from` up to and without `to` of one topic partition. */
export interface Found {
  /** Codes of `grant.refused` by offset. */
  readonly refusals: ReadonlyMap<number, string>;
  /** Codes of dead letters by offset, of each reader. */
  readonly letters: Readonly<Record<Reader, ReadonlyMap<number, string>>>;
  /** Alarms about them. */
  readonly alarms: readonly EventData<'countersign.ledger.alarm'>[];
  /** How many refused grants the ledger has raised an alarm about. */
  readonly refusalsAlarmed: number;
  /** Whatever else the executor wrote because of one of them. */
  readonly others: readonly string[];
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What services wrote from a moment on. Each record is read once. */
export class Evidence {
  readonly #marks = new Map<string, number>();
  readonly #executions: { readonly event: Event; readonly cause: Place | undefined }[] = [];
  readonly #alarms: EventData<'countersign.ledger.alarm'>[] = [];
  readonly #letters: Readonly<Record<Reader, DeadLetter[]>> = { executor: [], approvals: [], ledger: [] };

  constructor(private readonly world: World) {
    const places = [...['executions', 'ledger'].flatMap((local) => PARTITION_NUMBERS.map((at) => [local, at] as const)), ...READERS.map((reader) => [`dlq.${reader}`, 0] as const)];
    for (const [local, partition] of places) this.#marks.set(`${local}/${partition}`, world.end(local, partition));
  }

  of({ local, partition }: Pick<Forged, 'local' | 'partition'>, from: number, to: number): Found {
    this.#read();
    const isForged = (place: Place): boolean => place.topic === local && place.partition === partition && place.offset >= from && place.offset < to;
    const refusals = new Map<number, string>();
    const others: string[] = [];
    for (const { event, cause } of this.#executions) {
      if (!cause || !isForged(cause)) continue;
      if (event.type === 'countersign.grant.refused') refusals.set(cause.offset, event.data.code);
      else others.push(event.type);
    }
    const lettersOf = (reader: Reader): ReadonlyMap<number, string> => new Map(this.#letters[reader].filter(isForged).map(({ offset, code }) => [offset, code]));
    const refusalsAlarmed = this.#alarms.reduce((sum, { code, count }) => sum + (code === 'GRANT_REFUSED' ? count : 0), 0);
    return { refusals, refusalsAlarmed, others, alarms: this.#alarms.filter(isForged), letters: { executor: lettersOf('executor'), approvals: lettersOf('approvals'), ledger: lettersOf('ledger') } };
  }

  /** Types of what the executor wrote. */
  executions(): readonly string[] {
    this.#read();
    return this.#executions.map(({ event }) => event.type);
  }

  #read(): void {
    for (const at of PARTITION_NUMBERS) {
      for (const event of this.#news('executions', at).flatMap(eventOf)) {
        const [cause] = parseCauses(event.causes) ?? [];
        this.#executions.push({ event, cause: cause && { ...cause, partition: cause.partition ?? at } });
      }
      for (const event of this.#news('ledger', at).flatMap(eventOf)) if (event.type === 'countersign.ledger.alarm') this.#alarms.push(event.data);
    }
    for (const reader of READERS) this.#letters[reader].push(...this.#news(`dlq.${reader}`, 0).map(readDeadLetter));
  }

  #news(local: string, partition: number): readonly LogRecord[] {
    const key = `${local}/${partition}`;
    const records = this.world.records(local, partition, this.#marks.get(key) ?? 0);
    this.#marks.set(key, (this.#marks.get(key) ?? 0) + records.length);
    return records;
  }
}

/** Nothing for a claim, or for a record that a test has put there. */
const eventOf = (record: LogRecord): readonly Event[] => {
  try {
    return [decodeEvent(bytesOf(record))];
  } catch {
    return [];
  }
};
