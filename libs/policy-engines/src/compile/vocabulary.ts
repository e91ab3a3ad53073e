import { FACT_KEYS, SCOPE_KEYS, type AgentContract, type PolicyAttribute, type ToolContract } from '@countersign/domain';
import { typeOfUnit, type AttributeType } from '../attributes.js';

/** What a rule can say about an attribute. */
export interface Term {
  readonly type: AttributeType;
  /** Written in dollars, compared in cents. */
  readonly money: boolean;
}

/** Attributes that every configuration knows, so that a rule on them compiles before any tool maps them. */
const STANDARD: Readonly<Record<string, PolicyAttribute['unit']>> = { amount_usd: 'usd-cents', rows: 'count' };

/** Keys of a condition that no attribute may be called: they have a meaning of their own. */
const RESERVED: ReadonlySet<string> = new Set([...SCOPE_KEYS, ...FACT_KEYS]);
const ATTRIBUTE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const MONEY_SUFFIX = '_usd';

const termOf = (name: string, unit: PolicyAttribute['unit']): Term => ({ type: typeOfUnit(unit), money: name.endsWith(MONEY_SUFFIX) });

const attributeFault = (name: string, unit: PolicyAttribute['unit']): string | undefined => {
  if (!ATTRIBUTE_NAME.test(name) || RESERVED.has(name)) return `\`${name}\` cannot be the name of a policy attribute`;
  if (name.endsWith(MONEY_SUFFIX) === (unit === 'usd-cents' || unit === 'usd')) return undefined;
  return `\`${name}\` and its unit \`${unit}\` do not fit: attributes in \`usd-cents\` or \`usd\`, and only they, end in \`${MONEY_SUFFIX}\``;
};

export interface Vocabulary {
  readonly terms: ReadonlyMap<string, Term>;
  /** What is wrong with the attributes of tool contracts and the facts of agent contracts. */
  readonly faults: readonly { readonly kind: 'tool' | 'contract'; readonly id: string; readonly pointer: string; readonly message: string }[];
}

type Named = readonly [name: string, unit: PolicyAttribute['unit']];

const unitsOf = (of: Readonly<Record<string, { readonly unit: PolicyAttribute['unit'] }>>): readonly Named[] => Object.entries(of).map(([name, { unit }]) => [name, unit]);

/** A name that both the arguments and the run would fill: the agent could say what is not its to say. */
const claimedBy = (name: string, contract: AgentContract, tools: readonly ToolContract[]): string | undefined =>
  tools.find(({ id, attributes }) => Object.hasOwn(attributes, name) && [...contract.tools.read, ...contract.tools.write].includes(id))?.id;

/** Every attribute that rules can speak of: one name means the same in all tools and contracts. */
export const vocabularyOf = (tools: readonly ToolContract[], contracts: readonly AgentContract[]): Vocabulary => {
  const terms = new Map(Object.entries(STANDARD).map(([name, unit]) => [name, termOf(name, unit)]));
  const faults: { kind: 'tool' | 'contract'; id: string; pointer: string; message: string }[] = [];
  const add = (kind: 'tool' | 'contract', id: string, place: string, [name, unit]: Named, fault: string | undefined): void => {
    const term = termOf(name, unit);
    const known = terms.get(name);
    const message = attributeFault(name, unit) ?? fault ?? (known && known.type !== term.type ? `\`${name}\` is ${term.type} here and ${known.type} elsewhere` : undefined);
    if (message !== undefined) faults.push({ kind, id, pointer: `/${place}/${name}`, message });
    else terms.set(name, term);
  };
  for (const tool of tools) for (const named of unitsOf(tool.attributes)) add('tool', tool.id, 'attributes', named, undefined);
  for (const contract of contracts) {
    for (const named of unitsOf(contract.context)) {
      const claimed = claimedBy(named[0], contract, tools);
      add('contract', contract.id, 'context', named, claimed === undefined ? undefined : `\`${named[0]}\` is also an attribute of \`${claimed}\`, which the contract lists: the agent's word would count`);
    }
  }
  return { terms, faults };
};
