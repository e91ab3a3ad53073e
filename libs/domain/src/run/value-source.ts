import { atPointer, type Json, type JsonObject, type StepId } from '@countersign/kernel';
import type { ValueSource } from '../config/playbook.js';
import type { StepState } from './run-state.js';
import { templateParts } from './template.js';

/** What the values of a step are taken from. */
export interface Sources {
  readonly input: JsonObject;
  readonly steps: ReadonlyMap<StepId, StepState>;
  /** By field: what people gave where the task or a result gives nothing. */
  readonly given?: JsonObject;
}

/** How a place is called that a value comes from: `task:/charge_id`, or `charge:/status` of a step. */
export const fieldOf = (of: string, pointer: string): string => `${of}:${pointer}`;

/** `absent`: there is nothing at the pointer. `fault`: there is something that cannot be used. */
export type Found = { readonly value: Json } | { readonly absent: true } | { readonly fault: string };

const ABSENT: Found = { absent: true };

export const valueOf = (source: ValueSource, sources: Sources): Found => {
  switch (source.from) {
    case 'value':
      return { value: source.value };
    case 'task':
      return ofTask(source.pointer, sources);
    case 'step':
      return ofStep(source.step, source.pointer, sources);
    case 'template':
      return ofTemplate(source.text, sources);
  }
};

const foundAt = (document: JsonObject | undefined, pointer: string, field: string, { given }: Sources): Found => {
  const found = document && atPointer(document, pointer);
  const value = found === undefined && given && Object.hasOwn(given, field) ? given[field] : found;
  return value === undefined ? ABSENT : { value };
};

const ofTask = (pointer: string, sources: Sources): Found => foundAt(sources.input, pointer, fieldOf('task', pointer), sources);

const ofStep = (id: StepId, pointer: string, sources: Sources): Found => {
  const step = sources.steps.get(id);
  if (step?.status !== 'ended') return ABSENT;
  if (step.blob) return { fault: `the result of step \`${id}\` is too large to be used in an argument` };
  return foundAt(step.result, pointer, fieldOf(id, pointer), sources);
};

const ofTemplate = (text: string, sources: Sources): Found => {
  const parts = templateParts(text);
  if (!parts) return { fault: 'the template has a brace that stands alone' };
  let value = '';
  for (const part of parts) {
    if ('text' in part) {
      value += part.text;
      continue;
    }
    const found = part.of === 'task' ? ofTask(part.pointer, sources) : ofStep(part.step as StepId, part.pointer, sources);
    if ('fault' in found) return found;
    const name = fieldOf(part.of === 'task' ? 'task' : part.step, part.pointer);
    if (!('value' in found)) return { fault: `there is nothing at \`${name}\`` };
    if (found.value === null || typeof found.value === 'object') return { fault: `what is at \`${name}\` has no place in a text` };
    value += String(found.value);
  }
  return { value };
};

/** Places of a source at which there is nothing. What is there and cannot be used is not missing. */
export const absentFields = (source: ValueSource, sources: Sources): readonly string[] => {
  switch (source.from) {
    case 'value':
      return [];
    case 'task':
      return 'absent' in ofTask(source.pointer, sources) ? [fieldOf('task', source.pointer)] : [];
    case 'step':
      return 'absent' in ofStep(source.step, source.pointer, sources) ? [fieldOf(source.step, source.pointer)] : [];
    case 'template':
      return (templateParts(source.text) ?? []).flatMap((part) => {
        if ('text' in part) return [];
        return absentFields(part.of === 'task' ? { from: 'task', pointer: part.pointer } : { from: 'step', step: part.step as StepId, pointer: part.pointer }, sources);
      });
  }
};
