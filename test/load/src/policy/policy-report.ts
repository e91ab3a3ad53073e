import type { Machine } from '../machine.js';
import { layOut } from '../table.js';
import { ENGINES, type EngineKey, type PolicyFigures, type TextFigures } from './measure-policy.js';

const NAMES: Readonly<Record<EngineKey, string>> = { ours: 'ours (Cedar)', plain: 'plain cedar-wasm', opa: 'ours (OPA)' };

/** What is aimed at, at a thousand rules over many tools; milliseconds, and the ratio to ten rules. */
export const GOALS = { p50: 0.3, p99: 1, ratio: 1.3 } as const;

const ms = (value: number): string => value.toFixed(3);
const figure = ({ median, min, max }: { readonly median: number; readonly min: number; readonly max: number }): string => `${ms(median)} (${ms(min)} to ${ms(max)})`;

const over = (figures: readonly PolicyFigures[], rules: number): PolicyFigures | undefined => figures.find((each) => each.rules === rules && each.spread === 'many tools');

/** p50 at a thousand rules over p50 at ten. */
const ratioOf = (figures: readonly PolicyFigures[], engine: EngineKey): number => (over(figures, 1_000)?.engines[engine].p50.median ?? Number.NaN) / (over(figures, 10)?.engines[engine].p50.median ?? Number.NaN);

export interface PolicyReport {
  readonly figures: readonly PolicyFigures[];
  readonly texts: readonly TextFigures[];
  readonly rounds: number;
  readonly decisions: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

/** The object that `--json` prints. */
export const policyObject = (report: PolicyReport): object => {
  const thousand = over(report.figures, 1_000)?.engines.ours;
  return {
    decisionP50Ms: thousand?.p50.median,
    decisionP99Ms: thousand?.p99.median,
    decisionRatio: ratioOf(report.figures, 'ours'),
    goals: GOALS,
    ...report,
  };
};

export const policyTable = ({ figures, texts, rounds, decisions, machine, versions }: PolicyReport): string => {
  const rows = figures.flatMap(({ rules, spread, engines }) =>
    ENGINES.map((engine) => {
      const isGoal = engine === 'ours' && rules === 1_000 && spread === 'many tools';
      return [String(rules), spread, NAMES[engine], figure(engines[engine].p50), figure(engines[engine].p99), isGoal ? `p50 <= ${GOALS.p50}, p99 <= ${GOALS.p99}` : ''];
    }),
  );
  const ratios = ENGINES.map((engine) => `${NAMES[engine]} ${ratioOf(figures, engine).toFixed(2)}${engine === 'ours' ? ` (goal <= ${GOALS.ratio})` : ''}`);
  return [
    layOut([['rules', 'spread over', 'engine', 'p50, ms', 'p99, ms', 'goal'], ...rows]),
    '',
    `p50 at 1,000 rules over p50 at 10, many tools: ${ratios.join(', ')}.`,
    `With a text of ${texts.map(({ bytes, p50, p99 }) => `${bytes} bytes: p50 ${ms(p50.median)}, p99 ${ms(p99.median)} ms`).join('; ')} (ours, 1,000 rules over many tools).`,
    `${rounds} rounds of ${decisions} decisions for each engine, in turns; medians (least to most). The request built as the service builds it (places and their origin, taint, texts scanned, votes verified), two passes where needed, same verdicts.`,
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, ${machine.system}; ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
  ].join('\n');
};
