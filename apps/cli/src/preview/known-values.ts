import { argumentsOf, holds, stepsUsedBy, type Condition, type PlaybookStep, type Sources } from '@countersign/domain';
import type { Json, JsonObject, StepId } from '@countersign/kernel';

/** An argument of a step before any step has run. */
export type PreviewedArgument = { readonly value: Json } | { readonly from: readonly StepId[] };

/** Steps that have to run before a part of a step is known: skipped ones will never give a value, which is known. */
const unknownOf = (part: Pick<PlaybookStep, 'args' | 'when'>, step: PlaybookStep, { steps }: Sources): readonly StepId[] => [
  ...new Set(stepsUsedBy({ id: step.id, tool: step.tool, ...part }).filter((id) => steps.get(id)?.status !== 'ended')),
];

export interface PreviewedArguments {
  /** In the order of the playbook; what is not there is left out, as the planner does. */
  readonly shown: ReadonlyMap<string, PreviewedArgument>;
  /** The values that are known. */
  readonly known: JsonObject;
  readonly faults: readonly { readonly pointer: string; readonly message: string }[];
}

export const previewArguments = (step: PlaybookStep, sources: Sources): PreviewedArguments => {
  const shown = new Map<string, PreviewedArgument>();
  const known: Record<string, Json> = {};
  const faults: { pointer: string; message: string }[] = [];
  for (const [name, source] of Object.entries(step.args)) {
    const single = { args: { [name]: source } };
    const from = unknownOf(single, step, sources);
    if (from.length > 0) {
      shown.set(name, { from });
      continue;
    }
    const found = argumentsOf({ ...step, ...single }, sources);
    faults.push(...found.faults);
    const value = found.args[name];
    if (value === undefined) continue;
    known[name] = value;
    shown.set(name, { value });
  }
  return { shown, known, faults };
};

/** Whether a condition holds; `undefined` where that depends on a step that has not run. */
export const previewCondition = (condition: Condition, step: PlaybookStep, sources: Sources): boolean | undefined => {
  const parts = (conditions: readonly Condition[]): readonly (boolean | undefined)[] => conditions.map((part) => previewCondition(part, step, sources));
  if ('all' in condition) {
    const found = parts(condition.all);
    return found.includes(false) ? false : found.includes(undefined) ? undefined : true;
  }
  if ('any' in condition) {
    const found = parts(condition.any);
    return found.includes(true) ? true : found.includes(undefined) ? undefined : false;
  }
  if ('not' in condition) {
    const found = previewCondition(condition.not, step, sources);
    return found === undefined ? undefined : !found;
  }
  return unknownOf({ args: {}, when: condition }, step, sources).length > 0 ? undefined : holds(condition, sources);
};
