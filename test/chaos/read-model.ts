import { setTimeout as sleep } from 'node:timers/promises';
import type { LogJudge } from './judge/log-judge.ts';
import type { Violation } from './judge/record.ts';
import { readRows } from './payments.ts';

/** What only counts as read where it counts: the topics that have claims. */
const CLAIMED = ['proposals', 'decisions', 'approvals', 'executions'] as const;
/** The ledger was killed too and reads on from where it was. */
const CATCH_UP_MS = 60_000;
const LOOK_MS = 500;
/** So many places are named; more say nothing new. */
const NAMED = 5;

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

const FROM_CLAIMED = `FROM events WHERE topic IN (${CLAIMED.map((topic) => `'${topic}'`).join(', ')})`;

const countOf = async (databaseUrl: string): Promise<number> => {
  const [row] = await readRows<{ readonly count: string }>(databaseUrl, `SELECT count(*) ${FROM_CLAIMED}`);
  return Number(row?.count);
};

const placesOf = async (databaseUrl: string): Promise<Set<string>> => {
  const rows = await readRows<Place>(databaseUrl, `SELECT topic, partition, "offset" ${FROM_CLAIMED}`);
  return new Set(rows.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`));
};

const named = (places: readonly string[]): string => `${places.length} (${places.slice(0, NAMED).join(', ')})`;

/**
 * The ledger is the product's own reader: it must have taken exactly the events that count for the judge. Of the two, one reads with
 * the product's code and died on the way, the other with code of its own and in one go.
 */
export const judgeReadModel = async (databaseUrl: string, judge: LogJudge): Promise<Violation[]> => {
  const wanted = new Set(CLAIMED.flatMap((topic) => [...judge.counted(topic)]));
  const deadline = performance.now() + CATCH_UP_MS;
  while ((await countOf(databaseUrl)) < wanted.size && performance.now() < deadline) await sleep(LOOK_MS);
  const taken = await placesOf(databaseUrl);
  const missing = [...wanted].filter((place) => !taken.has(place));
  const extra = [...taken].filter((place) => !wanted.has(place));
  return [
    ...(missing.length > 0 ? [{ rule: 'ledger.missing', message: `the ledger did not take ${named(missing)}` }] : []),
    ...(extra.length > 0 ? [{ rule: 'ledger.of-zombie', message: `the ledger took what does not count: ${named(extra)}` }] : []),
  ];
};
