import { sql, type Transaction } from 'kysely';
import { readCursor, writeCursor } from './cursor.js';
import { eventView } from './event-rows.js';
import { listPositions, type Position } from './position-queries.js';
import type { EventRow, Tables } from './tables.js';
import type { EventView } from './views.js';

export interface EventFilter {
  readonly tenant?: string;
  readonly run?: string;
  readonly type?: string;
  readonly topic?: string;
  readonly limit: number;
  /** `start`, `end`, or the cursor of an earlier answer. */
  readonly from: string;
}

/** Events and where to go on; there always is a place to go on. */
export interface EventPage {
  readonly items: readonly EventView[];
  readonly cursor: string;
  /** Whether nothing more was in the model. */
  readonly end: boolean;
}

const placeOf = ({ topic, partition }: Pick<Position, 'topic' | 'partition'>): string => `${topic}/${partition}`;

/** For each topic partition, the offset that comes next. */
const beginsAt = (from: string, positions: readonly Position[]): ReadonlyMap<string, number> => {
  if (from === 'start') return new Map();
  if (from === 'end') return new Map(positions.map((position) => [placeOf(position), position.nextOffset]));
  return new Map(Object.entries(readCursor(from)).flatMap(([place, offset]) => (typeof offset === 'number' && Number.isSafeInteger(offset) ? [[place, offset]] : [])));
};

/** An event and the time by which the page is ordered. */
type Row = EventRow & { readonly page_time: string };

const select = async (trx: Transaction<Tables>, filter: EventFilter, begins: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]): Promise<readonly Row[]> => {
  const { tenant, run, type } = filter;
  const conditions = [
    sql`e.topic = b.topic and e.partition = b.partition and e."offset" >= b."offset"`,
    ...(tenant === undefined ? [] : [sql`e.tenant = ${tenant}`]),
    ...(run === undefined ? [] : [sql`e.run = ${run}`]),
    ...(type === undefined ? [] : [sql`e.type = ${type}`]),
  ];
  // Within a topic partition the order is the log's, also where its writers' clocks went backwards: hence the running maximum.
  const { rows } = await sql<Row>`
    select e.* from json_to_recordset(${JSON.stringify(begins)}::json) as b(topic text, partition integer, "offset" bigint)
    cross join lateral (
      select o.*, max(o.recorded_at) over (order by o."offset") as page_time from (
        select * from events as e where ${sql.join(conditions, sql` and `)} order by e."offset" limit ${filter.limit + 1}
      ) as o
    ) as e
    order by e.page_time, e.topic, e.partition, e."offset" limit ${filter.limit + 1}`.execute(trx);
  return rows;
};

/**
 * The events of the model from a place on. The place is one offset for each topic partition, so nothing is missed or shown twice, whichever
 * partition was projected first, and also after a rebuild. Throws `REQUEST_INVALID` for a place that is none.
 */
export const pageEvents = async (trx: Transaction<Tables>, filter: EventFilter): Promise<EventPage> => {
  const positions = (await listPositions(trx)).filter(({ topic }) => filter.topic === undefined || topic === filter.topic);
  const begins = beginsAt(filter.from, positions);
  const starts = positions.map(({ topic, partition }) => ({ topic, partition, offset: begins.get(placeOf({ topic, partition })) ?? 0 }));
  const rows = starts.length === 0 ? [] : await select(trx, filter, starts);
  const shown = rows.slice(0, filter.limit);
  const isEnd = rows.length === shown.length;
  // What the filter left out needs no second look, unless it lies behind the end of a page that was cut off.
  const next = new Map([...begins, ...(isEnd ? positions.map((position) => [placeOf(position), position.nextOffset] as const) : [])]);
  if (!isEnd) for (const row of shown) next.set(placeOf(row), row.offset + 1);
  return { items: shown.map(eventView), cursor: writeCursor(Object.fromEntries(next)), end: isEnd };
};
