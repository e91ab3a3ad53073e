import type { Action, Event, GivenApproval, Notice as GrantNotice, PreviewGrant, Reason } from '@countersign/contracts';
import { deterministicId, jsonBytes, timestamp, type Instant } from '@countersign/kernel';
import { amountsOf, NOTHING } from '../budget/amounts.js';
import { afterErrors } from '../budget/error-rate.js';
import { withinBudget, type Budgeted } from '../budget/within-budget.js';
import type { AnnouncedKey, ControlState } from '../control/control-state.js';
import { closeContext, observeAnswer, observeResult, openContext, openUndo } from '../context/decide-context.js';
import { keyAt, newestKeyOf, policySetOf, toolByHash } from '../control/lookups.js';
import { isAmong } from '../event-type.js';
import type { LateOutput, Output } from '../output.js';
import { EFFECT_UNKNOWN } from '../reason-codes.js';
import { cut, fitting, MAX_VOTE_BYTES, ROOM_FOR_DATA, ROOM_FOR_REASONS } from '../room.js';
import { undoWindowOf } from '../undo/undo.js';
import type { Consideration, Wait } from './consider.js';
import { PREVIEW_WAIT } from '../approval/constants.js';
import { GRANT_LIFE } from './constants.js';
import type { DecisionContext } from './decision-context.js';
import type { Approved, Case, DecisionState } from './decision-state.js';
import type { DueDecision } from './due-decisions.js';
import { UNANSWERED, whyLapsed } from './lapse.js';
import { GRANT_ENDINGS, settlementOf } from './settlement.js';
import { stagesOf } from './stages.js';
import type { Notice, Verdict } from './verdict.js';

/** What policy does about an event of tasks, proposals, approvals or executions; `considered` is what `consider` made of the same event. */
export const decideAction = (event: Event, considered: Consideration | undefined, state: DecisionState, context: DecisionContext): readonly Output[] => {
  if (event.type === 'countersign.task.submitted') return openContext(event, state, context);
  if (event.type === 'countersign.undo.ordered') return openUndo(event, state, context);
  if (event.type === 'countersign.run.input-answered') return observeAnswer(event, state);
  if (event.type === 'countersign.run.closed') return closeContext(event, state);
  const { tenant, workflow, run, step } = event;
  if (tenant === undefined || workflow === undefined || run === undefined || step === undefined) return [];
  const place = { tenant, workflow, run, step };

  if (isAmong(event, UNANSWERED)) {
    const { approval, actionHash } = event.data;
    return state.asks.get(approval)?.actionHash === actionHash ? [{ type: 'countersign.decision.lapsed', ...place, data: { approval, actionHash, ...whyLapsed(event) } }] : [];
  }

  if (considered) return decideCase(event.id, considered, place, state, context);

  if (!isAmong(event, GRANT_ENDINGS)) return [];
  const grant = state.grants.get(event.data.jti);
  const settlement = grant && settlementOf(event, grant);
  if (!settlement) return [];
  const tool = toolByHash(context.controls, grant.action.toolContractHash);
  // Before the settlement: what waited for the grant to end is decided after what it brought.
  return [...(tool && isResult(event) ? observeResult({ ...place, args: grant.action.args }, event.data, tool, state, context) : []), { type: 'countersign.budget.settled', ...place, data: settlement }, ...afterErrors(grant, settlement.tries, state, context)];
};

const isResult = (event: Event): event is Event<'countersign.action.succeeded' | 'countersign.action.verified'> => event.type === 'countersign.action.succeeded' || event.type === 'countersign.action.verified';

/** The same about a case that has come to be decided though nothing was heard of it; the engine's answer is in `context`. */
export const decideDue = ({ cause, considered }: DueDecision, state: DecisionState, context: DecisionContext): LateOutput => {
  const { tenant, workflow, run, step } = considered.about.action;
  return { cause, outgoing: decideCase(cause.id, considered, { tenant, workflow, run, step }, state, context) };
};

/** `trigger`: id of the event that makes it be decided, so that what it gives rise to has the same ids whenever it is decided. */
const decideCase = (trigger: string, considered: Consideration, place: Place, state: DecisionState, context: DecisionContext): readonly Output[] => {
  const verdict: Verdict = !considered.question ? { effect: 'deny', reasons: considered.faults } : (context.verdict ?? { effect: 'deny', reasons: [NO_ANSWER] });
  const waits = considered.wait && deferral(considered, considered.wait, place, context);
  // What is put off keeps its grant, and with it what that reserved.
  if (waits && fits(waits)) return [waits];
  const budgeted = withinBudget(considered, waits ? { effect: 'deny', reasons: [TOO_LARGE] } : verdict, state, context);
  const decided = decision(trigger, considered, { ...budgeted, verdict: undone(considered, budgeted.verdict) }, place, state, context);
  return [...endOfOld(considered, decided, place), ...budgeted.notes, decided];
};

