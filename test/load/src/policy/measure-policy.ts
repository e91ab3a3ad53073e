import { CountersignError } from '@countersign/kernel';
import { CedarEngine, OpaEngine, PlainCedarEngine, type PolicyEngine, type PreparedPolicy } from '@countersign/policy-engines';
import { percentile, spread as spreadOf, type Spread as Figure } from '../statistics.js';
import { callsWithNote, policyWorkload, type PolicyWorkload, type Spread } from './workload.js';

export const ENGINES = ['ours', 'plain', 'opa'] as const;
export type EngineKey = (typeof ENGINES)[number];

const MAKE: Readonly<Record<EngineKey, () => PolicyEngine>> = { ours: () => new CedarEngine(), plain: () => new PlainCedarEngine(), opa: () => new OpaEngine() };

const FIGURES = ['p50', 'p99'] as const;

/** Milliseconds of one decision: percentiles of each round, and how far the rounds were apart. */
export type Latency = Readonly<Record<(typeof FIGURES)[number], Figure>>;

export interface PolicyFigures {
  readonly rules: number;
  readonly spread: Spread;
  readonly engines: Readonly<Record<EngineKey, Latency>>;
}

export interface PolicySizes {
  readonly rounds: number;
  /** Decisions of each engine in each round. */
  readonly decisions: number;
  readonly say: (text: string) => void;
}

/** Before the first round: code is compiled and caches are filled. */
const WARM_UP = 500;

/** Nothing is measured that does not give the same verdicts. */
const checkAnswers = ({ calls }: PolicyWorkload, policies: Readonly<Record<EngineKey, PreparedPolicy>>): void => {
  const effects = new Set<string>();
  for (const call of calls) {
    const [ours, ...others] = ENGINES.map((engine) => policies[engine].decide(call()));
    effects.add(ours?.effect ?? '');
    if (others.some((verdict) => JSON.stringify(verdict) !== JSON.stringify(ours))) throw new CountersignError('ENGINE_UNAVAILABLE', 'the engines do not give the same verdicts');
  }
  if (effects.size < 3) throw new CountersignError('ENGINE_UNAVAILABLE', 'the calls are not decided in all three ways');
};

/** Milliseconds of each decision, its request included. */
const timed = (policy: PreparedPolicy, { calls }: Pick<PolicyWorkload, 'calls'>, decisions: number): readonly number[] => {
  const samples: number[] = [];
  for (let done = 0; done < decisions; done += 1) {
    const call = calls[done % calls.length];
    if (!call) break;
    const began = performance.now();
    policy.decide(call());
    samples.push(performance.now() - began);
  }
  return samples;
};

const figuresOf = (samples: readonly number[]): Readonly<Record<keyof Latency, number>> => ({ p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) });

/** Engines take turns round by round, so that a slow moment of the machine hits all of them. */
const measure = (workload: PolicyWorkload, { rounds, decisions, say }: PolicySizes): PolicyFigures => {
  const policies = Object.fromEntries(ENGINES.map((engine) => [engine, MAKE[engine]().prepare(workload.set)])) as Record<EngineKey, PreparedPolicy>;
  checkAnswers(workload, policies);
  for (const engine of ENGINES) timed(policies[engine], workload, WARM_UP);
  const taken = Object.fromEntries(ENGINES.map((engine) => [engine, [] as ReturnType<typeof figuresOf>[]])) as Record<EngineKey, ReturnType<typeof figuresOf>[]>;
  for (let round = 0; round < rounds; round += 1) for (const engine of ENGINES) taken[engine].push(figuresOf(timed(policies[engine], workload, decisions)));
  for (const engine of ENGINES) policies[engine].release();
  const latency = (engine: EngineKey): Latency => Object.fromEntries(FIGURES.map((name) => [name, spreadOf(taken[engine].map((figures) => figures[name]))])) as Latency;
  const engines = Object.fromEntries(ENGINES.map((engine) => [engine, latency(engine)])) as Record<EngineKey, Latency>;
  say(`${workload.rules} rules, ${workload.spread}: p50 ${engines.ours.p50.median.toFixed(3)} ms, plain ${engines.plain.p50.median.toFixed(3)} ms, opa ${engines.opa.p50.median.toFixed(3)} ms`);
  return { rules: workload.rules, spread: workload.spread, engines };
};

const SIZES: readonly (readonly [rules: number, spread: Spread])[] = [
  [10, 'many tools'],
  [100, 'many tools'],
  [1_000, 'many tools'],
  // What slices cannot help: shown so that nobody is surprised.
  [100, 'one tool'],
  [1_000, 'one tool'],
];

export const measurePolicy = (sizes: PolicySizes): readonly PolicyFigures[] => SIZES.map(([rules, spread]) => measure(policyWorkload(rules, spread), sizes));

/** What the texts of a call cost, which are scanned before it leaves: ours, at a thousand rules over many tools. */
export interface TextFigures extends Latency {
  /** Of the text that leaves with each call. */
  readonly bytes: number;
}

const TEXT_BYTES = [1_000, 10_000] as const;

export const measureTexts = ({ rounds, decisions, say }: PolicySizes): readonly TextFigures[] => {
  const { set } = policyWorkload(1_000, 'many tools');
  const policy = MAKE.ours().prepare(set);
  const figures = TEXT_BYTES.map((bytes) => {
    const calls = callsWithNote(bytes);
    timed(policy, { calls }, WARM_UP);
    const taken = Array.from({ length: rounds }, () => figuresOf(timed(policy, { calls }, decisions)));
    const [p50, p99] = FIGURES.map((name) => spreadOf(taken.map((each) => each[name])));
    if (!p50 || !p99) throw new CountersignError('INTERNAL', 'nothing was measured');
    say(`a text of ${bytes} bytes: p50 ${p50.median.toFixed(3)} ms`);
    return { bytes, p50, p99 };
  });
  policy.release();
  return figures;
};
