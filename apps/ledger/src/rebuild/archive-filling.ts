import type { Checked } from '@countersign/audit';
import { formatMark, type ReaderState } from '@countersign/bus/client';
import { sha256 } from '@countersign/kernel';
import { FILLING, type Position, type ProjectedRecord, type ReadModel, type RejectedRecord } from '@countersign/read-model';
import { eventRecord, foreignRecord, rejectedRecord } from '../projection.js';

/** As the ledger has it: a transaction of that many takes some 100 ms. */
const RECORDS_PER_TRANSACTION = 2_000;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

const keyOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;

const NO_READER = '';

/** Takes what was judged of an archive into a read model, log by log, as the ledger takes what it reads from Kafka. */
export class ArchiveFilling {
  /** How many records it has been given. */
  records = 0;
  readonly #places: ReadonlyMap<string, Place>;
  /** Offsets in `controls` of the newest redrive for the ledger, by topic partition: what it asks for is judged in its turn. */
  readonly #redriven = new Map<string, number>();
  #open: { readonly place: Place; from: number; next: number; reader: ReaderState | undefined; records: ProjectedRecord[]; rejected: RejectedRecord[] } | undefined;

  /** `places`: what the read model is made of; all else is passed over. */
  constructor(
    private readonly model: Pick<ReadModel, 'project'>,
    places: readonly Place[],
  ) {
    this.#places = new Map(places.map((place) => [keyOf(place), place]));
  }

  /** Where a model begins that is filled: with those that nobody reads on from before they are done. */
  begins(logs: readonly Place[]): readonly Position[] {
    const archived = new Set(logs.map(keyOf));
    return [...this.#places.values()].map((place) => ({ ...place, nextOffset: 0, reader: archived.has(keyOf(place)) ? FILLING : NO_READER }));
  }

  /** Takes the next record of a log; the log before is done then. `reader`: what has to be known behind it, if it is the last one. */
  async take(log: Place, checked: Checked, reader: ReaderState | undefined): Promise<void> {
    if (this.#open && keyOf(this.#open.place) !== keyOf(log)) await this.end();
    const place = this.#places.get(keyOf(log));
    if (!place) return;
    this.#open ??= { place, from: 0, next: 0, reader, records: [], rejected: [] };
    const open = this.#open;
    this.records += 1;
    [open.next, open.reader] = [checked.record.offset + 1, reader];
    if (checked.kind === 'event') this.#event(checked, open.records);
    if (checked.kind === 'foreign') open.records.push(foreignRecord(place.topic, checked.record));
    if (checked.kind === 'bad') open.rejected.push(rejectedRecord(place.topic, checked));
    if (open.records.length + open.rejected.length >= RECORDS_PER_TRANSACTION) await this.#write(FILLING);
  }

  /** The last log is done. */
  async end(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    const { next: offset, reader, place } = open;
    await this.#write(reader === undefined ? NO_READER : formatMark({ offset, reader, redriven: this.#redriven.get(keyOf(place)) ?? -1 }));
    this.#open = undefined;
  }

  #event({ event, topic, record }: Extract<Checked, { kind: 'event' }>, records: ProjectedRecord[]): void {
    const { partition, offset, key, value } = record;
    records.push(eventRecord({ event, topic, partition, offset, sha256: sha256(value ?? ''), key: key?.toString() ?? '', record }));
    if (event.type === 'countersign.dlq.redriven' && event.data.service === 'ledger') this.#redriven.set(keyOf(event.data), offset);
  }

  async #write(reader: string): Promise<void> {
    const open = this.#open;
    if (!open) return;
    const { place, from, next, records, rejected } = open;
    await this.model.project([{ ...place, from, next, reader, records, rejected }]);
    [open.from, open.records, open.rejected] = [next, [], []];
  }
}
