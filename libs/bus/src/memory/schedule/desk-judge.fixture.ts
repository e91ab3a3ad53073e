import type { Event, EventType } from '@countersign/contracts';
import { EFFECT_UNKNOWN } from '@countersign/domain';
import { PARTITIONS } from './bus-world.fixture.js';
import type { DeskWorld, HandedTask } from './desk-world.fixture.js';
import { countedIn, newTally } from './log-judge.fixture.js';

/** What the logs and the tool's own record say of a schedule. */
export interface DeskVerdict {
  readonly faults: readonly string[];
  readonly claimants: ReadonlyMap<string, string>;
  /** How often each type of event counts, and how often each outcome of a run. */
  readonly seen: ReadonlyMap<string, number>;
}

const inOrder = (texts: readonly string[]): string => texts.toSorted((a, b) => (a < b ? -1 : 1)).join(' ');
const oneOf = <Type extends EventType>(events: readonly Event[], type: Type): readonly Event<Type>[] => events.filter((event): event is Event<Type> & Event => event.type === type);

/** The person who has to look is told of the key and of every call that left a doubt. */
const isWithAPerson = (events: readonly Event[], { key }: HandedTask): boolean =>
  events.some((event) => {
    if (event.type === 'countersign.action.unknown') return !event.data.resolving && event.data.evidence?.idempotencyKey === key && event.data.evidence.calls.length > 0;
    if (event.type === 'countersign.action.denied') return event.data.reasons.some(({ code }) => code === EFFECT_UNKNOWN);
    return event.type === 'countersign.grant.refused' && event.data.code === 'key.forgotten' && event.data.mayBeDone;
  });

const checkTask = (task: HandedTask, events: readonly Event[], effects: number, faults: string[]): string => {
  const closings = oneOf(events, 'countersign.run.closed');
  const outcome = closings[0]?.data.outcome ?? 'never';
  const fault = (text: string): void => void faults.push(`${task.task} (${outcome}): ${text}`);
  if (closings.length !== 1) fault(`closed ${closings.length} times`);
  if (effects > 1) fault(`${effects} effects`);
  if (outcome === 'succeeded' && effects !== 1) fault(`${effects} effects`);
  if (!['succeeded', 'unknown', 'unverified'].includes(outcome) && effects > 0) fault('there is an effect, and nobody says so');
  if ((outcome === 'unknown' || outcome === 'unverified') && !isWithAPerson(events, task)) fault('nobody can look into it');
  return outcome;
};

export const judgeDesk = (world: DeskWorld): DeskVerdict => {
  const faults: string[] = [];
  const tally = newTally();
  const seen = new Map<string, number>();
  const see = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  const events = [...countedIn(world.cluster.log, PARTITIONS, tally, faults).values()].flatMap((counted) => counted.map(({ event }) => event));
  for (const event of events) see(event.type.replace('countersign.', ''));
  for (const event of oneOf(events, 'countersign.grant.refused')) see(event.data.code);
  const byRun = Map.groupBy(events, ({ run }) => run);
  for (const task of world.handed) see(checkTask(task, byRun.get(task.run) ?? [], world.tool.effects.get(task.key) ?? 0, faults));
  const granted = oneOf(events, 'countersign.action.allowed').map(({ data }) => data.jti);
  const settled = oneOf(events, 'countersign.budget.settled').map(({ data }) => data.jti);
  if (inOrder(granted) !== inOrder(settled)) faults.push(`${granted.length} grants, and ${settled.length} were settled`);
  return { faults, claimants: tally.claimants, seen };
};
