import { randomOf, type Random } from '../../support/random.ts';

/** `payments` is the payments service over HTTP. The boards are tools of an MCP server; only the careful one knows a key that it had before. */
export const SYSTEMS = ['payments', 'board', 'careful-board'] as const;
export type System = (typeof SYSTEMS)[number];

/**
 * What a system does about a call. `late`: the work is done when nobody waits any more; `hangs`: nothing is answered, before or after
 * the work; `errs`: an error that says nothing about the work; `dies`: the process ends, and only a program can.
 */
export type Trouble = 'slow' | 'late' | 'hangs-before' | 'hangs-after' | 'errs-before' | 'errs-after' | 'dies-before' | 'dies-after';

/** What happens to a process of the executor while a call is under way: to the one that made it, where that can be known. */
export interface Strike {
  readonly kind: 'kill' | 'freeze';
  /** The call in which it happens, from 1. */
  readonly call: number;
  readonly afterMs: number;
}

/** One action, and what goes wrong with it: the first calls in these ways, the next ones not at all. */
export interface ToolSchedule {
  readonly number: number;
  readonly system: System;
  readonly troubles: readonly Trouble[];
  readonly strike?: Strike;
}

const OF_ANY = ['slow', 'late', 'hangs-before', 'hangs-after', 'errs-before', 'errs-after'] as const;
const OF_A_PROGRAM = [...OF_ANY, 'dies-before', 'dies-after'] as const;
/** So many of ten have a strike. */
const STRUCK = 3;
/** At once, while a slow one works, and after a call's deadline. */
const AFTER_MS = [0, 0, 50, 400, 1_200, 4_000] as const;

const scheduleOf = (random: Random, number: number): ToolSchedule => {
  const system = SYSTEMS[number % SYSTEMS.length] ?? 'payments';
  const trouble = (): Trouble => random.pick<Trouble>(system === 'payments' ? OF_ANY : OF_A_PROGRAM);
  const troubles = Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, trouble);
  const struck = number % 10 < STRUCK;
  return { number, system, troubles, ...(struck && { strike: { kind: random.pick(['kill', 'kill', 'freeze']), call: random.between(1, Math.max(1, troubles.length)), afterMs: random.pick(AFTER_MS) } }) };
};

/** The same seed gives the same schedules; the first ones are the same however many there are. */
export const toolSchedules = (seed: number, count: number): readonly ToolSchedule[] => {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, number) => scheduleOf(random, number));
};

export const scheduleText = ({ number, system, troubles, strike }: ToolSchedule): string =>
  `${number} ${system}: ${troubles.join(', ') || 'no trouble'}${strike ? `; ${strike.kind} in call ${strike.call} after ${strike.afterMs} ms` : ''}`;
