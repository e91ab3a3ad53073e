import type { PolicyAttribute, ToolContract } from '@countersign/domain';
import { typeOfUnit, type AttributeType } from '../attributes.js';

/** What a rule can say about an attribute. */
export interface Term {
  readonly type: AttributeType;
  /** Written in dollars, compared in cents. */
  readonly money: boolean;
}

/** Attributes that every configuration knows, so that a rule on them compiles before any tool maps them. */
const STANDARD: Readonly<Record<string, PolicyAttribute['unit']>> = { amount_usd: 'usd-cents', rows: 'count' };

/** Keys of a condition that no attribute may be called: they have, or will have, a meaning of their own. */
const RESERVED = new Set(['tool', 'destination', 'taint', 'stage', 'outside_window', 'contains']);
const ATTRIBUTE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const MONEY_SUFFIX = '_usd';

const termOf = (name: string, unit: PolicyAttribute['unit']): Term => ({ type: typeOfUnit(unit), money: name.endsWith(MONEY_SUFFIX) });

const attributeFault = (name: string, unit: PolicyAttribute['unit']): string | undefined => {
  if (!ATTRIBUTE_NAME.test(name) || RESERVED.has(name)) return `\`${name}\` cannot be the name of a policy attribute`;
  if (name.endsWith(MONEY_SUFFIX) === (unit === 'usd-cents')) return undefined;
  return `\`${name}\` and its unit \`${unit}\` do not fit: attributes in \`usd-cents\`, and only they, end in \`${MONEY_SUFFIX}\``;
};

export interface Vocabulary {
  readonly terms: ReadonlyMap<string, Term>;
  /** What is wrong with the attributes of tool contracts. */
  readonly faults: readonly { readonly tool: string; readonly attribute: string; readonly message: string }[];
}

/** Every attribute that rules can speak of: one name means the same in all tools. */
export const vocabularyOf = (tools: readonly ToolContract[]): Vocabulary => {
  const terms = new Map(Object.entries(STANDARD).map(([name, unit]) => [name, termOf(name, unit)]));
  const faults: { tool: string; attribute: string; message: string }[] = [];
  for (const tool of tools) {
    for (const [attribute, { unit }] of Object.entries(tool.attributes)) {
      const term = termOf(attribute, unit);
      const known = terms.get(attribute);
      const message = attributeFault(attribute, unit) ?? (known && known.type !== term.type ? `\`${attribute}\` is ${term.type} here and ${known.type} elsewhere` : undefined);
      if (message !== undefined) faults.push({ tool: tool.id, attribute, message });
      else terms.set(attribute, term);
    }
  }
  return { terms, faults };
};
