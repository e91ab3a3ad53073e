import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CountersignError, isJsonObject, messageOf, type Json, type JsonObject } from '@countersign/kernel';

/** A tool call of a suite. */
export interface SuiteCall {
  readonly tool: string;
  readonly args: JsonObject;
}

/** A suite of an injection benchmark, as `shared/data/agentdojo/README.md` describes it. */
export interface Suite {
  readonly name: string;
  readonly tools: readonly { readonly name: string; readonly description: string; readonly schema: JsonObject }[];
  readonly userTasks: readonly { readonly id: string; readonly prompt: string; readonly calls: readonly SuiteCall[] }[];
  readonly injections: readonly { readonly id: string; readonly calls: readonly SuiteCall[] }[];
  /** What the tenant knows before the task. */
  readonly directory: Readonly<Record<string, readonly string[]>>;
}

const invalid = (file: string, message: string, cause?: unknown): CountersignError => new CountersignError('CONFIG_INVALID', `the suite \`${file}\` ${message}`, { cause });

const callsOf = (task: Json, file: string): readonly SuiteCall[] => {
  const calls = isJsonObject(task) ? task['calls'] : undefined;
  if (!Array.isArray(calls)) throw invalid(file, 'has a task without `calls`');
  return (calls as readonly Json[]).map((call) => {
    if (!isJsonObject(call) || typeof call['tool'] !== 'string' || !isJsonObject(call['args'])) throw invalid(file, 'has a call without `tool` and `args`');
    return { tool: call['tool'], args: call['args'] };
  });
};

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const entriesOf = (value: Json | undefined): readonly (readonly [string, Json])[] => (value !== undefined && isJsonObject(value) ? Object.entries(value) : []);

/** Reads a suite. Throws `CONFIG_INVALID` for a file that is none. */
export const readSuite = (file: string): Suite => {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw invalid(file, `cannot be read: ${messageOf(cause)}`, cause);
  }
  if (!isJsonObject(given) || !Array.isArray(given['tools'])) throw invalid(file, 'is no object with `tools`, `user_tasks` and `injection_tasks`');
  const tools = (given['tools'] as readonly Json[]).filter(isJsonObject);
  return {
    name: textOf(given['suite']) || basename(file, '.json'),
    tools: tools.map(({ name, description, schema }) => ({ name: textOf(name), description: textOf(description), schema: schema !== undefined && isJsonObject(schema) ? schema : {} })),
    userTasks: entriesOf(given['user_tasks']).map(([id, task]) => ({ id, prompt: textOf(isJsonObject(task) ? task['prompt'] : undefined), calls: callsOf(task, file) })),
    // One without a call asks the model to say something, which no policy of tools can stop.
    injections: entriesOf(given['injection_tasks']).flatMap(([id, task]) => (callsOf(task, file).length > 0 ? [{ id, calls: callsOf(task, file) }] : [])),
    directory: Object.fromEntries(entriesOf(given['directory']).map(([list, places]) => [list, Array.isArray(places) ? (places as readonly Json[]).filter((place) => typeof place === 'string') : []])),
  };
};
