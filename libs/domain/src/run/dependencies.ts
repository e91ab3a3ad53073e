import type { StepId } from '@countersign/kernel';
import type { Condition, Playbook, PlaybookStep, ValueSource } from '../config/playbook.js';
import { templateParts } from './template.js';

/**
 * Steps that must have ended before a step may be proposed: those it names in `after`, those whose results it uses, and,
 * where it has no `after`: every step before a write, every write before a read. An unknown tool counts as a write.
 */
export const dependenciesOf = (playbook: Playbook, index: number, effectOf: (tool: string) => 'read' | 'write'): ReadonlySet<StepId> => {
  const step = playbook.steps[index];
  if (!step) return new Set();
  const before = playbook.steps.slice(0, index);
  const waitsFor = step.after ?? (effectOf(step.tool) === 'write' ? before : before.filter(({ tool }) => effectOf(tool) === 'write')).map(({ id }) => id);
  return new Set([...waitsFor, ...stepsUsedBy(step)]);
};

/** Steps whose results a step's arguments and condition speak of. */
export const stepsUsedBy = (step: PlaybookStep): readonly StepId[] => [
  ...Object.values(step.args).flatMap(stepsOfSource),
  ...(step.when ? stepsOfCondition(step.when) : []),
  ...(step.ask?.when ? stepsOfCondition(step.ask.when) : []),
];

const stepsOfSource = (source: ValueSource): readonly StepId[] => {
  switch (source.from) {
    case 'task':
    case 'value':
      return [];
    case 'step':
      return [source.step];
    case 'template':
      return (templateParts(source.text) ?? []).flatMap((part) => ('of' in part && part.of === 'step' ? [part.step as StepId] : []));
  }
};

const stepsOfCondition = (condition: Condition): readonly StepId[] => {
  if ('all' in condition) return condition.all.flatMap(stepsOfCondition);
  if ('any' in condition) return condition.any.flatMap(stepsOfCondition);
  if ('not' in condition) return stepsOfCondition(condition.not);
  return stepsOfSource(condition.of);
};
