import { FINDINGS, type Facts, matchesDestination, destinationPattern, MODES, ORIGINS, STAGES, TAINTS } from '@countersign/domain';
import { sha256 } from '@countersign/kernel';
import { localTime, type LocalTime } from './clock.js';
import { type FactTest, isFactTest, type Statement } from './compiled-set.js';

export type DestinationTest = Extract<FactTest, { readonly fact: 'destination' }>;

/** The facts of one call as engines see them: those that the slice asks for, and no others. */
export interface FactValues {
  readonly taint?: readonly string[];
  readonly contains?: readonly string[];
  readonly origin?: readonly string[];
  readonly stage?: string;
  readonly mode?: string;
  /** Whether each test of destinations holds, by its key. Always the answer to every test: what is missing would be an error, and not a no. */
  readonly destination?: Readonly<Record<string, boolean>>;
  /** By time zone. */
  readonly clock?: Readonly<Record<string, LocalTime>>;
}

/** Long enough to read; each call carries it. */
const LONGEST_KEY = 80;

/** Name of a test, the same for all rules that make it: engines have no words for "one of a set matches a pattern", so it is worked out for them. */
export const destinationKey = ({ one, patterns }: DestinationTest): string => {
  const text = `${one === 'among' ? 'in' : 'not_in'} [${patterns.join(', ')}]`;
  return text.length <= LONGEST_KEY ? text : `${text.slice(0, LONGEST_KEY)}… ${sha256(text).slice(0, 16)}`;
};

/** What the statements of a slice ask of the facts. */
export interface Asked {
  readonly facts: ReadonlySet<FactTest['fact']>;
  readonly destinations: ReadonlyMap<string, DestinationTest>;
  readonly zones: ReadonlySet<string>;
}

export const askedBy = (statements: readonly Statement[]): Asked => {
  const tests = statements.flatMap((each) => (each.kind === 'deny' || each.kind === 'ask' ? each.when.filter(isFactTest) : []));
  return {
    facts: new Set(tests.map(({ fact }) => fact)),
    destinations: new Map(tests.flatMap((test) => (test.fact === 'destination' ? [[destinationKey(test), test] as const] : []))),
    zones: new Set(tests.flatMap((test) => (test.fact === 'outside_window' ? test.windows.map(({ zone }) => zone) : []))),
  };
};

/** Answers the tests of a slice; made once for each slice. */
export const factReader = ({ facts: asked, destinations, zones }: Asked): ((facts: Facts) => FactValues) => {
  const tests = [...destinations].map(([key, { one, patterns }]) => ({ key, wanted: one === 'among', patterns: patterns.map(destinationPattern) }));
  return ({ taint, contains, stage, mode, destinations: given, now }) => ({
    ...(asked.has('taint') && { taint }),
    ...(asked.has('contains') && { contains }),
    ...(asked.has('origin') && { origin: given.length === 0 ? ['none'] : [...new Set(given.map(({ origin }) => origin))] }),
    ...(asked.has('stage') && { stage }),
    ...(asked.has('mode') && { mode }),
    ...(tests.length > 0 && {
      destination: Object.fromEntries(tests.map(({ key, wanted, patterns }) => [key, given.some((each) => each.sealed === true || patterns.some((pattern) => matchesDestination(pattern, each)) === wanted)])),
    }),
    ...(zones.size > 0 && { clock: Object.fromEntries([...zones].map((zone) => [zone, localTime(zone, now)])) }),
  });
};

const isOf = (list: readonly string[], word: unknown): boolean => list.some((each) => each === word);

/** Whether every fact is of its closed list: a word that no rule can name would pass all of them. */
export const areFacts = ({ taint, contains, stage, mode, destinations }: Facts): boolean =>
  taint.every((each) => isOf(TAINTS, each)) &&
  contains.every((each) => isOf(FINDINGS, each)) &&
  isOf(STAGES, stage) &&
  isOf(MODES, mode) &&
  destinations.every(({ value, origin }) => typeof value === 'string' && isOf(ORIGINS, origin));
