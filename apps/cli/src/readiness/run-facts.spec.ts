import { describe, expect, it } from 'vitest';
import { eventRoot, parseCauses } from '@countersign/contracts';
import type { EventView } from '../ledger/shapes.js';
import type { Logged } from '../runs/logged.js';
import { ToldRun } from '../spec-support/told-run.spec-support.js';
import { runFacts } from './run-facts.js';

const told = new ToldRun().refunded();

/** The planner's own count and root: what it wrote before the end, and what that rests on. */
const counted = (log: readonly Logged[]): readonly Logged[] => {
  const ids = new Set(log.filter(({ log: of, event }) => of === 'proposals/0' && event.type !== 'countersign.run.closed').flatMap(({ event }) => [event.id, ...(parseCauses(event.causes) ?? []).map(({ id }) => id)]));
  const events = { count: ids.size, root: eventRoot([...ids].toSorted()) };
  return log.map((logged) => (logged.event.type === 'countersign.run.closed' ? { ...logged, event: { ...logged.event, data: Object.assign({}, logged.event.data, { events }) } } : logged));
};
const WHOLE = counted(told.log);

/** What the checklist says of the run where the ledger has this of it. */
const saidOf = async (log: readonly Logged[]): Promise<string | undefined> => {
  const events = log.map(({ log: of, ...logged }) => ({ ...logged, topic: of.split('/')[0] ?? '', partition: 0 })) as unknown as readonly EventView[];
  return (await runFacts({ events: () => Promise.resolve({ events }) }, told.run))?.incomplete;
};

describe('a run that has ended', () => {
  it('is whole where everything is there that its events rest on', async () => expect(await saidOf(WHOLE)).toBeUndefined());

  it('has no part in the checklist before', async () => expect(await runFacts({ events: () => Promise.resolve({ events: [] }) }, told.run)).toBeUndefined());

  it.each(['tasks', 'decisions', 'executions'])('is not whole without what is on `%s`, although the planner counted right', async (topic) => {
    const [first] = WHOLE.filter(({ log }) => log === `${topic}/0`);
    expect(await saidOf(WHOLE.filter((logged) => logged !== first))).toBe(`of run \`${told.run}\` \`${topic}/0/${first?.offset}\` is missing, on which it rests`);
    expect(await saidOf(WHOLE.filter(({ log }) => log !== `${topic}/0`))).toContain('is missing, on which it rests');
  });

  it('is not whole without a proposal, which the planner counted', async () => {
    const proposed = WHOLE.find(({ event }) => event.type === 'countersign.action.proposed');
    expect(await saidOf(WHOLE.filter((logged) => logged !== proposed))).toMatch(/ends with \d+ events, and the archive has/);
  });
});