const deferral = ({ about, approved, extension, renews }: Consideration, { until, effect, since }: Wait, place: Place, { now, controls }: DecisionContext): Output => ({
  type: 'countersign.decision.deferred',
  ...place,
  data: {
    action: about.action,
    actionHash: about.actionHash,
    sub: about.sub,
    act: about.act,
    until: until.what,
    ...(until.what === 'stop' && { stop: until.stop }),
    ...(until.what === 'tool' && { at: timestamp(until.at) }),
    effect,
    since: timestamp(since ?? now),
    controlEpoch: controls.epoch,
    ...givenVotes(approved, extension),
    ...(renews && { grant: { jti: renews.grant.jti, mayBeDone: renews.mayBeDone, renewals: renews.renewals, why: cut(renews.why, LONGEST_REASON) } }),
    runDeadline: timestamp(about.runDeadline),
  },
});

/** What people said, as a grant and what is put off both carry it. */
const givenVotes = (approved: Consideration['approved'], extension: Consideration['extension']) => ({
  ...(approved && { approval: approved.approval }),
  votes: [...(approved?.votes ?? [])],
  tier: approved?.tier ?? 0,
  quorum: approved?.quorum ?? 0,
  roles: [...(approved?.roles ?? [])],
  ...(approved?.fallback && { fallback: [...approved.fallback] }),
  ...(approved?.previewHash !== undefined && { previewHash: approved.previewHash }),
  ...(extension && { extension }),
});

const NO_ANSWER: Reason = { rule: 'engine', code: 'engine.unavailable', message: 'the policy engine gave no answer' };

type Place = Required<Pick<Output, 'tenant' | 'workflow' | 'run' | 'step'>>;

/** What may have been done already is not asked about as if it had not been: unless it is allowed again, a person has to look. */
const undone = ({ renews }: Consideration, verdict: Verdict): Verdict =>
  !renews?.mayBeDone || verdict.effect === 'allow' ? verdict : { effect: 'deny', reasons: [MAY_BE_DONE, ...verdict.reasons] };

const MAY_BE_DONE: Reason = { rule: 'action', code: EFFECT_UNKNOWN, message: 'an earlier call may have had its effect, and is not repeated' };

/** A grant that was not used ends before the new decision: what it reserved is reserved again in the same batch, free, or counts as spent. */
const endOfOld = ({ renews }: Consideration, decided: Output, place: Place): readonly Output[] => {
  if (!renews) return [];
  const { jti, actionHash, reservation } = renews.grant;
  const reserved = amountsOf(reservation);
  const lost = renews.mayBeDone && decided.type !== 'countersign.action.allowed';
  const settled = { outcome: lost ? 'unknown' : 'refused', reserved, used: lost ? reserved : NOTHING } as const;
  return [{ type: 'countersign.budget.settled', ...place, data: { jti, actionHash, ...settled } }];
};

/** The key that the executor says it holds, if people have announced it; else the newest. */
const keyFor = (renews: Consideration['renews'], { controls, now }: DecisionContext): AnnouncedKey | undefined => {
  const held = renews?.key === undefined ? undefined : keyAt(controls, renews.key, now);
  return held?.service === 'executor' ? held : newestKeyOf(controls, 'executor');
};

