import { TAINTS, type Facts } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { agentPrincipal } from '@countersign/identity';
import { attributesRead, NO_APPROVALS, NO_FACTS, type AttributeValue, type CompiledSet, type Comparison, type DecisionRequest, type FactTest, type Test } from '@countersign/policy-engines';
import { attributeText } from '../attribute-text.js';
import { USUAL_TIME } from '../call.js';

/** A request that was made up, and what tells it from the others. */
export interface GeneratedCall {
  readonly request: DecisionRequest;
  readonly call: string;
}

/** Of one tool and agent; more combinations than this take longer than a person waits, and are thinned out. */
export const MOST_CALLS = 2_000;

type Values = Readonly<Record<string, AttributeValue>>;
type Choice<Value> = readonly { readonly value: Value; readonly text: string }[];

const testsOf = (sets: readonly CompiledSet[], tool: string): readonly Test[] =>
  sets.flatMap((set) => (set.slices.get(tool)?.statements ?? []).flatMap((each) => (each.kind === 'deny' || each.kind === 'ask' ? each.when : [])));

const isComparison = (test: Test): test is Comparison => 'attribute' in test;

/** Texts that a pattern matches: each run of any characters as nothing, and as something. */
const matching = (pattern: string): readonly string[] => [pattern.replaceAll('*', ''), pattern.replaceAll('*', 'x')];

/** Values at and beside every border that a comparison draws. */
const bordersOf = (test: Comparison): readonly AttributeValue[] => {
  if ('pattern' in test) return matching(test.pattern);
  const values: readonly AttributeValue[] = 'values' in test ? test.values : [test.value];
  return values.flatMap((value): readonly AttributeValue[] => (typeof value === 'number' ? [value - 1, value, value + 1].filter((each) => Number.isSafeInteger(each) && each >= 0) : [value]));
};

/** A text that no rule names. */
const OTHER_TEXT = 'something else';

const ascending = (a: AttributeValue, b: AttributeValue): number => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1);

const attributeChoices = (name: string, type: 'integer' | 'text', tests: readonly Test[]): Choice<Values> => {
  const borders = tests.filter(isComparison).filter(({ attribute }) => attribute === name).flatMap(bordersOf);
  const values = [...new Set<AttributeValue>([...borders, type === 'integer' ? 0 : OTHER_TEXT])].filter((value) => (typeof value === 'number') === (type === 'integer')).toSorted(ascending);
  return [...values.map((value) => ({ value: { [name]: value }, text: `${name} ${attributeText(name, value)}` })), { value: {}, text: `no ${name}` }];
};

const asks = (tests: readonly Test[], fact: FactTest['fact']): readonly FactTest[] => tests.filter((test): test is FactTest => !isComparison(test) && test.fact === fact);

const wordsOf = (tests: readonly FactTest[]): readonly string[] => [...new Set(tests.flatMap((test) => ('any' in test ? test.any : [])))].toSorted();

/** One choice for each fact that a rule asks for. Places and times are not made up: nobody could say which of them a task names. */
const factChoices = (tests: readonly Test[]): readonly Choice<Partial<Facts>>[] => {
  const taints = asks(tests, 'taint').length > 0 ? [[], ['untrusted'], ['sensitive'], [...TAINTS]] : [];
  const findings = wordsOf(asks(tests, 'contains'));
  const origins = asks(tests, 'origin').length > 0 ? (['task', 'unknown'] as const) : [];
  return [
    taints.map((taint) => ({ value: { taint: taint as Facts['taint'] }, text: taint.length === 0 ? 'untainted' : taint.join(' and ') })),
    findings.length > 0 ? [{ value: {}, text: 'nothing found' }, ...findings.map((each) => ({ value: { contains: [each] as Facts['contains'] }, text: `contains ${each}` }))] : [],
    origins.map((origin) => ({ value: { destinations: [{ kind: 'id', value: 'place', origin }] } as const, text: `a destination of origin ${origin}` })),
  ];
};

/** Every n-th, so that what is left out lies everywhere. */
const thinned = <Item>(items: readonly Item[]): readonly Item[] => {
  const step = Math.ceil(items.length / MOST_CALLS);
  return step <= 1 ? items : items.filter((_, index) => index % step === 0);
};

/** Every combination of one of each, thinned out as it grows; the first changes slowest. */
const product = <Value extends object>(choices: readonly Choice<Value>[]): Choice<Value> =>
  choices
    .filter((choice) => choice.length > 0)
    .reduce<Choice<Value>>((done, choice) => thinned(done.flatMap((one) => choice.map((other) => ({ value: { ...one.value, ...other.value }, text: one.text === '' ? other.text : `${one.text}, ${other.text}` })))), [{ value: {} as Value, text: '' }]);

/**
 * Calls at the borders of all rules of two sets, for every tool and every agent. They show what differs, not that nothing does: places
 * and times are not varied, and combinations beyond `MOST_CALLS` are thinned out.
 */
export function* generatedCalls(before: CompiledSet, after: CompiledSet): Generator<GeneratedCall> {
  const sets = [before, after];
  const now = Date.parse(USUAL_TIME) as Instant;
  const tools = [...new Set(sets.flatMap(({ slices }) => [...slices.keys()]))].toSorted();
  const agents = new Map(sets.flatMap((set) => [...set.agents]));
  for (const tool of tools) {
    const tests = testsOf(sets, tool);
    const attributes = Object.assign({}, ...sets.map(({ slices }) => slices.get(tool)?.attributes ?? {})) as Readonly<Record<string, 'integer' | 'text'>>;
    const read = new Set(sets.flatMap(({ slices }) => (slices.get(tool)?.statements ?? []).flatMap(attributesRead)));
    const values = product(Object.entries(attributes).flatMap(([name, type]) => (read.has(name) ? [attributeChoices(name, type, tests)] : [])));
    const facts = product(factChoices(tests));
    const calls = thinned(values.flatMap((value) => facts.map((fact) => ({ value, fact }))));
    for (const [key, contract] of agents) {
      const [tenant = '', workflow = ''] = key.split('/');
      for (const { value, fact } of calls) {
        yield {
          request: { agent: agentPrincipal(tenant, workflow, contract), tenant, workflow, tool, destination: '', attributes: { values: value.value, invalid: [] }, facts: { ...NO_FACTS, now, ...fact.value }, approvals: NO_APPROVALS },
          call: [value.text, fact.text].filter((text) => text !== '').join(', ') || 'any call',
        };
      }
    }
  }
}
