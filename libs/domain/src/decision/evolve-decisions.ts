import type { Cause, Event, EventData } from '@countersign/contracts';
import { parseTimestamp, type Instant, type Sha256 } from '@countersign/kernel';
import { countStep, degrade, exhaust, reserve, settle } from '../budget/evolve-spending.js';
import { CONTEXT_EVENTS, evolveContext } from '../context/evolve-context.js';
import { EndedActions } from '../ended-actions.js';
import { isAmong } from '../event-type.js';
import { TaskMemory } from '../run/task-memory.js';
import { UndoMemory } from '../undo/undo-memory.js';
import type { Ask, DecisionState, Deferral, Grant, Until } from './decision-state.js';
import { Waiting } from './waiting.js';

export const initialDecisions = (): DecisionState => ({ contexts: new Map(), seen: new TaskMemory(), undoable: new UndoMemory(), spending: new Map(), asks: new Map(), grants: new Map(), waiting: new Waiting(), open: new Map(), ended: new EndedActions() });

const OWN = [
  'countersign.action.allowed',
  'countersign.action.denied',
  'countersign.approval.required',
  'countersign.decision.deferred',
  'countersign.decision.lapsed',
  'countersign.budget.settled',
  'countersign.budget.exhausted',
  'countersign.workflow.degraded',
] as const;

/** Folds one of policy's own events in, in place. Total. */
export const evolveDecisions = (state: DecisionState, event: Event, cause: Cause): DecisionState => {
  if (isAmong(event, CONTEXT_EVENTS)) {
    evolveContext(state, event);
    return state;
  }
  if (!isAmong(event, OWN)) return state;
  const at = instant(event.time);
  switch (event.type) {
    case 'countersign.action.allowed': {
      const { jti, action, actionHash, sub, act, reservation, runDeadline, exp, renewals = 0, again } = event.data;
      reserve(state, event.data, at);
      open(state, at, { jti, action, actionHash, sub, act, runDeadline: instant(runDeadline), reservation, exp, renewals, ...(again && { again: again.escalation }), ...votesOf(event.data) });
      return state;
    }
    case 'countersign.approval.required': {
      const { approval, action, actionHash, sub, act, tier, quorum, roles, over, confirmation, approved, escalateTo, runDeadline, controlEpoch: epoch } = event.data;
      countStep(state, action, event.data);
      open(state, at, { approval, action, actionHash, sub, act, tier, quorum, roles, runDeadline: instant(runDeadline), epoch, cause, ...(over && { over }), ...(escalateTo && { escalateTo }), ...(confirmation && { confirmation }), ...(approved && { approved }) });
      return state;
    }
    case 'countersign.decision.deferred':
      open(state, at, deferralOf(event, cause));
      return state;
    case 'countersign.action.denied':
    case 'countersign.decision.lapsed':
      end(state, at, event.data.actionHash);
      return state;
    case 'countersign.budget.settled': {
      const grant = state.grants.get(event.data.jti);
      if (!grant) return state;
      const { action, runDeadline, again } = grant;
      settle(state, grant, event, at);
      if (event.data.outcome !== 'refused') state.ended.add({ idempotencyKey: action.idempotencyKey, runDeadline, ...(again !== undefined && { again }) }, at);
      if (event.data.outcome === 'succeeded') state.contexts.get(action.run)?.done.add(action.step);
      end(state, at, event.data.actionHash);
      return state;
    }
    case 'countersign.budget.exhausted':
      exhaust(state, event);
      return state;
    case 'countersign.workflow.degraded':
      degrade(state, event);
      return state;
  }
};

/** An action has one open decision at most: the newest. `at`: time of its event. */
export const open = (state: DecisionState, at: Instant, decision: Ask | Grant | Deferral): void => {
  const { actionHash, action } = decision;
  if ('until' in decision) {
    const grant = decision.grant && state.grants.get(decision.grant.jti);
    end(state, at, actionHash);
    if (grant) state.grants.set(grant.jti, grant);
    // A call that is to be made again still has no outcome.
    if (grant && decision.until.what === 'tool') state.waiting.acts(action.run, actionHash);
    state.waiting.defer(decision);
    state.open.set(actionHash, { deferral: actionHash });
    return;
  }
  end(state, at, actionHash);
  if ('jti' in decision) {
    state.grants.set(decision.jti, decision);
    state.open.set(actionHash, { grant: decision.jti });
    state.waiting.acts(action.run, actionHash);
  } else {
    state.asks.set(decision.approval, decision);
    state.open.set(actionHash, { ask: decision.approval });
  }
};

const end = (state: DecisionState, at: Instant, actionHash: Sha256): void => {
  const known = state.open.get(actionHash);
  if (!known) return;
  state.open.delete(actionHash);
  if ('ask' in known) state.asks.delete(known.ask);
  else if ('grant' in known) {
    const grant = state.grants.get(known.grant);
    state.grants.delete(known.grant);
    if (grant) state.waiting.rests(grant.action.run, actionHash);
  } else {
    const deferral = state.waiting.byAction.get(actionHash);
    if (deferral?.grant) state.grants.delete(deferral.grant.jti);
    if (deferral) {
      state.waiting.rests(deferral.action.run, actionHash);
      state.waiting.end(deferral, at);
    }
  }
};

/** What people said to an action that is granted or put off. */
const votesOf = ({ approval, tier, quorum, roles, fallback, previewHash, votes, extension }: EventData<'countersign.action.allowed' | 'countersign.decision.deferred'>): Pick<Deferral, 'approved' | 'extension'> => ({
  ...(approval !== undefined && { approved: { approval, tier, quorum, roles, ...(fallback && { fallback }), ...(previewHash !== undefined && { previewHash }), votes } }),
  ...(extension && { extension }),
});

const deferralOf = ({ data }: Event<'countersign.decision.deferred'>, cause: Cause): Deferral => {
  const { action, actionHash, sub, act, runDeadline, stop, at, effect, since, controlEpoch: epoch, grant } = data;
  const until: Until = stop ? { what: 'stop', stop } : at !== undefined ? { what: 'tool', at: instant(at) } : { what: 'outcomes' };
  return { action, actionHash, sub, act, runDeadline: instant(runDeadline), until, effect, since: instant(since), epoch, ...votesOf(data), ...(grant && { grant }), cause };
};

const instant = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);
