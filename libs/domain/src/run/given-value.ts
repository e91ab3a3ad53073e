import type { MissingField } from '@countersign/contracts';
import type { Json } from '@countersign/kernel';

/** What a person typed for a field, as the tool takes it: what can only be a text stays one. Whether it fits, the planner says. */
export const givenValue = (text: string, { types }: Pick<MissingField, 'types'>): Json => {
  const takes = (...names: readonly string[]): boolean => types.length === 0 || types.some((type) => names.includes(type));
  if (types.length > 0 && !takes('number', 'integer', 'boolean')) return text;
  if (takes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (takes('number', 'integer') && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && (types.length > 0 || Number.isSafeInteger(Number(text)))) return Number(text);
  return text;
};
