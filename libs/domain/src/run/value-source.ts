import { atPointer, type Json, type JsonObject, type StepId } from '@countersign/kernel';
import type { ValueSource } from '../config/playbook.js';
import type { StepState } from './run-state.js';
import { templateParts } from './template.js';

/** What the values of a step are taken from. */
export interface Sources {
  readonly input: JsonObject;
  readonly steps: ReadonlyMap<StepId, StepState>;
}

/** `absent`: there is nothing at the pointer. `fault`: there is something that cannot be used. */
export type Found = { readonly value: Json } | { readonly absent: true } | { readonly fault: string };

const ABSENT: Found = { absent: true };

export const valueOf = (source: ValueSource, sources: Sources): Found => {
  switch (source.from) {
    case 'value':
      return { value: source.value };
    case 'task':
      return at(sources.input, source.pointer);
    case 'step':
      return ofStep(source.step, source.pointer, sources);
    case 'template':
      return ofTemplate(source.text, sources);
  }
};

const at = (document: JsonObject, pointer: string): Found => {
  const value = atPointer(document, pointer);
  return value === undefined ? ABSENT : { value };
};

const ofStep = (id: StepId, pointer: string, { steps }: Sources): Found => {
  const step = steps.get(id);
  if (step?.status !== 'ended') return ABSENT;
  if (step.blob) return { fault: `the result of step \`${id}\` is too large to be used in an argument` };
  return step.result ? at(step.result, pointer) : ABSENT;
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
    const found = part.of === 'task' ? at(sources.input, part.pointer) : ofStep(part.step as StepId, part.pointer, sources);
    if ('fault' in found) return found;
    const name = `${part.of === 'task' ? 'task' : part.step}:${part.pointer}`;
    if (!('value' in found)) return { fault: `there is nothing at \`${name}\`` };
    if (found.value === null || typeof found.value === 'object') return { fault: `what is at \`${name}\` has no place in a text` };
    value += String(found.value);
  }
  return { value };
};
