import { matchesGlob, type Json } from '@countersign/kernel';
import { FACT_KEYS, SCOPE_KEYS, type PolicyEffect, type PolicyRule } from '../../config/policy-file.js';
import { same } from './narrowing.js';

/** The tools that a rule is about; `undefined` where it does not say, which no compiler takes. */
export const toolsOf = ({ if: conditions }: PolicyRule): string | undefined => (typeof conditions['tool'] === 'string' ? conditions['tool'] : undefined);

/** Whether a rule may be about a tool: `effect` and `risk` count as conditions, which only makes it harder for a rule to stand for another. */
export const isAbout = (rule: PolicyRule, tool: string): boolean => {
  const pattern = toolsOf(rule);
  return pattern !== undefined && matchesGlob(pattern, tool);
};

/** What has to hold besides the tool. */
export const conditionsOf = ({ if: conditions }: PolicyRule): readonly (readonly [string, Json])[] => Object.entries(conditions).filter(([key]) => key !== 'tool');

/** Attributes that a rule reads; whether it is about the tool at all may still depend on `effect` and `risk`. */
export const attributesOf = ({ if: conditions }: PolicyRule): readonly string[] => Object.keys(conditions).filter((key) => ![...SCOPE_KEYS, ...FACT_KEYS].some((known) => known === key));

export const isScoped = ({ if: conditions }: PolicyRule): boolean => conditions['effect'] !== undefined || conditions['risk'] !== undefined;

const BOUND = /^\s*(>=|<=|>|<)\s*(-?\d{1,15}(?:\.\d{1,6})?)\s*$/;

/** Whether a condition holds wherever another one on the same attribute does. Only bounds are understood; everything else has to be the same. */
const isWider = (wide: Json, narrow: Json): boolean => {
  if (same(wide, narrow)) return true;
  const [a, b] = [wide, narrow].map((text) => (typeof text === 'string' ? BOUND.exec(text) : null));
  if (!a || !b || a[1]?.[0] !== b[1]?.[0]) return false;
  const [limit, other] = [Number(a[2]), Number(b[2])];
  if (limit === other) return a[1]?.length === 2;
  return a[1]?.[0] === '>' ? limit < other : limit > other;
};

/** Whether a rule fires wherever another one, of the same tool, does. */
const firesToo = (rule: PolicyRule, other: PolicyRule): boolean =>
  conditionsOf(rule).every(([key, condition]) => {
    const narrow = other.if[key];
    return narrow !== undefined && isWider(condition, narrow);
  });

/** Whether an effect stops everything that another one stops. */
export const isAsStrict = (effect: PolicyEffect, other: PolicyEffect): boolean => {
  if (effect.action === 'deny') return true;
  if (effect.action !== 'require_human_approval' || other.action !== 'require_human_approval') return same(effect, other);
  const fewerPeople = other.roles.length === 0 || (effect.roles.length > 0 && effect.roles.every((role) => other.roles.includes(role)));
  return fewerPeople && effect.tier >= other.tier && effect.quorum >= other.quorum && effect.within <= other.within && escalatesAs(effect, other);
};

/** Whoever is asked later, and besides, is asked too. */
const escalatesAs = (effect: Asking, other: Asking): boolean =>
  same(effect.escalateTo, other.escalateTo) && (effect.escalate ?? effect.within) >= (other.escalate ?? Math.min(other.within, effect.within));

type Asking = Extract<PolicyEffect, { readonly action: 'require_human_approval' }>;

/** Whether a rule does all that another one does to calls of a tool. */
export const standsFor = (rule: PolicyRule, other: PolicyRule, tool: string): boolean => isAbout(rule, tool) && firesToo(rule, other) && isAsStrict(rule.then, other.then);
