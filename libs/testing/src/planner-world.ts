import { newEvent, type EventData, type EventType } from '@countersign/contracts';
import { decideRun, evolveRuns, initialRuns, type Output, type PlanContext, type PlannerState, type PlaybookStep } from '@countersign/domain';
import { microUsd, sha256, type StepId } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from './given.js';
import { ACME, CONTRACT, controlsWith, heard, PLAYBOOK, REFUND_DESK, RUN, taskSubmitted } from './refund-desk.js';

/** What the specs of the planner's core speak of: runs of a ticket, and what other services say of their steps. */

export const planner: Core<PlannerState> = { service: 'planner', initialState: initialRuns, evolve: evolveRuns };

export const context: PlanContext = {
  now: NOW,
  controls: controlsWith(),
  trustDomain: 'countersign.local',
  argumentFaults: (_tool, args) => (Number.isInteger(args['amount_cents'] ?? 0) ? [] : [{ pointer: '/amount_cents', message: 'must be integer' }]),
  eventRoot: (ids) => sha256(ids.join()),
};

export const following = (steps: readonly PlaybookStep[], contract = CONTRACT): PlanContext => ({ ...context, controls: controlsWith({ playbooks: [{ ...PLAYBOOK, steps }], contracts: [contract] }) });
export const step = (id: string, rest: Omit<PlaybookStep, 'id'>): PlaybookStep => ({ id: id as StepId, ...rest });
export const OTHERS = { ...CONTRACT, tenants: ['globex' as typeof ACME] };
export const byTask = { charge: { from: 'task', pointer: '/charge' } } as const;

/** An event of policy or of the executor about the newest proposal for a step. */
export const about = <Type extends EventType>(so: Given<PlannerState>, id: string, type: Type, data: Omit<EventData<Type>, 'actionHash'>, offset = 0): Written => {
  const proposed = so.log.findLast(({ event }) => event.step === id && event.type === 'countersign.action.proposed')?.event.data as EventData<'countersign.action.proposed'>;
  const whole = { ...data, actionHash: proposed.actionHash } as unknown as EventData<Type>;
  const event = newEvent({ service: 'executor', type, tenant: ACME, workflow: REFUND_DESK, run: RUN, step: id as StepId, subject: `${type}${offset}`, now: NOW, data: whole });
  return heard(event, 'executions', offset);
};
export const OF_ATTEMPT = { jti: 'jti', attempt: 1 } as const;
export const succeeded = (so: Given<PlannerState>, id: string, result = {}): Written => about(so, id, 'countersign.action.succeeded', { ...OF_ATTEMPT, result, latencyMs: 1, usedMicroUsd: microUsd(500), readBack: false });
export const verified = (so: Given<PlannerState>, id: string, outsideId = 're_1'): Written => about(so, id, 'countersign.action.verified', { ...OF_ATTEMPT, found: sha256('found'), result: { refund: 're_1' }, outsideId, latencyMs: 1, usedMicroUsd: microUsd(2_000) });
export const denied = (so: Given<PlannerState>, id: string, code = 'rule.forbids'): Written =>
  about(so, id, 'countersign.action.denied', { action: {} as never, reasons: [{ rule: 'no_refunds', code, message: 'no refunds today' }], policySet: sha256('set'), controlEpoch: 3 });

export const on = (trigger: Written, where: PlanContext = context) => (state: PlannerState): readonly Output[] => decideRun(trigger.event, state, where);
export const started = (where: PlanContext = context, task = taskSubmitted()): Given<PlannerState> => given(planner).handle(task, on(task, where));
export const after = (so: Given<PlannerState>, trigger: Written, where: PlanContext = context): Given<PlannerState> => so.handle(trigger, on(trigger, where));
export const sorted = (ids: readonly string[]): readonly string[] => ids.toSorted((a, b) => (a < b ? -1 : 1));
export const typesOf = (outputs: readonly Output[]): readonly string[] => outputs.map(({ type, step: id }) => `${type.slice('countersign.'.length)}${id === undefined ? '' : ` ${id}`}`);
