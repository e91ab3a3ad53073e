import { randomOf, type Random } from '../support/random.ts';

/** Services of which two run: one can die while the other takes over. */
export const REPLICATED = ['gateway', 'planner', 'policy', 'approvals', 'executor'] as const;
/** Those that own partitions: only they claim. */
export const OWNERS = ['planner', 'policy', 'approvals', 'executor'] as const;
export type Replicated = (typeof REPLICATED)[number];
/** Of two. */
export type Replica = 1 | 2;
export type Owner = (typeof OWNERS)[number];

/** A switch of the payments service, as its `POST /faults` takes it. */
export interface PaymentsFault {
  readonly kind: 'slow' | 'error-before-commit' | 'error-after-commit' | 'hang';
  readonly ms?: number;
  readonly when?: 'before' | 'after';
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly every: number;
  readonly times: number;
}

export type Injection =
  /** SIGKILL of one process. */
  | { readonly kind: 'kill'; readonly part: string }
  | { readonly kind: 'kill-broker' }
  /** Both replicas at once: nobody is left who could take over. */
  | { readonly kind: 'kill-both'; readonly service: Replicated }
  /** SIGSTOP for longer than the session timeout, then SIGCONT: a zombie wakes up. */
  | { readonly kind: 'freeze'; readonly part: string; readonly beyondMs: number }
  /**
   * One replica is killed, and as soon as the group has a new generation one of its members is stopped: between its join and its
   * claim. `newcomer` is the replica that was started again, `survivor` the one that was there. `afterMs` later it may have read
   * its log, asked whether it still is a member, or sent some of its claims. Where that came too late it is done again, `attempts`
   * times in all.
   */
  | { readonly kind: 'freeze-at-join'; readonly service: Owner; readonly killed: Replica; readonly victim: 'newcomer' | 'survivor'; readonly afterMs: number; readonly beyondMs: number; readonly attempts: number }
  | { readonly kind: 'fault'; readonly fault: PaymentsFault };

/** `at`: when so many runs of the storm have been sent. */
export interface Planned {
  readonly at: number;
  readonly injection: Injection;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly runs: number;
  /** Processes that are killed, by whatever injection. */
  readonly kills: number;
  /** Plain freezes. */
  readonly freezes: number;
  readonly faults: number;
}

/** So many kills hold each kind of death and each service: the services, and the broker. */
export const LEAST_KILLS = REPLICATED.length + 2;

/** How many processes an injection kills, if it succeeds at once. */
export const killsOf = ({ kind }: Injection): number => (kind === 'kill' || kind === 'kill-broker' || kind === 'freeze-at-join' ? 1 : kind === 'kill-both' ? 2 : 0);

/** Of a tool call's deadline (5 s) and beyond it: the answer comes late, or the work is done when nobody waits any more. */
const SLOW_MS = [1_500, 6_500] as const;
/** A tool is called three times at most, and a test that breaks all three asks for another outcome. */
const TIMES = 2;
/** At once, and at any point of what a member does between its join and its last claim. */
const AFTER_MS = [0, 0, 5, 15, 30, 60, 120] as const;
/** A short schedule has one freeze between join and claim, which has to hit. */
const SURE_ATTEMPTS = 4;
const BEYOND_MS = { least: 1_000, most: 4_000 };

const beyond = (random: Random): number => random.between(BEYOND_MS.least, BEYOND_MS.most);
const either = (random: Random): Replica => random.pick([1, 2]);
const replica = (random: Random, service: Replicated): string => `${service}-${either(random)}`;
const freezeAtJoin = (random: Random, victim: 'newcomer' | 'survivor', attempts = 1, service = random.pick(OWNERS)): Injection => ({ kind: 'freeze-at-join', service, killed: either(random), victim, afterMs: random.pick(AFTER_MS), beyondMs: beyond(random), attempts });

const faultOf = (random: Random): PaymentsFault => {
  const refund = { method: 'POST', path: '/charges/', every: random.between(1, 4), times: TIMES } as const;
  switch (random.between(0, 6)) {
    case 0:
      return { ...refund, kind: 'slow', ms: random.pick(SLOW_MS), when: 'before' };
    case 1:
      return { ...refund, kind: 'slow', ms: random.pick(SLOW_MS), when: 'after' };
    case 2:
      return { ...refund, kind: 'error-before-commit' };
    case 3:
      return { ...refund, kind: 'error-after-commit' };
    case 4:
      return { ...refund, kind: 'hang', when: 'before' };
    case 5:
      return { ...refund, kind: 'hang', when: 'after' };
    default:
      return { ...refund, method: 'GET', path: '/refunds', kind: 'error-before-commit' };
  }
};

/** Every kind of death first and one of every service, so that a short schedule has them too; then chance. */
const killings = (random: Random, kills: number): Injection[] => {
  const joining = random.pick(OWNERS);
  const sure: (() => Injection)[] = [
    () => ({ kind: 'kill-broker' }),
    () => freezeAtJoin(random, 'newcomer', SURE_ATTEMPTS, joining),
    ...REPLICATED.filter((service) => service !== joining).map((service) => (): Injection => ({ kind: 'kill', part: replica(random, service) })),
    () => ({ kind: 'kill', part: 'ledger' }),
  ];
  const byChance = (): Injection => {
    const dice = random.next();
    if (dice < 0.1) return { kind: 'kill-broker' };
    if (dice < 0.18) return { kind: 'kill-both', service: random.pick(REPLICATED) };
    if (dice < 0.5) return freezeAtJoin(random, random.pick(['newcomer', 'survivor']));
    if (dice < 0.56) return { kind: 'kill', part: 'ledger' };
    return { kind: 'kill', part: replica(random, random.pick(REPLICATED)) };
  };
  const found: Injection[] = [];
  for (let done = 0; done < kills; ) {
    const injection = (sure.shift() ?? byChance)();
    found.push(injection);
    done += killsOf(injection);
  }
  return found;
};

const shuffled = <Item>(random: Random, items: readonly Item[]): Item[] =>
  items.map((item) => ({ item, at: random.next() })).sort((one, other) => one.at - other.at).map(({ item }) => item);

/** What is done to a storm of `runs` runs, and when. The same options give the same schedule. */
export const scheduleOf = ({ seed, runs, kills, freezes, faults }: ScheduleOptions): Planned[] => {
  const random = randomOf(seed);
  const deadly = killings(random, kills);
  const frozen = Array.from({ length: freezes }, (): Injection => ({ kind: 'freeze', part: replica(random, random.pick(OWNERS)), beyondMs: beyond(random) }));
  const broken = Array.from({ length: faults }, (): Injection => ({ kind: 'fault', fault: faultOf(random) }));
  const all = shuffled(random, [...deadly, ...frozen, ...broken]);
  // One slot each, anywhere within it: never all at once, never at a beat.
  const slot = runs / (all.length + 1);
  return all.map((injection, index) => ({ at: Math.floor(slot * (index + 0.25 + random.next() * 0.75)), injection }));
};
