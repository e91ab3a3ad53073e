import type { AuditedLog, Checked } from '@countersign/audit';
import { FLOW, inputsOf } from '@countersign/contracts';
import { canonicalJson, codeOf, sha256, type Sha256 } from '@countersign/kernel';
import type { Ledger } from '../ledger-client.js';
import type { EventView } from '../shapes.js';

/** A row of the read model that is not what the archive has. */
export interface RowFault {
  /** Absent for a row that is of none. */
  readonly run?: string;
  /** Topic, partition and offset; the run where it is of all of it. */
  readonly place: string;
  readonly message: string;
}

/** What became of the rows. */
export interface ComparedRows {
  readonly faults: readonly RowFault[];
  /** Rows of what the archive does not have: newer, older than it, or archived nowhere by a person's order. */
  readonly notArchived: number;
}

type Gap = Pick<AuditedLog, 'topic' | 'partition' | 'begun'>;

/** Topics whose events make up the record of a run, and no others. */
const OF_RUNS: ReadonlySet<string> = new Set(inputsOf('ledger').filter((topic) => FLOW[topic].kind === 'log'));
/** As many as the ledger gives at once. */
const PAGE = '500';

const placeOf = ({ topic, partition, offset }: Pick<EventView, 'topic' | 'partition' | 'offset'>): string => `${topic}/${partition}/${offset}`;

/** What an audit has seen, to hold the rows of the read model against. It keeps a hash for each record. */
export class ArchivedRecords {
  private readonly hashes = new Map<string, Sha256>();
  private readonly runs = new Map<string, Set<string>>();
  /** First and last offset of each topic partition. */
  private readonly extents = new Map<string, { readonly first: number; last: number }>();

  take({ kind, record, topic, ...checked }: Checked): void {
    const { partition, offset } = record;
    const place = placeOf({ topic, partition, offset });
    this.hashes.set(place, sha256(record.value ?? ''));
    const extent = this.extents.get(`${topic}/${partition}`) ?? { first: offset, last: offset };
    extent.last = Math.max(extent.last, offset);
    this.extents.set(`${topic}/${partition}`, extent);
    const run = kind === 'event' && 'event' in checked && OF_RUNS.has(topic) ? checked.event.run : undefined;
    if (run === undefined) return;
    const places = this.runs.get(run) ?? new Set();
    this.runs.set(run, places.add(place));
  }

  /** Holds every row of an event, and every run, against what is archived; `logs`: what of them is archived nowhere. Throws what the ledger's client throws. */
  async faultsOf(ledger: Pick<Ledger, 'runs' | 'events' | 'allEvents'>, logs: readonly Gap[], onRun: (done: number) => void): Promise<ComparedRows> {
    const comparison = new Comparison(this.hashes, (row) => this.covers(row, logs));
    const told = await runsOf(ledger);
    for (const [at, run] of [...new Set([...this.runs.keys(), ...told])].entries()) {
      const expected = this.runs.get(run);
      const rows = await rowsOf(ledger, run);
      comparison.takeRun(run, rows, expected ?? new Set());
      if (!expected && rows.length === 0) comparison.faults.push({ run, place: run, message: 'there is no event of this run' });
      onRun(at + 1);
    }
    for (let page = await ledger.allEvents({ limit: PAGE }); ; page = await ledger.allEvents({ from: page.cursor, limit: PAGE })) {
      for (const row of page.events) comparison.take(undefined, row);
      if (page.end) return comparison;
    }
  }

  /** Whether the archive would have a record of that place. */
  private covers({ topic, partition, offset }: EventView, logs: readonly Gap[]): boolean {
    const extent = this.extents.get(`${topic}/${partition}`);
    const isNowhere = logs.some(({ begun, ...log }) => log.topic === topic && log.partition === partition && begun && offset < begun.at && offset >= begun.at - begun.missing);
    return extent !== undefined && offset >= extent.first && offset <= extent.last && !isNowhere;
  }
}

class Comparison implements ComparedRows {
  readonly faults: RowFault[] = [];
  notArchived = 0;
  private readonly seen = new Set<string>();

  constructor(
    private readonly hashes: ReadonlyMap<string, Sha256>,
    private readonly covers: (row: EventView) => boolean,
  ) {}

  /** The rows that are said to be of a run; `expected`: where its events are. */
  takeRun(run: string, rows: readonly EventView[], expected: ReadonlySet<string>): void {
    const places = new Set(rows.map(placeOf));
    for (const row of rows) {
      const isRight = this.take(run, row);
      if (isRight && OF_RUNS.has(row.topic) && this.hashes.has(placeOf(row)) && !expected.has(placeOf(row))) this.faults.push({ run, place: placeOf(row), message: 'the event is of another run, or of none' });
    }
    for (const place of expected) if (!places.has(place)) this.faults.push({ run, place, message: 'there is no row of it' });
  }

  /** A row, once: whether it is what is archived, or nothing is at its place. */
  take(run: string | undefined, row: EventView): boolean {
    const place = placeOf(row);
    if (this.seen.has(place)) return true;
    this.seen.add(place);
    const message = this.faultOf(row);
    if (message !== undefined) this.faults.push({ ...(run === undefined ? {} : { run }), place, message });
    return message === undefined;
  }

  private faultOf(row: EventView): string | undefined {
    const { event, sha256: told } = row;
    const hash = this.hashes.get(placeOf(row));
    if (hash === undefined) {
      if (this.covers(row)) return 'the archive has no such event';
      this.notArchived += 1;
      return undefined;
    }
    // Of what upstream systems sent there is the hash alone.
    if ((event === undefined ? told : sha256(canonicalJson(event))) !== hash) return 'the row has another event than the archive';
    return told === hash ? undefined : 'the row has another hash than its event';
  }
}

const runsOf = async (ledger: Pick<Ledger, 'runs'>): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let page = await ledger.runs({ limit: PAGE }); ; page = await ledger.runs({ limit: PAGE, cursor: page.cursor })) {
    ids.push(...page.runs.map(({ id }) => id));
    if (page.cursor === undefined) return ids;
  }
};

/** No rows of a run that the ledger does not know. */
const rowsOf = async (ledger: Pick<Ledger, 'events'>, run: string): Promise<readonly EventView[]> => {
  try {
    return (await ledger.events(run)).events;
  } catch (fault) {
    // That it gives no answer says nothing of its rows.
    if (codeOf(fault) !== 'NOT_FOUND') throw fault;
    return [];
  }
};
