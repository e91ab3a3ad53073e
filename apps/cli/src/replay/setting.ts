import type { ToolContract } from '@countersign/domain';
import { CountersignError, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';

/** Another value for an argument of a proposal, at a path into it. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: Json;
}

/** `amount_cents=100` or `to/0="x"`: a path into the arguments, and JSON, or text that is none. */
export const settingOf = (text: string): Setting => {
  const at = text.indexOf('=');
  const path = text.slice(0, at).split('/').filter((part) => part !== '');
  if (at < 1 || path.length === 0) throw new CountersignError('USAGE', `\`--set\` takes a path and a value, not \`${text}\``, { hint: 'such as `--set amount_cents=100`' });
  const given = text.slice(at + 1);
  try {
    return { path, value: JSON.parse(given) as Json };
  } catch {
    return { path, value: given };
  }
};

/** Throws `USAGE` for an argument, or a part of one, that a tool does not have: what is tried is another value, and a call that nobody can make says nothing. */
export const requireArgument = ({ id, args }: Pick<ToolContract, 'id' | 'args'>, { path }: Setting): void => {
  let schema: Json | undefined = args;
  for (const [depth, part] of path.entries()) {
    const known: Json | undefined = schema !== undefined && isJsonObject(schema) ? schema['properties'] : undefined;
    if (schema === undefined || !isJsonObject(schema) || known === undefined || !isJsonObject(known)) return;
    if (schema['additionalProperties'] === false && !Object.hasOwn(known, part)) {
      throw new CountersignError('USAGE', `\`${id}\` has no argument \`${path.slice(0, depth + 1).join('/')}\``, { hint: `it has ${Object.keys(known).toSorted().map((name) => `\`${[...path.slice(0, depth), name].join('/')}\``).join(', ')}` });
    }
    schema = known[part];
  }
};

/** The arguments with another value. */
export const withSetting = (args: JsonObject, { path: [first = '', ...rest], value }: Setting): JsonObject => {
  const inner = args[first];
  return { ...args, [first]: rest.length === 0 ? value : withSetting(isJsonObject(inner) ? inner : {}, { path: rest, value }) };
};
