import { CountersignError, type JsonObject } from '@countersign/kernel';
import { compileSchema, type FaultsOf } from '@countersign/tools';
import type { CommandContext } from '../command-context.js';
import { parseJsonObject, readTextFile } from '../json-file.js';
import { CALL_SHAPE, type Call } from './call.js';

const HINT = 'a call is `{"tenant":...,"workflow":...,"tool":...,"args":{...}}`: see docs/policy-tools.md';

let shape: FaultsOf | undefined;

const checked = (name: string, body: JsonObject): Call => {
  shape ??= compileSchema(CALL_SHAPE);
  const faults = shape(body);
  if (faults.length > 0) throw new CountersignError('JSON_INVALID', `\`${name}\` is no call\n${faults.map(({ pointer, message }) => `${pointer} ${message}`).join('\n')}`, { hint: HINT });
  // The cast rests on the shape.
  return body as unknown as Call;
};

/** Reads one call. Throws `USAGE` and `JSON_INVALID`. */
export const readCallFile = async (context: CommandContext, name: string): Promise<Call> => checked(name, parseJsonObject(name, await readTextFile(context, name), HINT));

/** Reads one call a line; empty lines are passed over. Throws `USAGE` and `JSON_INVALID` with the number of the line. */
export const readCallLines = async (context: CommandContext, name: string): Promise<readonly Call[]> =>
  (await readTextFile(context, name)).split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [checked(`${name}:${index + 1}`, parseJsonObject(`${name}:${index + 1}`, line, HINT))]));
