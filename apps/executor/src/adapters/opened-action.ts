import type { Action } from '@countersign/contracts';
import { marksAny, replaceClassed, sealsAt, type DocumentFault, type Pinned, type ToolContract } from '@countersign/domain';
import { isJsonObject, isSealed, SEALED_CLASSES, type Json, type JsonObject, type SealedClass } from '@countersign/kernel';
import { openedArgumentFaults } from '@countersign/tools';
import type { Seals } from '@countersign/privacy';
import { finalKeyFault } from './key-faults.js';
import type { NotSent, ToolAnswer } from './tool-client.js';

/** An action as the outside system is asked for it, and what keeps that off the log. */
export interface OpenedAction {
  readonly kind: 'opened';
  readonly action: Action;
  /** What was opened is put back in its sealed form, wherever the outside system says it again. */
  readonly hide: <Value extends Json | readonly DocumentFault[]>(value: Value) => Value;
  /** The result with what is personal in it sealed. */
  readonly seal: (result: JsonObject) => Promise<JsonObject>;
}

type Refused = Extract<ToolAnswer, { readonly kind: 'refused' }>;

const CLASSES: ReadonlySet<unknown> = new Set(SEALED_CLASSES);

/** A shorter text is found in anything; it is hidden only where it stands alone. */
const SHORTEST_PART = 4;

const unopened = (fault: unknown): NotSent | Refused => {
  const code = finalKeyFault(fault);
  return code === undefined ? { kind: 'not-sent', code: 'key.unavailable' } : { kind: 'refused', code };
};

const textsOf = (value: Json, sealed: string): (readonly [string, string])[] => {
  if (typeof value === 'string') return [[value, sealed]];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((inner: Json) => textsOf(inner, sealed)) : [];
};

const hiding = (opened: readonly (readonly [string, string])[]): OpenedAction['hide'] => {
  // The longest first: a name may be a part of an address.
  const parts = opened.filter(([plain]) => plain.length >= SHORTEST_PART).toSorted(([one], [other]) => other.length - one.length);
  const hidden = (text: string): string => opened.find(([plain]) => plain === text)?.[1] ?? parts.reduce((sofar, [plain]) => sofar.replaceAll(plain, '[sealed]'), text);
  const walk = (here: Json): Json => {
    if (typeof here === 'string') return hidden(here);
    if (Array.isArray(here)) return (here as readonly Json[]).map(walk);
    return isJsonObject(here) ? Object.fromEntries(Object.entries(here).map(([name, inner]) => [hidden(name), walk(inner)])) : here;
  };
  return (value) => (opened.length === 0 ? value : (walk(value as Json) as typeof value));
};

/** What is withheld is in no event in any form, and `secret` of a result always is. */
const SEALED_IN_RESULTS: readonly SealedClass[] = ['personal'];

const hasToSeal = ({ result, withhold = [] }: ToolContract): boolean => marksAny(result, SEALED_IN_RESULTS.filter((name) => !withhold.includes(name)));

/**
 * Opens the sealed arguments of an action, immediately before its tool is asked and for that alone. What is opened is held against the schema
 * here for the first time. The key that its result is sealed with is fetched first: an answer that nobody could write down would be lost.
 */
export const openAction = async (seals: Seals, { document, hash }: Pinned<ToolContract>, action: Action): Promise<OpenedAction | NotSent | Refused> => {
  const { tenant, run } = action;
  try {
    const sealer = hasToSeal(document) ? await seals.sealer({ tenant, run }, { kind: 'run', id: run }) : undefined;
    const seal: OpenedAction['seal'] = (result) => sealer?.sealAll(document.result, result, SEALED_IN_RESULTS) ?? Promise.resolve(result);
    if (sealsAt(document.args, action.args).length === 0) return { kind: 'opened', action, hide: (value) => value, seal };
    const args = await seals.openAll(document.args, action.args, tenant);
    if (openedArgumentFaults({ document, hash } as Pinned<ToolContract>, args).length > 0) return { kind: 'refused', code: 'args.invalid' };
    const plain: Json[] = [];
    replaceClassed(document.args, args, CLASSES, (value) => (plain.push(value), value));
    const opened: (readonly [string, string])[] = [];
    replaceClassed(document.args, action.args, CLASSES, (value) => {
      const there = plain.shift();
      if (isSealed(value) && there !== undefined) opened.push(...textsOf(there, value));
      return value;
    });
    return { kind: 'opened', action: Object.assign({}, action, { args }), hide: hiding(opened), seal };
  } catch (fault) {
    return unopened(fault);
  }
};
