import type { Reason } from '@countersign/contracts';
import type { Question, Verdict } from '@countersign/domain';
import { describeRule, NO_APPROVALS, type CompiledSet, type DecisionRequest, type Slice, type Statement, type Test } from '@countersign/policy-engines';
import { withPolicy } from '../rule-book.js';
import { inputOf } from './input-of.js';

/** One condition of a statement. */
export interface TestFinding {
  readonly text: string;
  readonly holds: boolean;
  /** What it was held against, and where that came from. */
  readonly input: string;
}

/** One statement of the slice of a tool. */
export interface StatementFinding {
  readonly statement: Statement;
  /** It permits, forbids or asks; whatever the votes. */
  readonly fires: boolean;
  /** Of a question that is asked: the votes satisfy it. */
  readonly answered?: boolean;
  readonly tests: readonly TestFinding[];
}

export interface SliceFinding {
  /** Why no statement was looked at; absent where they were. */
  readonly fault?: Reason;
  readonly statements: readonly StatementFinding[];
}

/** Opens the tool to the agent, so that what narrows can be seen alone. */
const OPEN = 'contract.probe';

/** How the engine itself decides with only these statements: what is explained is what decides. */
const probe = (set: CompiledSet, slice: Slice, request: DecisionRequest, statements: readonly Statement[]): Verdict =>
  withPolicy({ ...set, slices: new Map([[slice.tool, { ...slice, statements }]]) }, (policy) => policy.decide(request));

const testsOf = (statement: Statement): readonly Test[] => (statement.kind === 'deny' || statement.kind === 'ask' ? statement.when : []);

/** What the engine found of each statement of a slice, one by one. `undefined` where the set has no such tool. */
export const explainSlice = (set: CompiledSet, request: DecisionRequest, question: Question): SliceFinding | undefined => {
  const slice = set.slices.get(request.tool);
  if (!slice) return undefined;
  const asked = { ...request, approvals: NO_APPROVALS };
  const contract = set.agents.get(`${request.tenant}/${request.workflow}`) ?? '';
  const open: Statement = { kind: 'permit', id: OPEN, contract };
  const bare = probe(set, slice, asked, [open]);
  if (bare.effect !== 'allow') return { ...(bare.reasons[0] && { fault: bare.reasons[0] }), statements: [] };
  const isNarrowed = (statement: Statement, by: DecisionRequest): boolean => probe(set, slice, by, [open, statement]).effect !== 'allow';
  const holds = (test: Test): boolean => isNarrowed({ kind: 'deny', id: 'probe', when: [test], code: 'rule.forbids', message: '' }, asked);
  const explain = (statement: Statement): StatementFinding => {
    if (statement.kind === 'permit') return { statement, fires: probe(set, slice, asked, [statement]).effect === 'allow', tests: [] };
    const fires = isNarrowed(statement, asked);
    const tests = testsOf(statement).map((test) => ({ text: describeRule(slice.tool, [test]), holds: holds(test), input: inputOf(test, request, question) }));
    return { statement, fires, ...(statement.kind === 'ask' && fires && { answered: !isNarrowed(statement, request) }), tests };
  };
  return { statements: slice.statements.map(explain) };
};
