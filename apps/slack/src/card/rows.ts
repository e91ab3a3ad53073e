import type { PreviewChange, Shown } from '@countersign/contracts';
import type { ApprovalCard } from '@countersign/domain';
import { atPointer, canonicalJson, dollarText, dottedPart, isJsonObject, pointerNames, pointerPart, readableOf, type Json } from '@countersign/kernel';
import { oneLine } from './safe-text.js';

/** One field of what is to be done. Texts are safe to show, and whole. */
export interface Row {
  readonly field: string;
  /** What is there now; absent where nobody looked. */
  readonly now?: string;
  readonly after: string;
}

/** An amount with its sign; `undefined` for what is none. */
const amount = (value: Json, unit: string | undefined): string | undefined => {
  if ((unit === 'usd-cents' || unit === 'usd') && typeof value === 'number') return dollarText(value, unit);
  if (unit === 'usd' && typeof value === 'string' && /^\d+(\.\d{1,2})?$/.test(value)) return `$${value}`;
  return undefined;
};

/** A text in quotes, so that it cannot look like a column or a word of ours. */
const quoted = (value: Json): string => oneLine(canonicalJson(readableOf(value)));

/** As the call has it, and as the command line shows it, since the name of an argument may have another unit than an amount is read in. */
const argument = (value: Json, unit: string | undefined): string => {
  const read = amount(value, unit);
  return read === undefined ? quoted(value) : `${quoted(value)} (${read})`;
};

/** Names stand without quotes, so they may have no column's sign in them. */
const nameText = (name: string): string => oneLine(name).replaceAll('|', '¦');

/** Every argument, down to its single values. */
const leaves = (value: Json, pointer: string): readonly (readonly [string, Json])[] => {
  const inner = Array.isArray(value) ? value.map((item, index) => [String(index), item] as const) : isJsonObject(value) ? Object.entries(value) : [];
  return inner.length === 0 ? [[pointer, value]] : inner.flatMap(([name, item]) => leaves(item, `${pointer}/${pointerPart(name)}`));
};

/** `more.a.b` for `/more/a/b`, and `more."a.b"` for `/more/a.b`. */
const nameOf = (pointer: string): string => nameText(pointerNames(pointer).map(dottedPart).join('.'));

/** What the call says, without the agent's prose. */
export const argumentRows = ({ opened: { action, facts } }: ApprovalCard): readonly Row[] => {
  const prose = new Set(facts.prose);
  return leaves(action.args, '').flatMap(([pointer, value]) => (prose.has(pointer) || pointer === '' ? [] : [{ field: nameOf(pointer), after: argument(value, facts.amounts.find(({ arg }) => arg === pointer)?.unit) }]));
};

/** What the agent says in its own words. */
export const proseRows = ({ opened: { action, facts } }: ApprovalCard): readonly { readonly field: string; readonly text: string }[] =>
  facts.prose.flatMap((pointer) => {
    const text = atPointer(action.args, pointer);
    return typeof text === 'string' ? [{ field: nameOf(pointer), text }] : [];
  });

const side = (value: Shown | undefined, unit: PreviewChange['unit']): string => (value === undefined ? '-' : (amount(value, unit) ?? quoted(value)));

/** What would change, as the outside system says; empty where it says nothing. */
export const changeRows = ({ preview }: ApprovalCard): readonly Row[] => (preview?.changes ?? []).map(({ field, now, after, unit }) => ({ field: nameText(field), now: side(now, unit), after: side(after, unit) }));
