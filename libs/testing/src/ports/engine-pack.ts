import { readFileSync } from 'node:fs';
import type { Destination, Facts, PolicyRule } from '@countersign/domain';
import { hours, type Instant, type JsonObject } from '@countersign/kernel';
import { readDocument } from '@countersign/tools';
import { parse } from 'yaml';
import { ENGINE_CASES, type EngineCase } from './engine-cases.js';
import { denies } from './engine-rules.js';
import type { Call } from './engine-world.js';

/** The cases that are written as people write rules: the files of `engine-cases`. */
const FOLDER = new URL('../../engine-cases/', import.meta.url);
const PERMITTED = { allow: ['contract.refund-desk'] };

/** A call in a file: facts stand beside the rest. */
export interface WrittenCall extends Omit<Call, 'tool' | 'facts'>, Partial<Pick<Facts, 'taint' | 'contains' | 'stage' | 'mode'>> {
  readonly tool?: string;
  /** `email:ada@example.com task` */
  readonly destinations?: readonly string[];
  readonly now?: string;
}

interface WrittenVerdict {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly ask?: readonly string[];
}

interface WrittenRule {
  readonly if: Readonly<Record<string, string>>;
  readonly calls: readonly (WrittenCall & { readonly says: 'fires' | 'silent' | WrittenVerdict })[];
}

interface WrittenSet {
  readonly name: string;
  readonly policies: readonly JsonObject[];
  readonly call: WrittenCall;
  readonly expect: WrittenVerdict;
}

const read = (file: string): unknown => parse(readFileSync(new URL(file, FOLDER), 'utf8'));

const destination = (text: string): Destination => {
  const [, kind, value = '', origin] = /^(\w+):(\S+) (\w+)$/.exec(text) ?? [];
  return { kind, value, origin } as Destination;
};

export const callOf = ({ destinations, now, taint, contains, stage, mode, tool = 'crm.find', ...call }: WrittenCall): Call => ({
  ...call,
  tool,
  facts: {
    ...(taint && { taint }),
    ...(contains && { contains }),
    ...(stage && { stage }),
    ...(mode && { mode }),
    ...(destinations && { destinations: destinations.map(destination) }),
    ...(now !== undefined && { now: Date.parse(now) as Instant }),
  },
});

/** What a file leaves out of a question is what a rule leaves out. */
const verdictOf = (written: WrittenVerdict): unknown => (written.ask ? { tier: 2, quorum: 1, roles: [], within: hours(24), ...written } : written);

export const rulesOf = (policies: readonly JsonObject[]): readonly PolicyRule[] => {
  const reading = readDocument('policy', { policies });
  if ('faults' in reading) throw new Error(`the rules of a case are none: ${reading.faults.map(({ message }) => message).join('; ')}`);
  return reading.document.policies;
};

const ruleCases = ({ if: { tool = '', ...conditions }, calls }: WrittenRule): readonly EngineCase[] =>
  calls.map(({ says, ...call }) => ({
    name: `\`${JSON.stringify({ tool, ...conditions })}\` ${typeof says === 'string' ? says : 'denies'} for \`${JSON.stringify(call)}\``,
    rules: [denies('rule', tool, conditions)],
    call: callOf({ ...call, tool: call.tool ?? tool }),
    expect: says === 'fires' ? { deny: ['rule rule.forbids'] } : says === 'silent' ? PERMITTED : verdictOf(says),
  }));

/** Everything that an engine has to say the same to. */
export const CONFORMANCE_PACK: readonly EngineCase[] = [
  ...ENGINE_CASES,
  ...(read('facts.yaml') as readonly WrittenRule[]).flatMap(ruleCases),
  ...(read('sets.yaml') as readonly WrittenSet[]).map(({ name, policies, call, expect }): EngineCase => ({ name, rules: rulesOf(policies), call: callOf(call), expect: verdictOf(expect) })),
];
