import { isJsonObject, isName, isSlipOf, parseExactJson, parseTimestamp, type Instant, type Json, type JsonObject } from '@countersign/kernel';

/** A call as it was recorded, and what had happened in its run before it. */
export interface RecordedCall {
  readonly id: Json;
  readonly tenant: string;
  readonly workflow: string;
  /** The task's own words, or its data, which the agent contract's `input` is about. */
  readonly task: string | JsonObject;
  readonly history: readonly RecordedStep[];
  readonly tool: string;
  readonly args: JsonObject;
  /** When it is decided; absent: now. */
  readonly at?: Instant;
}

/** A call that was made before. */
export interface RecordedStep {
  readonly tool: string;
  readonly args?: JsonObject;
  /** Absent, or no object: it counts as all that the tool's schema could say. */
  readonly result?: Json;
  /** The result is of strangers, whatever the tool contract says. `false` makes nothing trusted. */
  readonly untrusted: boolean;
}

export type CallReading = { readonly call: RecordedCall } | { readonly id: Json; readonly error: string };

/** Keys that may be left out. */
const OPTIONAL = ['history', 'at'] as const;
const OPTIONAL_OF_STEP = ['args', 'result', 'untrusted'] as const;

/** Keys of others are left alone. One that is a slip of a key that may be left out, and is, is a fault: a `histroy` that nobody reads would make a verdict milder. */
const misspelt = (value: JsonObject, optional: readonly string[]): string | undefined => {
  const absent = optional.filter((each) => !Object.hasOwn(value, each));
  for (const key of Object.keys(value)) {
    const meant = optional.includes(key) ? undefined : absent.find((each) => isSlipOf(key, each));
    if (meant !== undefined) return `\`${key}\` is unknown, did you mean \`${meant}\`?`;
  }
  return undefined;
};

const stepFault = (step: Json, index: number): string | undefined => {
  const at = `\`history\` ${index + 1}`;
  if (!isJsonObject(step)) return `${at} must be an object with \`tool\`, \`args\` and \`result\``;
  if (typeof step['tool'] !== 'string') return `${at} must name a \`tool\``;
  if (step['untrusted'] !== undefined && typeof step['untrusted'] !== 'boolean') return `${at}: \`untrusted\` must be true or false`;
  const typo = misspelt(step, OPTIONAL_OF_STEP);
  return typo === undefined ? undefined : `${at}: ${typo}`;
};

const faultOf = (line: JsonObject): string | undefined => {
  const { tenant, workflow, task, history = [], tool, args, at } = line;
  if (!('id' in line)) return '`id` is missing';
  if (typeof tenant !== 'string' || !isName(tenant)) return '`tenant` must be the name of a tenant';
  if (typeof workflow !== 'string' || !isName(workflow)) return '`workflow` must be the name of a workflow';
  if (typeof task !== 'string' && !isJsonObject(task)) return '`task` must be a text or an object';
  if (typeof tool !== 'string') return '`tool` must be the name of a tool';
  if (!isJsonObject(args)) return '`args` must be an object';
  if (!Array.isArray(history)) return '`history` must be a list';
  if (at !== undefined && (typeof at !== 'string' || parseTimestamp(at) === undefined)) return '`at` must be a time such as `2026-01-02T03:04:05Z`';
  return (history as readonly Json[]).map(stepFault).find((fault) => fault !== undefined) ?? misspelt(line, OPTIONAL);
};

/** Lines whose shape has been checked. */
interface CheckedStep {
  readonly tool: string;
  readonly args?: Json;
  readonly result?: Json;
  readonly untrusted?: boolean;
}
type CheckedLine = Omit<RecordedCall, 'history' | 'at'> & { readonly history?: readonly CheckedStep[]; readonly at?: string };

const stepOf = ({ tool, args, result, untrusted = false }: CheckedStep): RecordedStep => ({ tool, untrusted, ...(args !== undefined && isJsonObject(args) && { args }), ...(result !== undefined && { result }) });

/** Reads one line; nothing is thrown for what is in it. Integers that no number holds are texts, as in the log. */
export const readCall = (text: string): CallReading => {
  let line: unknown;
  try {
    line = parseExactJson(text).value;
  } catch {
    return { id: null, error: 'is no JSON' };
  }
  if (!isJsonObject(line)) return { id: null, error: 'is no JSON object' };
  const fault = faultOf(line);
  if (fault !== undefined) return { id: line['id'] ?? null, error: fault };
  const { id, tenant, workflow, task, history = [], tool, args, at } = line as unknown as CheckedLine;
  const instant = at === undefined ? undefined : parseTimestamp(at);
  return { call: { id, tenant, workflow, task, history: history.map(stepOf), tool, args, ...(instant !== undefined && { at: instant }) } };
};
