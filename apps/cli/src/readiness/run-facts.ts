import { RunRoots } from '@countersign/audit';
import { parseCauses } from '@countersign/contracts';
import type { Ledger } from '../ledger/ledger-client.js';
import { loggedOf, type Logged } from '../runs/logged.js';
import type { RunFacts } from './readiness.js';

/**
 * The place of a cause that is named and is not among what the ledger has of the run. What came through a door names its partition, and need
 * not be of the run: a consent is of nobody's, and an inbox is no log of runs.
 */
const missingCause = (logged: readonly Logged[]): string | undefined => {
  const there = new Set(logged.map(({ log, offset }) => `${log}/${offset}`));
  return logged
    .flatMap(({ log, event }) => (parseCauses(event.causes) ?? []).flatMap(({ topic, partition, offset }) => (partition === undefined ? [`${topic}${log.slice(log.lastIndexOf('/'))}/${offset}`] : [])))
    .find((place) => !there.has(place));
};

/** What is known of a run; nothing while it is open. It is whole where the planner counted what is there, and all is there that its events rest on. */
export const runFacts = async (ledger: Pick<Ledger, 'events'>, id: string): Promise<RunFacts | undefined> => {
  const logged = loggedOf((await ledger.events(id)).events);
  const closed = logged.find(({ event }) => event.type === 'countersign.run.closed');
  if (!closed) return undefined;
  const roots = new RunRoots();
  const [fault] = logged.filter(({ log }) => log.startsWith('proposals/')).flatMap(({ event }) => roots.take(event) ?? []);
  const started = logged.flatMap(({ event }) => (event.type === 'countersign.run.started' ? [event] : []))[0];
  const missing = missingCause(logged);
  const incomplete = fault ?? (roots.verified === 1 ? undefined : `of run \`${id}\` the beginning is missing`) ?? (missing === undefined ? undefined : `of run \`${id}\` \`${missing}\` is missing, on which it rests`);
  return { id, closed: closed.event.id, ...(started && { agent: started.data.agent }), ...(incomplete !== undefined && { incomplete }) };
};
