import type { ChaosTask } from '../chaos-task.ts';
import type { AnswerFacts, ClosedFacts, Facts, RunFacts } from './facts.ts';
import type { Violation } from './record.ts';

/** A row of the payments service's own table. */
export interface RefundRow {
  readonly id: string;
  readonly charge_id: string;
  readonly amount_cents: number;
  readonly reason: string;
  readonly run_ref: string | null;
}

export interface Evidence {
  readonly facts: Facts;
  readonly refunds: readonly RefundRow[];
  /** What each charge has as refunded, by its id. */
  readonly refundedCents: ReadonlyMap<string, number>;
  /** Where what became of the tasks is to be found; a task that is not among them was not sent. */
  readonly tasks: readonly ChaosTask[];
}

export type Say = (rule: string, message: string) => void;

/** What is judged of any task. */
type Judged = Pick<ChaosTask, 'source' | 'id'> & { readonly outcome?: string };

const nameOf = ({ source, id }: Judged): string => `${source} ${id}`;

/** One run for each task, opened once and closed once, as it had to end where that is known. */
export const judgeRun = (task: Judged, runs: readonly RunFacts[], say: Say): ClosedFacts | undefined => {
  const [run, ...more] = runs;
  if (!run) {
    say('task.lost', `${nameOf(task)} was never taken up`);
    return undefined;
  }
  if (more.length > 0 || run.started !== 1) say('run.started-twice', `${nameOf(task)} was taken up ${more.length + run.started} times`);
  const [closed, ...again] = run.closed;
  if (again.length > 0) say('run.closed-twice', `${nameOf(task)} was closed ${run.closed.length} times`);
  if (!closed) say('task.unfinished', `${nameOf(task)} has no run.closed (${run.run})`);
  else if (task.outcome !== undefined && closed.outcome !== task.outcome) say('outcome.wrong', `${nameOf(task)} ended ${closed.outcome}, not ${task.outcome}: ${closed.reason} (${run.run})`);
  for (const [step, times] of run.proposed) if (times !== 1) say('step.proposed-twice', `${nameOf(task)}: step ${step} was proposed ${times} times (${run.run})`);
  for (const [jti, grant] of run.grants) {
    if (grant.ended.length !== 1) say(grant.ended.length === 0 ? 'grant.never-ended' : 'grant.ended-twice', `${nameOf(task)}: grant ${jti} of step ${grant.step} ended ${grant.ended.length} times: ${grant.ended.join(', ')} (${run.run})`);
  }
  return closed;
};

const judgeAnswer = (task: ChaosTask, closed: ClosedFacts | undefined, answer: AnswerFacts | undefined, say: Say): void => {
  if (!answer) return say('answer.missing', `${nameOf(task)} was never answered`);
  if (answer.refused.size > 0) say('answer.refused', `${nameOf(task)} was refused`);
  if (answer.accepted.size !== 1) say('answer.missing', `${nameOf(task)} has ${answer.accepted.size} different task.accepted`);
  const [finished, ...more] = answer.finished.values();
  if (!finished || more.length > 0) return say('answer.missing', `${nameOf(task)} has ${answer.finished.size} different task.finished`);
  if (closed && JSON.stringify(finished) !== JSON.stringify(closed)) say('answer.differs', `${nameOf(task)} was told something else than what is on the log`);
};

const judgeEffect = (task: ChaosTask, closed: ClosedFacts | undefined, rows: readonly RefundRow[], refundedCents: number | undefined, say: Say): void => {
  const total = rows.reduce((sum, { amount_cents: cents }) => sum + cents, 0);
  const wanted = task.refundCents === 0 ? 0 : 1;
  if (rows.length > wanted) say('effect.twice', `${nameOf(task)} has ${rows.length} refunds for ${task.charge}, ${wanted} expected`);
  if (rows.length < wanted) say('effect.missing', `${nameOf(task)} has no refund for ${task.charge}`);
  if (rows.length === wanted && total !== task.refundCents) say('effect.wrong', `${nameOf(task)} refunded ${total} cents, not ${task.refundCents}`);
  if (task.charge !== '' && refundedCents !== total) say('effect.wrong', `charge ${task.charge} says ${refundedCents ?? 'nothing'} refunded, its refunds ${total}`);
  const told = (closed?.sideEffects ?? []).flatMap(({ outsideId }) => outsideId ?? []);
  if (closed?.outcome === 'succeeded' && JSON.stringify(told) !== JSON.stringify(rows.map(({ id }) => id))) say('effect.untold', `${nameOf(task)} names ${told.join(', ') || 'nothing'}; there is ${rows.map(({ id }) => id).join(', ') || 'nothing'}`);
};

export const groupBy = <Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
};

/** What is wrong with what became of the tasks; nothing where all is well. */
export const judgeTasks = ({ facts, refunds, refundedCents, tasks }: Evidence): Violation[] => {
  const violations: Violation[] = [];
  const say: Say = (rule, message) => void violations.push({ rule, message });
  const runs = groupBy(facts.runs.values(), ({ source, task }) => `${source} ${task}`);
  const rows = groupBy(refunds, (row) => row.charge_id);
  for (const task of tasks) {
    const closed = judgeRun(task, runs.get(nameOf(task)) ?? [], say);
    judgeAnswer(task, closed, facts.answers.get(nameOf(task)), say);
    judgeEffect(task, closed, rows.get(task.charge) ?? [], refundedCents.get(task.charge), say);
  }
  const charges = new Set(tasks.map(({ charge }) => charge));
  const names = new Set(tasks.map(nameOf));
  for (const row of refunds) if (!charges.has(row.charge_id)) say('effect.unasked', `refund ${row.id} is of charge ${row.charge_id}, which no task names`);
  for (const { run, source, task } of facts.runs.values()) if (!names.has(`${source} ${task}`)) say('run.unasked', `run ${run} is of no task (${source} ${task})`);
  return violations;
};
