import type { MissingField } from '@countersign/contracts';
import { givenValue } from '@countersign/domain';
import { CountersignError, type Json, type JsonObject } from '@countersign/kernel';
import { oneLine } from '../terminal/safe-text.js';

/** `name=value` of `--set`, by the name of an argument or by the field itself. */
const parted = (typed: string): readonly [string, string] => {
  const at = typed.indexOf('=');
  if (at < 1) throw new CountersignError('USAGE', `\`${oneLine(typed)}\` sets nothing`, { hint: 'such as `--set charge_id=ch_1`' });
  return [typed.slice(0, at), typed.slice(at + 1)];
};

/** What a person gives, by field. Throws `USAGE` where something was not asked for, or is set twice. Whether all is there and fits, the planner says. */
export const givenValues = (typed: readonly string[], asked: readonly MissingField[]): JsonObject => {
  const given: Record<string, Json> = {};
  for (const [name, text] of typed.map(parted)) {
    const found = asked.find((one) => one.field === name || one.name === name);
    if (!found) throw new CountersignError('USAGE', `\`${oneLine(name)}\` was not asked for`, { hint: `what is missing is ${asked.map((one) => `\`${oneLine(one.name)}\``).join(', ') || 'nothing'}` });
    if (Object.hasOwn(given, found.field)) throw new CountersignError('USAGE', `\`${oneLine(name)}\` is set twice`);
    given[found.field] = givenValue(text, found);
  }
  return given;
};
