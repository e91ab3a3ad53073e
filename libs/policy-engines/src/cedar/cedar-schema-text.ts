import { CountersignError } from '@countersign/kernel';
import type { Slice } from '../compiled-set.js';
import { cedarSchema } from './cedar-schema.js';
import { cedar } from './load-cedar.js';

/** The schema that a slice is validated against, in Cedar's own language. */
export const cedarSchemaText = (slice: Slice): string => {
  const answer = cedar().schemaToText(cedarSchema(slice));
  if (answer.type === 'failure') throw new CountersignError('ENGINE_UNAVAILABLE', `Cedar cannot write the schema of \`${slice.tool}\`: ${answer.errors[0]?.message ?? 'no reason given'}`);
  return answer.text;
};
