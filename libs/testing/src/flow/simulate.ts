import { newEvent, type Event, type EventData } from '@countersign/contracts';
import { hashOfQuestion, type ControlState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { NOW, writtenAt, type Written } from '../given.js';
import { ADA } from '../refund-desk.js';
import { approvalsFlow, ballotsFor, executorFlow, plannerFlow, policyFlow } from './desk-flow.js';
import { FlowService, type FlowLog } from './flow-service.js';
import type { CallFault, Payments } from './payments.js';

export interface Simulation {
  readonly controls: ControlState;
  /** What people put in force meanwhile, one after the other; they do so at the latest when nothing else is left to do at the time. */
  readonly later?: readonly ControlState[];
  readonly onControls?: (controls: ControlState) => void;
  readonly tasks: readonly Written[];
  readonly payments: Payments;
  /** What may go wrong with calls, and how often at most with each key. */
  readonly faults: readonly CallFault[];
  /** What happens next, one number a choice; all zero, or at an end: the calm way. */
  readonly choices: readonly number[];
  /** What a person says to a question of a run; nothing is said where it gives nothing. */
  readonly answers?: (question: Event<'countersign.run.input-requested'>) => Pick<EventData<'countersign.task.answered'>, 'choice' | 'given'> | undefined;
  /** When all is over and every grant has expired, whoever has the planner's key writes each proposal once more. */
  readonly proposedAgain?: boolean;
}

/** A flow that has not ended after this many steps never will. */
const STEPS_AT_MOST = 20_000;

/** One choice in so many is a crash, and one in so many a leap of time. */
const MISHAPS = 8;

/** One choice in so many pulls the next switch: about as many as it takes until something is under way. */
const SWITCH_EVERY = 37;

/** A leap over the life of a grant. */
const LEAP = 70_000;

/** Runs tasks through the four cores in one partition until nothing is left to do, in whatever order the choices say. */
export const simulate = ({ controls, later = [], onControls = () => undefined, tasks, payments, faults, choices, answers, proposedAgain = false }: Simulation): { readonly log: FlowLog; readonly services: readonly FlowService<unknown, unknown>[] } => {
  const log: FlowLog = new Map([['tasks', [...tasks]]]);
  let now = NOW as number;
  let made = 0;
  let isRepeated = !proposedAgain;
  const coming = [...later];
  let inForce = controls;
  const current = (): ControlState => inForce;
  const epoch = (): number => inForce.epoch;
  const turn = (): boolean => {
    const next = coming.shift();
    if (next) onControls((inForce = next));
    return next !== undefined;
  };
  const choose = (): number => choices[made++] ?? 0;
  const fault = (): CallFault => ['none' as const, ...faults][choose() % (faults.length + 1)] ?? 'none';
  const services = [
    new FlowService(plannerFlow(current), log, epoch),
    new FlowService(policyFlow(current), log, epoch),
    new FlowService(approvalsFlow(current), log, epoch),
    new FlowService(executorFlow(current, log, payments, fault), log, epoch),
  ] as unknown as FlowService<unknown, unknown>[];

  for (let step = 0; step < STEPS_AT_MOST; step += 1) {
    answer(log, now as Instant);
    if (answers) answerQuestions(log, answers, now as Instant);
    const choice = choose();
    const kind = choice % (2 * MISHAPS);
    if (choice > 0 && kind === MISHAPS) {
      const service = services[choose() % services.length];
      service?.crash(choose() % (service.own.length + 1));
      continue;
    }
    if (choice > 0 && kind === MISHAPS + 1) now += LEAP;
    if (choice > 0 && choice % SWITCH_EVERY === 0 && turn()) continue;
    const options = services.flatMap((service) => service.options(now as Instant));
    const option = options[choice % Math.max(options.length, 1)];
    if (option) {
      option();
      continue;
    }
    if (turn()) continue;
    const next = Math.min(...services.map((service) => service.next()));
    if (next < Infinity) {
      now = Math.max(now, next);
      continue;
    }
    if (isRepeated) return { log, services };
    isRepeated = true;
    now += LEAP;
    proposeAgain(log);
  }
  throw new Error('the flow does not come to an end');
};

/** The same events at new places. */
const proposeAgain = (log: FlowLog): void => {
  const proposals = log.get('proposals') ?? [];
  const again = proposals.filter(({ event }) => event.type === 'countersign.action.proposed');
  log.set('proposals', [...proposals, ...again.map(({ event }, index) => writtenAt(event, 'proposals', proposals.length + index))]);
};

/**
 * A person votes on everything that was asked, as soon as it shows what would change, and not voted on yet, twice: the second vote must not count. What is asked again under the
 * same id gets the same ballots, as from somebody who kept them.
 */
const answer = (log: FlowLog, now: Instant): void => {
  const ballots = log.get('ballots') ?? [];
  const asked = new Map<string, number>();
  const approvals = (log.get('approvals') ?? []).map(({ event }) => event);
  const shown = new Map(approvals.flatMap((event) => (event.type === 'countersign.approval.previewed' ? [[event.data.approval, event.data.preview] as const] : [])));
  for (const event of approvals) {
    if (event.type !== 'countersign.approval.requested') continue;
    const { approval } = event.data;
    const preview = shown.get(approval);
    if (event.data.preview && !preview) continue;
    const times = (asked.get(approval) ?? 0) + 1;
    asked.set(approval, times);
    const cast = ballots.filter((ballot) => ballot.event.type === 'countersign.ballot.cast' && ballot.event.data.approval === approval);
    if (cast.length >= times * VOTES) continue;
    const kept = cast.slice(0, VOTES).map((ballot) => ballot.event);
    for (const ballot of kept.length > 0 ? kept : ballotsFor(event, ADA, VOTES, now, preview?.kind === 'none' ? undefined : preview?.hash)) ballots.push(writtenAt(ballot, 'ballots', ballots.length));
  }
  log.set('ballots', ballots);
};

/** What the person says is said twice: what comes second is about a question that is answered. */
const answerQuestions = (log: FlowLog, answers: NonNullable<Simulation['answers']>, now: Instant): void => {
  const tasks = log.get('tasks') ?? [];
  const answered = new Set(tasks.flatMap(({ event }) => (event.type === 'countersign.task.answered' ? [event.data.escalation] : [])));
  for (const { event } of log.get('proposals') ?? []) {
    if (event.type !== 'countersign.run.input-requested' || answered.has(event.data.escalation)) continue;
    const said = answers(event);
    if (!said) continue;
    const { tenant, workflow, run, data } = event;
    for (let time = 0; time < VOTES; time += 1) {
      const whole = { ...said, escalation: data.escalation, asked: hashOfQuestion(data), by: ADA, reason: 'I have looked', word: { value: '{}', jws: 'signed' } };
      tasks.push(writtenAt(newEvent({ service: 'gateway', type: 'countersign.task.answered', tenant, workflow, run, subject: `${data.escalation}/${time}`, now, data: whole }), 'tasks', tasks.length));
    }
  }
};

const VOTES = 2;
