import type { Event } from '@countersign/contracts';
import { parseTimestamp, type Instant, type Sha256 } from '@countersign/kernel';
import { CONTEXT_EVENTS, evolveContext } from '../context/evolve-context.js';
import { EndedActions } from '../ended-actions.js';
import { isAmong } from '../event-type.js';
import { TaskMemory } from '../run/task-memory.js';
import type { Ask, DecisionState, Grant } from './decision-state.js';

export const initialDecisions = (): DecisionState => ({ contexts: new Map(), seen: new TaskMemory(), asks: new Map(), grants: new Map(), open: new Map(), ended: new EndedActions() });

const OWN = [
  'countersign.action.allowed',
  'countersign.action.denied',
  'countersign.approval.required',
  'countersign.decision.lapsed',
  'countersign.budget.settled',
] as const;

/** Folds one of policy's own events in, in place. Total. */
export const evolveDecisions = (state: DecisionState, event: Event): DecisionState => {
  if (isAmong(event, CONTEXT_EVENTS)) {
    evolveContext(state, event);
    return state;
  }
  if (!isAmong(event, OWN)) return state;
  switch (event.type) {
    case 'countersign.action.allowed': {
      const { jti, action, actionHash, sub, act, approval, tier, quorum, roles, votes, reservedMicroUsd, runDeadline, exp, renewals = 0 } = event.data;
      open(state, { jti, action, actionHash, sub, act, runDeadline: instant(runDeadline), reserved: reservedMicroUsd, exp, renewals, ...(approval !== undefined && { approved: { approval, tier, quorum, roles, votes } }) });
      return state;
    }
    case 'countersign.approval.required': {
      const { approval, action, actionHash, sub, act, tier, quorum, roles, runDeadline } = event.data;
      open(state, { approval, action, actionHash, sub, act, tier, quorum, roles, runDeadline: instant(runDeadline) });
      return state;
    }
    case 'countersign.action.denied':
    case 'countersign.decision.lapsed':
      end(state, event.data.actionHash);
      return state;
    case 'countersign.budget.settled': {
      const grant = state.grants.get(event.data.jti);
      if (!grant) return state;
      const { action, runDeadline } = grant;
      if (event.data.outcome !== 'refused') state.ended.add({ idempotencyKey: action.idempotencyKey, runDeadline }, instant(event.time));
      end(state, event.data.actionHash);
      return state;
    }
  }
};

/** An action has one open decision at most: the newest. */
export const open = (state: DecisionState, decision: Ask | Grant): void => {
  end(state, decision.actionHash);
  if ('jti' in decision) {
    state.grants.set(decision.jti, decision);
    state.open.set(decision.actionHash, { grant: decision.jti });
  } else {
    state.asks.set(decision.approval, decision);
    state.open.set(decision.actionHash, { ask: decision.approval });
  }
};

const end = (state: DecisionState, actionHash: Sha256): void => {
  const known = state.open.get(actionHash);
  if (!known) return;
  state.open.delete(actionHash);
  if ('ask' in known) state.asks.delete(known.ask);
  else state.grants.delete(known.grant);
};

const instant = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);
