import { ASKED_ORIGINS, FINDINGS, MODES, ORIGINS, RISKS, STAGES, TAINTS, type Destination, type Facts, type PolicyRule } from '@countersign/domain';
import { hours, type Instant, type Json } from '@countersign/kernel';
import { asks, denies } from '../ports/engine-rules.js';
import { TOOLS } from '../ports/engine-world.js';
import type { Chance } from './chance.js';

/** Rules and calls of few values, so that they meet. */

const DOLLARS = [0, 0.5, 1, 9.99, 10, 10.01, 100];
const COUNTS = [0, 1, 2, 3, 4];
const TEXTS = ['eur', 'usd', 'a.b', 'ab', 'EUR'];
const PATTERNS = ['*', 'e*', '*.*', 'a*b', '*u*', 'usd'];
const ORDERED = ['>', '>=', '<', '<=', '==', '!='];
const ROLES = ['finance', 'risk', 'support'];
const PLACES: readonly Pick<Destination, 'kind' | 'value'>[] = [
  { kind: 'email', value: 'ada@example.com' },
  { kind: 'email', value: 'eve@evil.test' },
  { kind: 'host', value: 'api.example.com' },
  { kind: 'url', value: 'https://a.example.com/' },
  { kind: 'url', value: 'http://evil.test/a.example.com' },
  { kind: 'account', value: '7' },
  { kind: 'account', value: '70' },
];
const PLACE_PATTERNS = ['email:*@example.com', 'host:*example.com', 'account:7', 'account:*', 'host:*', 'email:eve@evil.test', 'email:*e*', '*', 'url:*', 'url:https://*.example.com/*', 'url:*://evil.test/*.example.com*'];
const WINDOWS = ['mon-fri 08:00-18:00 Europe/Berlin', 'mon-fri 22:00-06:00 America/New_York', 'sat,sun 00:00-24:00 UTC', 'fri-mon 20:00-04:00 Asia/Kolkata', 'wed 02:00-03:00 Europe/Berlin'];
/** A year from 2026-01-01, in steps that meet every hour of the week and both changes of the clocks. */
const FIRST = Date.UTC(2026, 0, 1);
const HALF_HOURS = 2 * 24 * 365;

const list = (values: readonly (string | number)[]): string => `[${values.join(', ')}]`;
/** At least one, each of them once. */
const few = <Item>(chance: Chance, items: readonly Item[]): readonly Item[] => {
  const chosen = chance.some(items, 0.4);
  return chosen.length > 0 ? chosen : [chance.one(items)];
};

const numeric = (chance: Chance, values: readonly number[]): string => {
  const kind = chance.upTo(6);
  if (kind === 0) return `${chance.one(['in', 'not_in'])} ${list(few(chance, values))}`;
  const one = (): string => `${chance.one(ORDERED)} ${chance.one(values)}`;
  return kind === 1 ? `${one()} and ${one()}` : one();
};

const textual = (chance: Chance): string => {
  const kind = chance.upTo(3);
  if (kind === 0) return `${chance.one(['==', '!='])} ${chance.one(TEXTS)}`;
  return kind === 1 ? `${chance.one(['in', 'not_in'])} ${list(few(chance, TEXTS))}` : `matches ${chance.one(PATTERNS)}`;
};

const closed = (chance: Chance, known: readonly string[], negatable: boolean): Json => {
  if (negatable && chance.happens(0.3)) return `!= ${chance.one(known)}`;
  return chance.happens(0.5) ? chance.one(known) : [...few(chance, known)];
};

const place = (chance: Chance): string =>
  chance.happens(0.7) ? `${chance.one(['in', 'not_in'])} ${list(few(chance, PLACE_PATTERNS))}` : chance.one(['== account:7', '!= account:7', `matches ${chance.one(PLACE_PATTERNS)}`]);

const fact = (chance: Chance): readonly [key: string, condition: Json] => {
  const key = chance.one(['taint', 'contains', 'stage', 'mode', 'origin', 'destination', 'outside_window'] as const);
  switch (key) {
    case 'taint':
      return [key, closed(chance, TAINTS, false)];
    case 'contains':
      return [key, closed(chance, FINDINGS, false)];
    case 'stage':
      return [key, closed(chance, STAGES, true)];
    case 'mode':
      return [key, closed(chance, MODES, true)];
    case 'origin':
      return [key, closed(chance, ASKED_ORIGINS, false)];
    case 'destination':
      return [key, place(chance)];
    case 'outside_window':
      return [key, few(chance, WINDOWS).join('; ')];
  }
};

