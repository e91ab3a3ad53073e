import type { BenchContext } from '../bench.js';
import { describeEngines, describeMachine } from '../machine.js';
import { measurePolicy, measureTexts } from './measure-policy.js';
import type { PolicyReport } from './policy-report.js';

/** Enough for a p99 of which 50 samples are beyond. */
const DECISIONS = 5_000;
const QUICK_DECISIONS = 500;

/** Decisions in this process: no stack is started. */
export const runPolicyBench = ({ folder, rounds, quick, say }: BenchContext): PolicyReport => {
  const decisions = quick ? QUICK_DECISIONS : DECISIONS;
  const sizes = { rounds, decisions, say };
  return { figures: measurePolicy(sizes), texts: measureTexts(sizes), rounds, decisions, machine: describeMachine(folder), versions: describeEngines() };
};
