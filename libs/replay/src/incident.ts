import type { Event } from '@countersign/contracts';
import type { Verdict } from '@countersign/domain';
import { withOwnSeals, type RecordedCall, type RecordedStep } from '@countersign/evaluation';
import { CountersignError, isJsonObject, sealOf, timestamp, type Instant, type Json, type JsonObject, type StepId } from '@countersign/kernel';
import type { RunBundle } from './bundle.js';
import { coursesOf, type Decision } from './consequences.js';

type Effect = Verdict['effect'];
const EFFECTS: readonly Effect[] = ['allow', 'ask', 'deny'];

/** A decision of an incident, and what is to be decided from now on. */
export interface IncidentCall {
  readonly step: string;
  /** As `policy eval` reads it. */
  readonly call: RecordedCall;
  /** What was decided then. */
  readonly was: Effect;
  readonly expected: Effect;
}

/** A run that became a test. */
export interface Incident {
  readonly name: string;
  /** Hash of the policy set of then. */
  readonly policySet: string;
  readonly calls: readonly IncidentCall[];
}

export const effectOf = ({ type }: Pick<Decision, 'type'>): Effect => (type === 'countersign.action.allowed' ? 'allow' : type === 'countersign.action.denied' ? 'deny' : 'ask');

/** What the run had done before an event, oldest first. */
const historyBefore = (bundle: RunBundle, before: number): readonly RecordedStep[] => {
  const actions = new Map<StepId, { readonly tool: string; readonly args: JsonObject }>();
  const history = new Map<StepId, RecordedStep>();
  for (const { event, record } of bundle.events) {
    const { step, data } = event;
    if (step === undefined || record.timestamp > before) continue;
    if ('action' in data) actions.set(step, data.action);
    const action = actions.get(step);
    const result = 'result' in data && isJsonObject(data.result) ? data.result : undefined;
    if (action && (event.type === 'countersign.action.succeeded' || event.type === 'countersign.action.verified')) history.set(step, { tool: action.tool, args: action.args, untrusted: false, ...(result && { result }) });
  }
  return [...history.values()];
};

/** Each first decision of a run as a call that can be decided anywhere, with what had happened before it and stand-ins for what is sealed. Throws `NOT_FOUND` for a run without a task or a decision. */
export const incidentCallsOf = (bundle: RunBundle): readonly { readonly step: StepId; readonly call: RecordedCall; readonly decision: Decision }[] => {
  const submitted = bundle.events.find(({ event }) => event.type === 'countersign.task.submitted')?.event as Event<'countersign.task.submitted'> | undefined;
  const decisions = coursesOf(bundle.events).get(bundle.run)?.decisions ?? new Map<StepId, Decision>();
  if (!submitted || decisions.size === 0) throw new CountersignError('NOT_FOUND', `nothing was decided in \`${bundle.run}\``);
  return [...decisions].map(([step, decision]) => {
    const at = bundle.events.find(({ event }) => event.id === decision.id);
    const { tool, args } = decision.data.action;
    const call: RecordedCall = { id: step, tenant: bundle.tenant, workflow: bundle.workflow, task: submitted.data.input, history: historyBefore(bundle, at?.record.timestamp ?? 0), tool, args, ...(at && { at: at.at }) };
    return { step, call: withOwnSeals(call, bundle.run), decision };
  });
};

const ADDRESS = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const WORD = /[\p{L}\p{N}_'-]+/gu;

/**
 * Takes out of calls what people wrote and who they are: the words of prose, addresses, and every text that is no argument of a call. The
 * same word becomes the same again, so that what occurs in two places still does. Arguments that are one word, such as ids, stay.
 */
export const redacted = (calls: readonly RecordedCall[]): readonly RecordedCall[] => {
  const kept = new Set<string>(calls.flatMap(({ args, history }) => [args, ...history.map((step) => step.args ?? {})].flatMap(textsIn)).filter((text) => !/[\s@]/.test(text)));
  const names = new Map<string, string>();
  const nameOf = (word: string, made: (number: number) => string): string => {
    const known = names.get(word) ?? made(names.size + 1);
    names.set(word, known);
    return known;
  };
  const text = (given: string): string => {
    // Its stand-in says nothing.
    if (kept.has(given) || sealOf(given)) return given;
    const parts: string[] = [];
    let from = 0;
    for (const match of given.matchAll(ADDRESS)) {
      parts.push(words(given.slice(from, match.index)), nameOf(match[0], (number) => `person-${number}@example.com`));
      from = match.index + match[0].length;
    }
    return [...parts, words(given.slice(from))].join('');
  };
  const words = (given: string): string => given.replace(WORD, (word) => (kept.has(word) ? word : nameOf(word, (number) => `word${number}`)));
  const value = (given: Json): Json => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return (given as readonly Json[]).map(value);
    return isJsonObject(given) ? object(given) : given;
  };
  const object = (given: JsonObject): JsonObject => Object.fromEntries(Object.entries(given).map(([key, inner]) => [key, value(inner)]));
  return calls.map((call) => ({ ...call, task: typeof call.task === 'string' ? text(call.task) : object(call.task), args: object(call.args), history: call.history.map((step) => ({ ...step, ...(step.args && { args: object(step.args) }), ...(step.result !== undefined && { result: value(step.result) }) })) }));
};

const textsIn = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
};

/** Its file, in a folder that is named after it. */
export const INCIDENT_FILE = 'incident.json';

/** As it is committed. */
export const incidentText = ({ name, policySet, calls }: Incident): string =>
  `${JSON.stringify({ v: 1, name, policySet, calls: calls.map(({ step, call, was, expected }) => ({ step, was, expected, call: { ...call, ...(call.at !== undefined && { at: timestamp(call.at) }) } })) }, undefined, 2)}\n`;

const isEffect = (value: unknown): value is Effect => EFFECTS.some((effect) => effect === value);

/** Reads a committed incident; `read` is that of recorded calls. Throws `CONFIG_INVALID`. */
export const readIncident = (text: string, read: (line: string) => { readonly call: RecordedCall } | { readonly error: string }): Incident => {
  const invalid = (message: string): CountersignError => new CountersignError('CONFIG_INVALID', `the incident ${message}`, { hint: 'countersign replay promote' });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw invalid('is no JSON');
  }
  if (!isJsonObject(given) || given['v'] !== 1 || typeof given['name'] !== 'string' || typeof given['policySet'] !== 'string' || !Array.isArray(given['calls'])) throw invalid('is not as `replay promote` writes it');
  const calls = (given['calls'] as readonly Json[]).map((each): IncidentCall => {
    if (!isJsonObject(each) || typeof each['step'] !== 'string' || !isEffect(each['was']) || !isEffect(each['expected'])) throw invalid('has a call without what is expected of it');
    const found = read(JSON.stringify(each['call'] ?? null));
    if ('error' in found) throw invalid(`has a call that ${found.error}`);
    return { step: each['step'], call: found.call, was: each['was'], expected: each['expected'] };
  });
  return { name: given['name'], policySet: given['policySet'], calls };
};

/** Calls of an incident that are decided otherwise than is expected. */
export const incidentFaults = ({ calls }: Incident, decide: (call: RecordedCall, now: Instant) => Verdict): readonly string[] =>
  calls.flatMap(({ step, call, expected }) => {
    const { effect } = decide(call, call.at ?? (0 as Instant));
    return effect === expected ? [] : [`${step}: \`${call.tool}\` is ${PAST[effect]}, and is to be ${PAST[expected]}`];
  });

const PAST: Readonly<Record<Effect, string>> = { allow: 'allowed', ask: 'asked about', deny: 'denied' };
