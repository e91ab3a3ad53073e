import { destinationPattern, isHeldBy, isScanned, MODES, type AgentContract, type ToolContract } from '@countersign/domain';
import { isJsonObject, pointerPart } from '@countersign/kernel';
import { type FactTest, isComparison, type Slice, type Test, type Window } from '../compiled-set.js';
import type { DestinationTest } from '../fact-values.js';
import { contradictions } from './implies.js';
import { DAYS, MINUTES_OF_DAY } from './read-window.js';
import { schemaLimits } from './schema-limits.js';
import { listing } from './slices.js';

/** Why no call of a tool passes what a rule says of a key. Where it cannot tell it says nothing. */
interface Never {
  readonly key: string;
  readonly why: string;
}

/** Within one time zone: how far zones are apart changes with the seasons. */
const isWholeWeek = (windows: readonly Window[]): boolean =>
  [...Map.groupBy(windows, ({ zone }) => zone).values()].some((inZone) => {
    const spans = inZone.flatMap((window) => window.spans).toSorted((a, b) => a.from - b.from);
    return DAYS.every((_, day) => spans.filter(({ days }) => days.includes(day + 1)).reduce((reached, { from, until }) => (from <= reached ? Math.max(reached, until) : reached), 0) === MINUTES_OF_DAY);
  });

const WITHOUT_TEXT: readonly unknown[] = ['integer', 'number', 'boolean'];

/** Whether there is an argument whose text is scanned: numbers are none, and places and what the task has to say are looked through only in addresses. */
const givesText = ({ scan, args, destinations, fromTask }: ToolContract): boolean => {
  const { properties, patternProperties, additionalProperties } = args;
  if (scan || !isJsonObject(properties) || patternProperties !== undefined || additionalProperties !== false || destinations.some(({ kind }) => kind === 'url')) return true;
  const left = new Set([...destinations.map(({ arg }) => arg), ...fromTask].map((pointer) => pointer.replace(/(\/\*)+$/, '')));
  return Object.entries(properties).some(([name, schema]) => !left.has(`/${pointerPart(name)}`) && !(isJsonObject(schema) && WITHOUT_TEXT.includes(schema['type'])));
};

const noDestination = ({ one, patterns: texts }: DestinationTest, { id, destinations, fromTask }: ToolContract): string | undefined => {
  // What the task has to say is compared as an id.
  const kinds = [...new Set([...destinations.map(({ kind }) => kind), ...(fromTask.length > 0 ? (['id'] as const) : [])])];
  const patterns = texts.map(destinationPattern);
  const about = (kind: string): typeof patterns => patterns.filter((pattern) => pattern.kind === undefined || pattern.kind === kind);
  if (one === 'among') return kinds.some((kind) => about(kind).length > 0) ? undefined : `\`${id}\` gives places of kind ${kinds.map((kind) => `\`${kind}\``).join(', ')} only`;
  return kinds.every((kind) => about(kind).some(({ glob }) => glob === '*')) ? `no place that \`${id}\` gives is outside of the list` : undefined;
};

const neverHolds = (test: FactTest, tool: ToolContract, when: readonly Test[], contracts: readonly AgentContract[]): string | undefined => {
  switch (test.fact) {
    case 'outside_window':
      return isWholeWeek(test.windows) ? 'no time is outside of a whole week' : undefined;
    case 'mode': {
      const holds = (effect: ToolContract['effect']): boolean => MODES.filter((mode) => test.any.includes(mode)).every((mode) => isHeldBy({ mode }, effect));
      return holds(tool.effect) ? `every ${holds('read') ? 'call' : 'write'} waits while the mode is ${test.any.join(' or ')}` : undefined;
    }
    case 'stage': {
      const stages = listing(tool.id, contracts).map(({ stage }) => stage);
      return stages.length === 0 || stages.some((stage) => test.any.includes(stage)) ? undefined : `no agent contract that lists \`${tool.id}\` is in stage ${test.any.join(' or ')}`;
    }
    case 'contains':
      return isScanned(tool) && givesText(tool) ? undefined : `no text of a call of \`${tool.id}\` is scanned`;
    case 'destination':
      return noDestination(test, tool);
    case 'origin':
      return test.any.every((origin) => origin === 'none') && when.some((other) => !isComparison(other) && other.fact === 'destination') ? 'a call that gives no place has no `destination`' : undefined;
    case 'taint':
      return undefined;
  }
};

/** Attributes of which the tool's own schema lets no value through that passes. */
const beyondSchema = (when: readonly Test[], tool: ToolContract, types: Slice['attributes']): readonly Never[] => {
  const alone = contradictions(when, (name) => types[name] === 'integer');
  return [...new Set(when.filter(isComparison).map(({ attribute }) => attribute))].flatMap((attribute) => {
    const { tests, said } = schemaLimits(tool, attribute);
    if (alone.includes(attribute) || !contradictions([...when, ...tests], (name) => types[name] === 'integer').includes(attribute)) return [];
    return [{ key: attribute, why: `the schema of \`${tool.id}\` lets no such \`${attribute}\` through (${said})` }];
  });
};

/** Empty where a call of the tool can pass, or where the rule denies all calls of it for lack of an attribute. */
export const neverOf = (when: readonly Test[], tool: ToolContract, { contracts, slices }: { readonly contracts: readonly AgentContract[]; readonly slices: ReadonlyMap<string, Slice> }): readonly Never[] => {
  const types = slices.get(tool.id)?.attributes ?? {};
  if (when.some((test) => isComparison(test) && !Object.hasOwn(types, test.attribute))) return [];
  const facts = when.flatMap((test): readonly Never[] => {
    const why = isComparison(test) ? undefined : neverHolds(test, tool, when, contracts);
    return why === undefined || isComparison(test) ? [] : [{ key: test.fact, why }];
  });
  return [...facts, ...beyondSchema(when, tool, types)];
};
