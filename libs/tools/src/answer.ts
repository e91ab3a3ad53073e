import { atPointer, canonicalJson, isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import type { DocumentFault, Invariant, Matcher, ReadBack, ToolContract } from '@countersign/domain';
import { renderTemplate, type Values } from './render.js';

const pick = (names: Readonly<Record<string, string>>, from: Json): JsonObject =>
  Object.fromEntries(
    Object.entries(names).flatMap(([name, pointer]) => {
      const value = atPointer(from, pointer);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );

/** The result of a tool's answer; `undefined` where the answer is no object and nothing is picked from it. */
export const resultOf = (tool: ToolContract, answer: Json): JsonObject | undefined => (tool.pick ? pick(tool.pick, answer) : isJsonObject(answer) ? answer : undefined);

/** As long as events allow. */
const LONGEST_OUTSIDE_ID = 200;

/** The id that the outside system gave; `undefined` where the contract names none, it is not there, or is longer than an event carries: it is in the result all the same. */
export const outsideIdOf = (tool: ToolContract, result: JsonObject): string | undefined => {
  const id = tool.outsideId === undefined ? undefined : atPointer(result, tool.outsideId);
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  return String(id).length <= LONGEST_OUTSIDE_ID ? String(id) : undefined;
};

/**
 * Where a result speaks of more than the argument did that policy decided on: the argument was only the agent's claim. Places, never values.
 * A list counts its items; what is no number of its unit is more than anything.
 */
export const limitFaults = (tool: ToolContract, args: JsonObject, result: JsonObject): readonly DocumentFault[] =>
  Object.entries(tool.resultLimits).flatMap(([name, pointer]): DocumentFault[] => {
    const attribute = tool.attributes[name];
    const claimed = attribute && atPointer(args, attribute.arg);
    const really = atPointer(result, pointer);
    if (really === undefined || claimed === undefined) return [];
    const amount = Array.isArray(really) ? really.length : really;
    const isWithin = attribute?.unit === 'text' ? same(really, claimed) : typeof amount === 'number' && typeof claimed === 'number' && amount <= claimed;
    return isWithin ? [] : [{ pointer, message: `is more than the \`${name}\` that was decided on` }];
  });

const same = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b);

/** Whether a value is as a matcher asks. A value that is not there matches nothing but an argument that was not given. */
const matches = (found: Json | undefined, matcher: Matcher, values: Values): boolean => {
  switch (matcher.op) {
    case 'equals': {
      const wanted = renderTemplate(matcher.to, values);
      return wanted === undefined || (found !== undefined && same(found, wanted));
    }
    case 'contains': {
      const wanted = renderTemplate(matcher.text, values);
      return typeof found === 'string' && typeof wanted === 'string' && found.includes(wanted);
    }
    case 'includes': {
      const wanted = renderTemplate(matcher.all, values);
      if (!Array.isArray(found)) return false;
      const { by } = matcher;
      const there = new Set(found.map((item: Json) => canonicalJson((by === undefined ? item : atPointer(item, by)) ?? null)));
      return (Array.isArray(wanted) ? wanted : wanted === undefined ? [] : [wanted]).every((item: Json) => there.has(canonicalJson(item)));
    }
  }
};

/** What looking at the effect showed. `faults` name what differs from what was asked for: places, never values. */
export type ReadBackFinding = { readonly found: false } | { readonly found: true; readonly value: Json; readonly result: JsonObject; readonly faults: readonly DocumentFault[] };

/** Whether an answer to a read-back holds anything to look through; a list in pages ends with one that does not. */
export const hasItems = ({ find }: ReadBack, answer: Json): boolean => {
  const list = find && atPointer(answer, find.in);
  return Array.isArray(list) && list.length > 0;
};

const IN_WORDS: Readonly<Record<Invariant['op'], string>> = { 'at-most': 'at most', 'at-least': 'at least', equals: 'equal to' };

/** The number at a pointer, or the sum over a list; `undefined` where anything of it is no number. */
const numberAt = (answer: Json, pointer: string, by?: string): number | undefined => {
  const found = atPointer(answer, pointer);
  if (by === undefined) return typeof found === 'number' ? found : undefined;
  if (!Array.isArray(found)) return undefined;
  const parts = (found as readonly Json[]).map((item) => numberAt(item, by) ?? Number.NaN);
  const sum = parts.reduce((total, part) => total + part, 0);
  return Number.isNaN(sum) ? undefined : sum;
};

const holdsOf = ({ of, by, op, to }: Invariant, answer: Json): boolean => {
  const value = numberAt(answer, of, by);
  const bound = typeof to === 'number' ? to : numberAt(answer, to);
  if (value === undefined || bound === undefined) return false;
  switch (op) {
    case 'at-most':
      return value <= bound;
    case 'at-least':
      return value >= bound;
    case 'equals':
      return value === bound;
  }
};

/** Looks for the effect in the answer to a read-back. */
export const findEffect = (readBack: ReadBack, answer: Json, values: Values): ReadBackFinding => {
  let value: Json | undefined = answer;
  const { find } = readBack;
  if (find) {
    const list = atPointer(answer, find.in);
    value = Array.isArray(list) ? list.find((item: Json) => Object.entries(find.where).every(([pointer, matcher]) => matches(atPointer(item, pointer), matcher, values))) : undefined;
  }
  if (value === undefined) return { found: false };
  const effect = value;
  const faults = Object.entries(readBack.expect)
    .filter(([pointer, matcher]) => !matches(atPointer(effect, pointer), matcher, values))
    .map(([pointer]) => ({ pointer, message: 'differs from what was asked for' }));
  const broken = (readBack.invariants ?? []).filter((invariant) => !holdsOf(invariant, answer)).map(({ of, op }) => ({ pointer: of, message: `is not ${IN_WORDS[op]} what it has to be` }));
  return { found: true, value: effect, result: readBack.pick ? pick(readBack.pick, effect) : isJsonObject(effect) ? effect : {}, faults: [...faults, ...broken] };
};
