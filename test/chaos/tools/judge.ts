import type { Facts } from '../judge/facts.ts';
import type { Violation } from '../judge/record.ts';
import { groupBy, judgeRun, type Say } from '../judge/verdict.ts';
import type { ToolTask } from './tool-task.ts';

/** What became of the schedules: how many there are of each outcome, and what is wrong. */
export interface ToolVerdict {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}

const DOUBTFUL: ReadonlySet<string> = new Set(['unknown', 'unverified']);

const judgeEffects = (outcome: string, effects: number, evidenced: boolean, name: string, say: Say): void => {
  if (effects > 1) say('effect.twice', `${name} has ${effects} effects`);
  if (outcome === 'succeeded' && effects === 0) say('effect.missing', `${name} succeeded and has no effect`);
  if (outcome !== 'succeeded' && !DOUBTFUL.has(outcome) && effects > 0) say('effect.untold', `${name} ended ${outcome}, and has an effect`);
  if (DOUBTFUL.has(outcome) && !evidenced) say('effect.unexplained', `${name} ended ${outcome}, and nobody can look into it`);
};

/** Nothing twice, nothing lost, each doubt with what a person needs. `effectsOf` is the outside world's own record. */
export const judgeTools = (facts: Facts, tasks: readonly ToolTask[], effectsOf: (task: ToolTask) => number): ToolVerdict => {
  const violations: Violation[] = [];
  const say: Say = (rule, message) => void violations.push({ rule, message });
  const runs = groupBy(facts.runs.values(), ({ source, task }) => `${source} ${task}`);
  const outcomes: Record<string, number> = {};
  for (const task of tasks) {
    const found = runs.get(`${task.source} ${task.id}`) ?? [];
    const closed = judgeRun(task, found, say);
    const outcome = closed?.outcome ?? 'never';
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    judgeEffects(outcome, effectsOf(task), found.some(({ evidenced }) => evidenced), `${task.id} (${task.text})`, say);
  }
  return { outcomes, violations };
};