const decision = (trigger: string, { about, approved, renews }: Consideration, { verdict, reservation, extension, asks }: Budgeted, place: Place, state: DecisionState, context: DecisionContext): Output => {
  const { action, actionHash, sub, act, runDeadline } = about;
  const basis = { policySet: policySetOf(context.controls).hash, controlEpoch: context.controls.epoch };
  const executor = keyFor(renews, context);
  const again = state.contexts.get(place.run)?.again.get(place.step);
  const denied = (reasons: readonly Reason[]): Output => ({ type: 'countersign.action.denied', ...place, data: { action, actionHash, reasons: told(reasons), ...basis } });
  const tooLarge = (): Output => denied(renews?.mayBeDone ? [MAY_BE_DONE, TOO_LARGE] : [TOO_LARGE]);
  switch (verdict.effect) {
    case 'deny':
      return denied(verdict.reasons);
    case 'ask': {
      if (!reservation) return denied([NO_ANSWER]);
      const deadline = Math.min(context.now + verdict.within, runDeadline) as Instant;
      const question: Output = {
        type: 'countersign.approval.required',
        ...place,
        data: {
          // The hash of the action does not cover the deadline, and the executor remembers what has ended no longer than that.
          approval: deterministicId('approval', trigger, actionHash, timestamp(runDeadline)),
          action,
          actionHash,
          reasons: told(verdict.reasons),
          ...basis,
          tier: verdict.tier,
          quorum: verdict.quorum,
          roles: [...verdict.roles],
          deadline: timestamp(deadline),
          ...(executor && toolByHash(context.controls, action.toolContractHash)?.document.preview && { preview: previewGrant(executor, trigger, about, context) }),
          ...(!asks?.confirmation && stagesOf(verdict, deadline, context)),
          sub,
          act,
          day: reservation.day,
          month: reservation.month,
          ...(asks && { over: [...asks.over], ...(asks.confirmation && { confirmation: true }), ...(approved && { approved: asGiven(approved) }) }),
          runDeadline: timestamp(runDeadline),
        },
      };
      // People are not asked for what could not be granted then: their votes have to find room.
      return fits(question, verdict.quorum * MAX_VOTE_BYTES) ? question : tooLarge();
    }
    case 'allow': {
      if (!executor || !reservation) return denied([NO_ANSWER]);
      const exchanges = needsToken(action, context.controls);
      if (exchanges && executor.encryptionKey === undefined) return denied([NO_ENCRYPTION_KEY]);
      const iat = Math.floor((renews?.dated ?? context.now) / 1_000);
      const grant: Output = {
        type: 'countersign.action.allowed',
        ...place,
        data: {
          action,
          actionHash,
          iss: 'policy',
          aud: 'executor',
          sub,
          act,
          iat,
          exp: Math.min(iat + GRANT_LIFE / 1_000, Math.ceil(runDeadline / 1_000)),
          jti: deterministicId('jti', trigger, actionHash),
          cnf: executor.key,
          ...basis,
          reservation,
          rules: verdict.rules.slice(0, REASONS_TOLD),
          ...givenVotes(approved, extension),
          ...(verdict.notice && !renews && { notice: noticeOf(verdict.notice, action, context) }),
          ...(renews && renews.renewals > 0 && { renewals: renews.renewals }),
          ...(again && { again }),
          runDeadline: timestamp(runDeadline),
        },
      };
      return fits(grant, exchanges ? MAX_TOKEN_BYTES : 0) ? grant : tooLarge();
    }
  }
};

/** Lets the executor look at what the action would do, for as long as people are made to wait for it. */
const previewGrant = ({ key: cnf }: AnnouncedKey, trigger: string, { actionHash }: Case, { now }: DecisionContext): PreviewGrant => {
  const iat = Math.floor(now / 1_000);
  return { aud: 'executor', iat, exp: iat + PREVIEW_WAIT / 1_000, jti: deterministicId('preview', trigger, actionHash), cnf };
};

const asGiven = ({ fallback, ...approved }: Approved): GivenApproval => ({ ...approved, roles: [...approved.roles], votes: [...approved.votes], ...(fallback && { fallback: [...fallback] }) });

/** It is told once: a grant that is only renewed tells nobody. */
const noticeOf = ({ reasons, roles, within }: Notice, action: Action, { now, controls }: DecisionContext): GrantNotice => {
  // People are promised no more than an order of theirs would find: the tool's time for that counts from the end of the call, which is later.
  const window = undoWindowOf(action, controls);
  return { reasons: told(reasons), roles: [...roles], ...(window !== undefined && { undoUntil: timestamp((now + Math.min(within, window)) as Instant) }) };
};

/** Nobody reads further, and the engine tells no more. */
const REASONS_TOLD = 20;
/** As long as the reasons of rules are. */
const LONGEST_REASON = 300;

const told = (reasons: readonly Reason[]): Reason[] =>
  fitting(
    reasons.slice(0, REASONS_TOLD).map(({ rule, code, message }) => ({ rule, code, message: cut(message, LONGEST_REASON) })),
    ROOM_FOR_REASONS,
  );

const fits = ({ data }: Output, more = 0): boolean => jsonBytes(data) + more <= ROOM_FOR_DATA;

/** Whether a grant of the action has to carry its claims as a token, see `ToolContract.credential`. */
export const needsToken = ({ toolContractHash }: Pick<Action, 'toolContractHash'>, controls: ControlState): boolean => toolByHash(controls, toolContractHash)?.document.credential === 'token-exchange';

/** `MAX_GRANT_TOKEN` of the event, and its name. Whoever has policy's key adds the token after the decision. */
const MAX_TOKEN_BYTES = 6_100;

const NO_ENCRYPTION_KEY: Reason = { rule: 'action', code: 'executor.no-encryption-key', message: 'the tool takes a token that only the executor may read, and no key is announced that it could be encrypted to' };

const TOO_LARGE: Reason = { rule: 'action', code: 'action.too-large', message: 'the action and the votes on it have no room in one grant' };
