import type { ControlState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { NOW, writtenAt, type Written } from '../given.js';
import { ADA } from '../refund-desk.js';
import { approvalsFlow, ballotsFor, executorFlow, plannerFlow, policyFlow } from './desk-flow.js';
import { FlowService, type FlowLog } from './flow-service.js';
import type { CallFault, Payments } from './payments.js';

export interface Simulation {
  readonly controls: ControlState;
  readonly tasks: readonly Written[];
  readonly payments: Payments;
  /** What may go wrong with calls, and how often at most with each key. */
  readonly faults: readonly CallFault[];
  /** What happens next, one number a choice; all zero, or at an end: the calm way. */
  readonly choices: readonly number[];
}

/** A flow that has not ended after this many steps never will. */
const STEPS_AT_MOST = 20_000;

/** One choice in so many is a crash, and one in so many a leap of time. */
const MISHAPS = 8;

/** A leap over the life of a grant. */
const LEAP = 70_000;

/** Runs tasks through the four cores in one partition until nothing is left to do, in whatever order the choices say. */
export const simulate = ({ controls, tasks, payments, faults, choices }: Simulation): { readonly log: FlowLog; readonly services: readonly FlowService<unknown, unknown>[] } => {
  const log: FlowLog = new Map([['tasks', [...tasks]]]);
  let now = NOW as number;
  let made = 0;
  const choose = (): number => choices[made++] ?? 0;
  const fault = (): CallFault => ['none' as const, ...faults][choose() % (faults.length + 1)] ?? 'none';
  const services = [
    new FlowService(plannerFlow(controls), log),
    new FlowService(policyFlow(controls), log),
    new FlowService(approvalsFlow(controls), log),
    new FlowService(executorFlow(controls, log, payments, fault), log),
  ] as unknown as FlowService<unknown, unknown>[];

  for (let step = 0; step < STEPS_AT_MOST; step += 1) {
    answer(log, now as Instant);
    const choice = choose();
    const kind = choice % (2 * MISHAPS);
    if (choice > 0 && kind === MISHAPS) {
      const service = services[choose() % services.length];
      service?.crash(choose() % (service.own.length + 1));
      continue;
    }
    if (choice > 0 && kind === MISHAPS + 1) now += LEAP;
    const options = services.flatMap((service) => service.options(now as Instant));
    const option = options[choice % Math.max(options.length, 1)];
    if (option) {
      option();
      continue;
    }
    const next = Math.min(...services.map((service) => service.next()));
    if (next === Infinity) return { log, services };
    now = Math.max(now, next);
  }
  throw new Error('the flow does not come to an end');
};

/** A person votes on everything that was asked and not voted on yet, twice: the second vote must not count. */
const answer = (log: FlowLog, now: Instant): void => {
  const ballots = log.get('ballots') ?? [];
  for (const { event } of log.get('approvals') ?? []) {
    if (event.type !== 'countersign.approval.requested' || ballots.some((ballot) => ballot.event.type === 'countersign.ballot.cast' && ballot.event.data.approval === event.data.approval)) continue;
    for (const ballot of ballotsFor(event, ADA, 2, now)) ballots.push(writtenAt(ballot, 'ballots', ballots.length));
  }
  log.set('ballots', ballots);
};
