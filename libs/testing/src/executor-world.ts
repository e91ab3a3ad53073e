import { newEvent, type EventData } from '@countersign/contracts';
import { decideCall, decideGrant, decideReadBack, evolveExecutions, initialExecutions, type CallOutcome, type ExecutionContext, type ExecutionState, type GrantCheck, type Output, type ReadBackOutcome, type ToolContract } from '@countersign/domain';
import { hours, seconds, sha256, timestamp, type Instant } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from './given.js';
import { ACME, AGENT, controlsWith, EXECUTOR_KEY, GET_CHARGE, heard, proposalOf, REFUND, REFUND_DESK, reservationFor, RUN, UPSTREAM } from './refund-desk.js';

/** What the specs of the executor's core speak of: tools that differ in what they remember, grants for them, and what calls can come to. */

export const executor: Core<ExecutionState> = { service: 'executor', initialState: initialExecutions, evolve: evolveExecutions };

const { readBack: _readBack, ...UNSEEN } = REFUND;
export const ONCE: ToolContract = { ...REFUND, id: 'payments.once', idempotency: { kind: 'none' } };
export const ONCE_UNSEEN: ToolContract = { ...UNSEEN, id: 'payments.once-unseen', idempotency: { kind: 'none' } };
export const SINGLE: ToolContract = { ...ONCE, id: 'payments.single', attempts: 1 };
export const LABEL: ToolContract = { ...UNSEEN, id: 'labels.add', idempotency: { kind: 'natural' } };
export const RATED: ToolContract = { ...LABEL, id: 'labels.rated', rate: { calls: 2, per: seconds(1) } };
export const tools = [GET_CHARGE, REFUND, { ...UNSEEN, id: 'payments.unseen' }, ONCE, ONCE_UNSEEN, SINGLE, LABEL, RATED];
export const UNSEEN_REFUND = { ...UNSEEN, id: 'payments.unseen' };

export const controls = controlsWith({ tools });
export const context: ExecutionContext = { now: NOW, controls, partitions: 1 };
export const at = (now: number): ExecutionContext => ({ ...context, now: now as Instant });
export const EXP = NOW / 1_000 + 60;
export const OK: GrantCheck = { ok: true };

export const grantFor = (tool: ToolContract, jti = 'jti-1', exp = EXP, step = 'refund', runFor: number = hours(1)): Written => {
  const { action, actionHash } = proposalOf(tool, step);
  const data: EventData<'countersign.action.allowed'> = { action, actionHash, iss: 'policy', aud: 'executor', sub: UPSTREAM, act: AGENT, iat: exp - 60, exp, jti, cnf: EXECUTOR_KEY, policySet: sha256('set'), controlEpoch: 3, reservation: reservationFor(tool), rules: [], votes: [], tier: 0, quorum: 0, roles: [], runDeadline: timestamp((NOW + runFor) as Instant) };
  return heard(newEvent({ service: 'policy', type: 'countersign.action.allowed', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, subject: jti, now: NOW, data }), 'decisions', 7);
};

export const onGrant = ({ event }: Written, where = context, check: GrantCheck = OK) => (state: ExecutionState): readonly Output[] => (event.type === 'countersign.action.allowed' ? decideGrant(event, check, state, where) : []);
export const newest = (state: ExecutionState): { readonly jti: string; readonly attempt: number } => [...state.open.values()][0] ?? { jti: 'none', attempt: 0 };
export const onCall = (outcome: CallOutcome, where = context) => (state: ExecutionState): readonly Output[] => decideCall(newest(state), outcome, state, where);
export const onLook = (outcome: ReadBackOutcome, where = context) => (state: ExecutionState): readonly Output[] => decideReadBack(newest(state), outcome, state, where);

export const calling = (tool: ToolContract = REFUND, jti = 'jti-1'): Given<ExecutionState> => given(executor).handle(grantFor(tool, jti), onGrant(grantFor(tool, jti)));
/** The end of a call is an own matter: its cause is the own event that asked for it. */
export const went = (so: Given<ExecutionState>, outcome: CallOutcome, where = context): Given<ExecutionState> => so.handle(so.newest, onCall(outcome, where), where.now);
export const looked = (so: Given<ExecutionState>, outcome: ReadBackOutcome, where = context): Given<ExecutionState> => so.handle(so.newest, onLook(outcome, where), where.now);

export const done: CallOutcome = { kind: 'answered', status: 201, faults: [], result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 12 };
export const status = (code: number): Extract<CallOutcome, { kind: 'answered' }> => ({ kind: 'answered', status: code, faults: [], latencyMs: 3 });
export const garbled: CallOutcome = { kind: 'answered', status: 201, faults: [{ pointer: '/refund', message: 'is missing' }], latencyMs: 3 };
export const timeout: CallOutcome = { kind: 'timeout', latencyMs: 5_000 };
export const refused: CallOutcome = { kind: 'not-sent', code: 'ECONNREFUSED', latencyMs: 1 };
export const interrupted: CallOutcome = { kind: 'interrupted' };
export const found: Extract<ReadBackOutcome, { kind: 'found' }> = { kind: 'found', sha256: sha256('found'), faults: [], result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 4 };
export const absent: Extract<ReadBackOutcome, { kind: 'absent' }> = { kind: 'absent', latencyMs: 4 };
export const unanswered: Extract<ReadBackOutcome, { kind: 'unanswered' }> = { kind: 'unanswered', code: 'http.503', latencyMs: 4 };
