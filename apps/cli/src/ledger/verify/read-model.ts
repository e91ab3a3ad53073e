import type { Checked } from '@countersign/audit';
import { FLOW, inputsOf } from '@countersign/contracts';
import { canonicalJson, codeOf, sha256, type Sha256 } from '@countersign/kernel';
import type { CommandContext } from '../../command-context.js';
import { Interrupted } from '../../terminal/failure.js';
import { openLedger, type Ledger } from '../ledger-client.js';
import type { EventView } from '../shapes.js';

/** A row of the read model that is not what the archive has. */
export interface RowFault {
  readonly run: string;
  /** Topic, partition and offset. */
  readonly place: string;
  readonly message: string;
}

/** Topics whose events make up the record of a run, and no others. */
const OF_RUNS: ReadonlySet<string> = new Set(inputsOf('ledger').filter((topic) => FLOW[topic].kind === 'log'));
const TELL_EVERY = 100;

/** What an audit has seen of runs, to hold the rows of the read model against. It keeps a hash for each event. */
export class ArchivedEvents {
  private readonly runs = new Map<string, Map<string, Sha256>>();

  take({ kind, record, topic, ...checked }: Checked): void {
    if (kind !== 'event' || !('event' in checked) || !OF_RUNS.has(topic)) return;
    const { run } = checked.event;
    if (run === undefined) return;
    const places = this.runs.get(run) ?? new Map<string, Sha256>();
    this.runs.set(run, places);
    places.set(`${topic}/${record.partition}/${record.offset}`, sha256(record.value ?? ''));
  }

  /** Holds the rows of each run against what is archived of it. Rows of events that are not archived yet are no fault. Throws what the ledger's client throws. */
  async faultsOf(context: CommandContext): Promise<readonly RowFault[]> {
    const ledger = openLedger(context);
    const faults: RowFault[] = [];
    let done = 0;
    for (const [run, places] of this.runs) {
      if (context.signal.aborted) throw new Interrupted();
      faults.push(...(await rowFaults(ledger, run, places)));
      if ((done += 1) % TELL_EVERY === 0) context.terminal.progress(`the rows of ${done.toLocaleString('en')} of ${this.runs.size.toLocaleString('en')} runs compared`);
    }
    context.terminal.progress('');
    return faults;
  }
}

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

/** What of the rows of a run is not as it is archived, by place. Throws what the ledger's client throws. */
export const rowFaults = async (ledger: Pick<Ledger, 'events'>, run: string, archived: ReadonlyMap<string, Sha256>): Promise<readonly RowFault[]> => {
  const faults: RowFault[] = [];
  const seen = new Set<string>();
  for (const { topic, partition, offset, sha256: told, event } of await rowsOf(ledger, run)) {
    const place = `${topic}/${partition}/${offset}`;
    const hash = archived.get(place);
    if (hash === undefined) continue;
    seen.add(place);
    if (event === undefined || sha256(canonicalJson(event)) !== hash) faults.push({ run, place, message: 'the row has another event than the archive' });
    else if (told !== hash) faults.push({ run, place, message: 'the row has another hash than its event' });
  }
  for (const place of archived.keys()) if (!seen.has(place)) faults.push({ run, place, message: 'there is no row of it' });
  return faults;
};
