import type { Destination, Facts, PolicyRule, ToolContract } from '@countersign/domain';
import type { Json } from '@countersign/kernel';

/**
 * A second reading of the rule file, which shares nothing with the compiler and the engines: it works on the text of the rules, in
 * dollars, and says what has to happen to a call. Slow and plain on purpose.
 */
export interface InterpretedCall {
  readonly tool: Pick<ToolContract, 'id' | 'effect' | 'risk' | 'destinations' | 'fromTask'>;
  /** In the unit of the rules; an attribute that is missing here is missing. */
  readonly attributes: Readonly<Record<string, number | string>>;
  readonly facts: Facts;
  /** Whether the agent's contract lists the tool. */
  readonly listed: boolean;
  readonly tier: number;
  readonly votes: readonly (readonly [name: string, roles: readonly string[]])[];
}

interface Ask {
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
  readonly within: number;
}

export type Answer = { readonly effect: 'allow' | 'deny' } | ({ readonly effect: 'ask' } & Ask);

const FACTS = ['taint', 'contains', 'stage', 'mode', 'destination', 'origin', 'outside_window'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const glob = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll(/[.+?^$()|\\[\]{}]/g, String.raw`\$&`).replaceAll('*', '.*')}$`, 's');
const items = (list: string): readonly string[] => list.slice(1, -1).split(', ');
const textOf = (condition: Json | undefined): string => (typeof condition === 'string' ? condition : JSON.stringify(condition));
const words = (condition: Json): readonly string[] => (Array.isArray(condition) ? condition.map(textOf) : [textOf(condition)]);

const compare = (expression: string, actual: number | string): boolean => {
  const [operator = '', ...rest] = expression.split(' ');
  const operand = rest.join(' ');
  const same = (each: string): boolean => (typeof actual === 'number' ? Number(each) === actual : each === actual);
  if (operator === '>') return Number(actual) > Number(operand);
  if (operator === '>=') return Number(actual) >= Number(operand);
  if (operator === '<') return Number(actual) < Number(operand);
  if (operator === '<=') return Number(actual) <= Number(operand);
  if (operator === '==') return same(operand);
  if (operator === '!=') return !same(operand);
  if (operator === 'in') return items(operand).some(same);
  if (operator === 'not_in') return !items(operand).some(same);
  if (operator === 'matches') return glob(operand).test(String(actual));
  throw new Error(`no operator ${operator}`);
};

const place = (pattern: string, { kind, value }: Destination): boolean => {
  if (pattern === '*') return true;
  const written = pattern.slice(kind.length + 1);
  if (!pattern.startsWith(`${kind}:`)) return false;
  if (kind !== 'url' || written === '*') return glob(written).test(value);
  // Of a URL each part by itself: `https:`, ``, the host, and what is left.
  const parts = (url: string): readonly string[] => [...url.split('/').slice(0, 3), url.split('/').slice(3).join('/')];
  return parts(written).every((part, index) => glob(part).test(parts(value)[index] ?? ''));
};

const goesTo = (text: string, destinations: readonly Destination[]): boolean => {
  const [operator = '', ...rest] = text.split(' ');
  const operand = rest.join(' ');
  const patterns = operand.startsWith('[') ? items(operand) : [operand];
  const isAmong = (each: Destination): boolean => patterns.some((pattern) => place(pattern, each));
  return destinations.some((each) => each.sealed === true || (operator === 'not_in' || operator === '!=' ? !isAmong(each) : isAmong(each)));
};

/** Days that `mon-fri` or `mon,wed` names. */
const days = (text: string): readonly number[] =>
  text.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    const found: number[] = [];
    for (let day = DAYS.indexOf(first); ; day = (day + 1) % 7) {
      found.push(day);
      if (DAYS[day] === last) return found;
    }
  });

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const isInWindow = (text: string, now: number): boolean => {
  const [names = '', span = '', zone = ''] = text.trim().split(/ +/);
  const [from = 0, until = 0] = span.split('-').map(minutes);
  // `2026-03-29 03:00:00`: the wall clock as text.
  const wall = new Date(now).toLocaleString('sv-SE', { timeZone: zone });
  const today = new Date(`${wall.slice(0, 10)}T00:00:00Z`).getUTCDay();
  const minute = minutes(wall.slice(11, 16));
  const isOn = (day: number): boolean => days(names).includes(day);
  if (from < until) return isOn(today) && minute >= from && minute < until;
  return (isOn(today) && minute >= from) || (isOn((today + 6) % 7) && minute < until);
};

const factHolds = (key: string, condition: Json, { facts, tool }: InterpretedCall): boolean => {
  const tells = tool.destinations.length > 0 || tool.fromTask.length > 0;
  const isOne = (actual: string): boolean => (textOf(condition).startsWith('!= ') ? textOf(condition) !== `!= ${actual}` : words(condition).includes(actual));
  switch (key) {
    case 'taint':
      return words(condition).some((word) => facts.taint.some((each) => each === word));
    case 'contains':
      return words(condition).some((word) => facts.contains.some((each) => each === word));
    case 'stage':
      return isOne(facts.stage);
    case 'mode':
      return isOne(facts.mode);
    case 'origin':
      return tells && words(condition).some((word) => (word === 'none' ? facts.destinations.length === 0 : facts.destinations.some(({ origin }) => origin === word)));
    case 'destination':
      return tells && goesTo(textOf(condition), facts.destinations);
    default:
      return !textOf(condition)
        .split(';')
        .some((window) => isInWindow(window, facts.now));
  }
};

const isAbout = ({ tool: pattern, effect, risk }: PolicyRule['if'], tool: InterpretedCall['tool']): boolean =>
  glob(textOf(pattern)).test(tool.id) && (effect === undefined || effect === tool.effect) && (risk === undefined || words(risk).some((word) => tool.risk.some((each) => each === word)));

const BUILT_IN: Ask = { tier: 2, quorum: 1, roles: [], within: 86_400_000 };

/** What is asked, and denied, whatever the rules say. */
const builtIn = ({ tool, facts }: InterpretedCall): { readonly denied: boolean; readonly asks: readonly Ask[] } => {
  const isWrite = tool.effect === 'write';
  const tells = tool.destinations.length > 0 || tool.fromTask.length > 0;
  const leaves = tells || tool.risk.some((risk) => ['send', 'export', 'money', 'access'].includes(risk));
  const asks = [
    isWrite && facts.stage === 'suggest',
    isWrite && tells && facts.destinations.some(({ origin }) => origin === 'unknown'),
    leaves && facts.taint.includes('untrusted') && facts.taint.includes('sensitive') && (!tells || facts.destinations.some(({ origin }) => origin !== 'task' && origin !== 'contract')),
  ];
  return { denied: isWrite && facts.stage === 'draft', asks: asks.filter(Boolean).map(() => BUILT_IN) };
};

const isAnswered = ({ tier, quorum, roles }: Ask, call: InterpretedCall): boolean => {
  const people = new Set(call.votes.filter(([, held]) => roles.length === 0 || held.some((role) => roles.includes(role))).map(([name]) => name));
  return people.size >= quorum && call.tier >= tier;
};

const firing = (rules: readonly PolicyRule[], call: InterpretedCall): { readonly denied: boolean; readonly asks: readonly Ask[] } => {
  const { denied, asks } = builtIn(call);
  if (denied) return { denied, asks: [] };
  const asking = [...asks];
  for (const { if: conditions, then } of rules) {
    if (!isAbout(conditions, call.tool)) continue;
    const tests = Object.entries(conditions).filter(([key]) => !['tool', 'effect', 'risk'].includes(key));
    const compared = tests.filter(([key]) => !FACTS.includes(key)).map(([key, condition]) => [textOf(condition), call.attributes[key]] as const);
    if (compared.some(([, actual]) => actual === undefined)) return { denied: true, asks: [] };
    if (!compared.every(([expression, actual]) => actual !== undefined && expression.split(' and ').every((part) => compare(part, actual)))) continue;
    if (!tests.every(([key, condition]) => !FACTS.includes(key) || factHolds(key, condition, call))) continue;
    if (then.action === 'deny') return { denied: true, asks: [] };
    asking.push(then);
  }
  return { denied: false, asks: asking };
};

/** What the rules, and what is built in, say to a call. */
export const interpret = (rules: readonly PolicyRule[], call: InterpretedCall): Answer => {
  const { denied, asks } = firing(rules, call);
  if (denied || !call.listed) return { effect: 'deny' };
  // Whoever is only told does not hold it up.
  const open = asks.filter((ask) => ask.tier > 1 && !isAnswered(ask, call));
  if (open.length === 0) return { effect: 'allow' };
  const named = open.filter(({ roles }) => roles.length > 0);
  const shared = [...(named[0]?.roles ?? [])].filter((role) => named.every(({ roles }) => roles.includes(role))).toSorted();
  if (named.length > 0 && shared.length === 0) return { effect: 'deny' };
  return {
    effect: 'ask',
    tier: Math.max(...open.map(({ tier }) => tier)),
    quorum: Math.max(...open.map(({ quorum }) => quorum)),
    roles: shared,
    within: Math.min(...open.map(({ within }) => within)),
  };
};
