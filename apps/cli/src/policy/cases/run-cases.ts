import type { Verdict } from '@countersign/domain';
import type { PreparedPolicy } from '@countersign/policy-engines';
import type { FileFault } from '@countersign/tools';
import { judge } from '../judge.js';
import type { RuleBook } from '../rule-book.js';
import { stage } from '../scenario.js';
import { rulesOf } from '../verdict-text.js';
import type { Expectation, PlacedCase } from './read-cases.js';

/** What came of a case. */
export interface CaseResult {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  readonly expected: Expectation;
  readonly got: Verdict;
  /** Keys of the expectation that are not met; none where the case is as it was. */
  readonly differs: readonly (keyof Expectation)[];
}

export interface RanCases {
  readonly results: readonly CaseResult[];
  /** Of cases that cannot be set up: they say nothing of the rules. */
  readonly faults: readonly FileFault[];
}

/** What a verdict is in the words of an expectation. */
export const essenceOf = (verdict: Verdict): Expectation => {
  const { effect } = verdict;
  const codes = effect === 'allow' ? [] : [...new Set(verdict.reasons.map(({ code }) => code))].toSorted();
  const asked = effect === 'ask' ? { tier: verdict.tier, quorum: verdict.quorum, roles: verdict.roles } : {};
  return { expect: effect, rules: rulesOf(verdict), codes, ...asked };
};

type Wanted = Expectation[keyof Expectation];

/** Lists hold each thing once, and their order has no meaning. */
const isSame = (wanted: Wanted, got: Wanted): boolean => {
  if (typeof wanted !== 'object' || typeof got !== 'object') return wanted === got;
  return wanted.length === got.length && wanted.every((each) => got.includes(each));
};

const KEYS = ['expect', 'rules', 'codes', 'tier', 'quorum', 'roles'] as const satisfies readonly (keyof Expectation)[];

export const differences = (expected: Expectation, verdict: Verdict): readonly (keyof Expectation)[] => {
  const got = essenceOf(verdict);
  return KEYS.filter((key) => expected[key] !== undefined && !isSame(expected[key], got[key]));
};

const expectationOf = ({ case: { expect, rules, codes, tier, quorum, roles } }: PlacedCase): Expectation => ({
  expect,
  ...(rules && { rules }),
  ...(codes && { codes }),
  ...(tier !== undefined && { tier }),
  ...(quorum !== undefined && { quorum }),
  ...(roles && { roles }),
});

/** Decides every case as policy would, without Kafka. */
export const runCases = (cases: readonly PlacedCase[], { controls }: RuleBook, policy: PreparedPolicy): RanCases => {
  const results: CaseResult[] = [];
  const faults: FileFault[] = [];
  for (const placed of cases) {
    const { path, locate } = placed;
    const staged = stage(placed.case, controls);
    if ('faults' in staged) {
      faults.push(...staged.faults.map(({ pointer, message }) => ({ path, ...locate(pointer), message: `${pointer}: ${message}` })));
      continue;
    }
    const { proposal, state, now, votes } = staged.scenario;
    const judgement = judge(proposal, state, { controls, policy, now, votes });
    // A state that holds nothing but its task has nothing open, and nothing that ended.
    if (!judgement) throw new Error(`the case \`${placed.case.name}\` gives policy nothing to decide`);
    const expected = expectationOf(placed);
    results.push({ path, ...locate('/name'), name: placed.case.name, expected, got: judgement.verdict, differs: differences(expected, judgement.verdict) });
  }
  return { results, faults };
};
