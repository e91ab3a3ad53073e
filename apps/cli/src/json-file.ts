import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CountersignError, isJsonObject, messageOf, parseExactJson, type ExactJson, type JsonObject } from '@countersign/kernel';
import type { CommandContext } from './command-context.js';

/** The text of a file that was named on the command line; `-` is standard input. Throws `USAGE`. */
export const readTextFile = async (context: CommandContext, name: string): Promise<string> => {
  if (name === '-') return context.readStdin();
  try {
    return readFileSync(resolve(context.cwd, name), 'utf8');
  } catch (cause) {
    throw new CountersignError('USAGE', `the file \`${name}\` cannot be read: ${messageOf(cause)}`, { cause });
  }
};

/** Reads one JSON object; `hint` says what it should look like. Throws `JSON_INVALID`. */
export const parseJsonObject = (name: string, text: string, hint: string): JsonObject => {
  let json: ExactJson;
  try {
    json = parseExactJson(text);
  } catch (cause) {
    throw new CountersignError('JSON_INVALID', `\`${name}\` is no JSON: ${messageOf(cause)}`, { cause });
  }
  const { value, inexact } = json;
  if (inexact.length > 0) throw new CountersignError('JSON_INVALID', `\`${name}\` has integers that no JSON number holds: ${inexact.map((pointer) => `\`${pointer}\``).join(', ')}`, { hint: 'write their digits as text' });
  if (!isJsonObject(value)) throw new CountersignError('JSON_INVALID', `\`${name}\` is no JSON object`, { hint });
  return value;
};