const comparisons: Readonly<Record<string, (chance: Chance) => string>> = {
  amount_usd: (chance) => numeric(chance, DOLLARS),
  rows: (chance) => numeric(chance, COUNTS),
  severity: (chance) => numeric(chance, COUNTS),
  currency: textual,
  region: textual,
};

/** Tools, and attributes that all of them have: a rule on another one only ever denies. */
const SCOPES: readonly (readonly [pattern: string, attributes: readonly string[]])[] = [
  ['payments.refund', ['amount_usd', 'currency', 'region', 'severity']],
  ['payments.refund', ['amount_usd', 'currency']],
  ['payments.transfer', ['amount_usd', 'region']],
  ['mail.reply', ['region']],
  ['crm.export', ['rows', 'severity']],
  ['users.invite', []],
  ['crm.*', []],
  ['*', []],
  ['*.*delete*', []],
  ['admin.*', []],
];

const conditionsOf = (chance: Chance): Readonly<Record<string, Json>> & { readonly tool: string } => {
  const [tool, attributes] = chance.one(SCOPES);
  const stray = chance.happens(0.03) ? [chance.one(Object.keys(comparisons))] : [];
  const named = [...chance.some(attributes), ...stray].map((key) => [key, comparisons[key]?.(chance) ?? ''] as const);
  const facts = Array.from({ length: chance.upTo(named.length > 0 ? 2 : 3) }, () => fact(chance));
  const scope = [...(chance.happens(0.15) ? [['effect', chance.one(['read', 'write'])] as const] : []), ...(chance.happens(0.15) ? [['risk', closed(chance, RISKS, false)] as const] : [])];
  return { ...Object.fromEntries([...named, ...facts, ...scope]), tool };
};

/** Rules of one file, most of which ask: one that denies everything would leave nothing to compare. */
export const generateRules = (chance: Chance): readonly PolicyRule[] =>
  Array.from({ length: chance.upTo(7) }, (_, index) => {
    const { tool, ...when } = conditionsOf(chance);
    const name = `rule-${index}`;
    const hasTests = Object.keys(when).length > 0;
    if (hasTests && chance.happens(0.25)) return denies(name, tool, when);
    return asks(name, tool, when, { tier: 1 + chance.upTo(4), quorum: 1 + chance.upTo(3), roles: chance.some(ROLES), within: hours(1 + chance.upTo(24)) });
  });

export interface GeneratedCall {
  readonly tool: (typeof TOOLS)[number];
  /** Of the arguments, in dollars, and of the run's context; a few are missing. */
  readonly args: { readonly amount_usd?: number; readonly rows?: number; readonly currency?: string };
  readonly context: { readonly region?: string; readonly severity?: number };
  readonly facts: Facts;
  readonly tier: number;
  readonly votes: readonly (readonly [string, readonly string[]])[];
}

const optional = <Key extends string, Value>(chance: Chance, key: Key, values: readonly Value[]): { readonly [K in Key]?: Value } =>
  (chance.happens(0.03) ? {} : { [key]: chance.one(values) }) as { readonly [K in Key]?: Value };

const factsOf = (chance: Chance, tellsDestinations: boolean): Facts => ({
  destinations: tellsDestinations ? Array.from({ length: chance.upTo(3) }, () => ({ ...chance.one(PLACES), origin: chance.happens(0.8) ? chance.one(ORIGINS.slice(0, 4)) : 'unknown', ...(chance.happens(0.1) && { value: '', sealed: true as const }) })) : [],
  taint: chance.some(TAINTS, 0.4),
  contains: chance.some(FINDINGS, 0.2),
  stage: chance.happens(0.8) ? 'autonomous' : chance.one(STAGES),
  mode: chance.happens(0.8) ? 'normal' : chance.one(MODES),
  now: (FIRST + chance.upTo(HALF_HOURS) * 1_800_000) as Instant,
  replay: chance.happens(0.1),
});

export const generateCall = (chance: Chance): GeneratedCall => {
  const tool = chance.one(TOOLS);
  return {
    tool,
    args: { ...optional(chance, 'amount_usd', DOLLARS), ...optional(chance, 'rows', COUNTS), ...optional(chance, 'currency', TEXTS) },
    context: { ...optional(chance, 'region', TEXTS), ...optional(chance, 'severity', COUNTS) },
    facts: factsOf(chance, tool.destinations.length > 0 || tool.fromTask.length > 0),
    tier: chance.upTo(5),
    votes: Array.from({ length: chance.upTo(4) }, () => [chance.one(['ada', 'bob', 'cyd', 'dan']), chance.some(ROLES)] as const),
  };
};
