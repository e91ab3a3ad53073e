import type { ClosedFacts } from './facts.ts';
import type { Violation } from './record.ts';
import type { Evidence, RefundRow } from './verdict.ts';

/** What is left of a task when all is over, without what no two runs share (ids, times). */
const stateOf = (closed: readonly ClosedFacts[], rows: readonly RefundRow[]): string =>
  JSON.stringify({
    closed: closed.map(({ outcome, reason, cost, sideEffects }) => ({ outcome, reason, cost, sideEffects: sideEffects.map(({ step, tool, state }) => ({ step, tool, state })) })),
    refunds: rows.map(({ amount_cents: cents, reason }) => ({ cents, reason })),
  });

/** Final states of a source's tasks, by their numbers. */
export const finalStates = ({ facts, refunds, tasks }: Evidence, source: string): Map<number, string> => {
  const runs = Map.groupBy(facts.runs.values(), (run) => `${run.source} ${run.task}`);
  const rows = Map.groupBy(refunds, (row) => row.charge_id);
  const states = tasks
    .filter((task) => task.source === source)
    .map((task): [number, string] => [task.number, stateOf((runs.get(`${source} ${task.id}`) ?? []).flatMap(({ closed }) => closed), rows.get(task.charge) ?? [])]);
  return new Map(states);
};

/** A storm must leave behind what the calm did. */
export const compareStates = (calm: ReadonlyMap<number, string>, storm: ReadonlyMap<number, string>): Violation[] =>
  [...storm].flatMap(([number, state]) => {
    const wanted = calm.get(number);
    return wanted === undefined || wanted === state ? [] : [{ rule: 'state.differs', message: `task ${number} left ${state}, in the calm run ${wanted}` }];
  });
