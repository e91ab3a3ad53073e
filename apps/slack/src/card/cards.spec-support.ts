import { actionHashOf, newEvent, type CardChangedV1, type CardInputOpenedV1, type CardOpenedV1, type Event, type RunInputRequestedV1 } from '@countersign/contracts';
import { evolveCards, initialCards, isInputCard, type ApprovalCard, type CardState, type InputCard } from '@countersign/domain';
import { idempotencyKeyOf, runIdOf, sha256, type Instant, type JsonObject, type Principal, type StepId, type Tenant, type Workflow } from '@countersign/kernel';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const [tenant, workflow, step] = ['acme' as Tenant, 'refund-desk' as Workflow, 'refund' as StepId];
const run = runIdOf(tenant, workflow, '/helpdesk', 'ticket-1');

export interface Shown {
  readonly args?: JsonObject;
  readonly opened?: Partial<CardOpenedV1>;
  /** `false`: a notice of what nobody can have undone. */
  readonly hasDeadline?: boolean;
  readonly facts?: Partial<CardOpenedV1['facts']>;
  readonly changes?: readonly Omit<CardChangedV1, 'card'>[];
  /** Whether the contract of its tool names what undoes it. */
  readonly isUndoKnown?: boolean;
}

const folded = (events: readonly Event[]): CardState => events.reduce((state, event, offset) => evolveCards(state, event, { id: event.id, topic: 'cards', offset, sha256: sha256('x') }), initialCards());

/** A card as the Slack service folds it from its own events. */
export const cardWith = ({ args = { charge: 'ch_1', amount_cents: 124_900, reason: 'the laptop came back broken' }, opened = {}, hasDeadline = true, facts = {}, changes = [], isUndoKnown = true }: Shown = {}): ApprovalCard => {
  const action = { tenant, workflow, run, step, tool: 'payments.refund', toolContractHash: sha256('tool'), args, destination: 'payments', idempotencyKey: idempotencyKeyOf(tenant, run, step), dryRun: false };
  const data: CardOpenedV1 = {
    card: 'DDDDDDDDDDDDDDDDDDDDDD', kind: 'question', channel: 'C0123ABCD', action, actionHash: actionHashOf(action),
    reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100.00' }],
    tier: 2, quorum: 1, roles: ['finance'], ...(hasDeadline && { deadline: '2026-01-02T04:04:05.000Z' }),
    sub: 'spiffe://countersign.local/tenant/acme/upstream' as Principal, act: 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal,
    contract: 'refund-desk',
    ...opened,
    facts: { effect: 'write', risk: ['money'], ...(isUndoKnown && { undo: 'payments.refund.reverse' }), amounts: [{ arg: '/amount_cents', unit: 'usd-cents' }], prose: ['/reason'], policies: ['refund-desk 1'], budget: ['$0.08', '12 calls'], people: ['Ada', 'Bob'], morePeople: 0, toolVersion: 4, policySet: sha256('rules'), maxTier: 3, ...facts },
  };
  const place = { service: 'slack', tenant, workflow, run, step, subject: data.card, now: NOW } as const;
  const events = [newEvent({ ...place, type: 'countersign.card.opened', data }), ...changes.map((change, ordinal) => newEvent({ ...place, type: 'countersign.card.changed', ordinal, data: { card: data.card, ...change } }))] as Event[];
  const card = folded(events).cards.get(data.card);
  if (!card || isInputCard(card)) throw new Error('there is no card');
  return card;
};

export interface ShownInput {
  readonly question?: Partial<RunInputRequestedV1>;
  readonly opened?: Partial<CardInputOpenedV1>;
  /** Nothing is answered in Slack. */
  readonly isTyped?: true;
  readonly changes?: readonly Omit<CardChangedV1, 'card'>[];
}

const QUESTION: RunInputRequestedV1 = {
  escalation: 'EEEEEEEEEEEEEEEEEEEEEE', reason: 'data.missing', step, tool: 'payments.refund', message: '`charge_id` is missing', evidence: [{ id: 'GGGGGGGGGGGGGGGGGGGGGG', sha256: sha256('evidence') }],
  choices: ['answer', 'stop'], fields: [{ name: 'charge_id', field: 'task:/charge_id', types: ['string'] }], role: 'support', escalateTo: ['finance'], otherwise: 'invalid', deadline: '2026-01-02T07:04:05.000Z',
};

/** A card of what a run asks. */
export const inputWith = ({ question = {}, opened = {}, isTyped, changes = [] }: ShownInput = {}): InputCard => {
  const { fields = [], ...rest } = QUESTION;
  const asked: RunInputRequestedV1 = { ...rest, ...(question.choices?.includes('answer') !== false && { fields }), ...question };
  const data: CardInputOpenedV1 = { card: asked.escalation, kind: 'input', channel: 'C0123ABCD', question: asked, deadline: asked.deadline, people: ['Sam', 'Kim'], morePeople: 0, ...(!isTyped && { isAnsweredHere: true }), contract: 'refund-desk', ...opened };
  const place = { service: 'slack', tenant, workflow, run, step, subject: data.card, now: NOW } as const;
  const events = [newEvent({ ...place, type: 'countersign.card.input-opened', data }), ...changes.map((change, ordinal) => newEvent({ ...place, type: 'countersign.card.changed', ordinal, data: { card: data.card, ...change } }))] as Event[];
  const card = folded(events).cards.get(data.card);
  if (!card || !isInputCard(card)) throw new Error('there is no card');
  return card;
};
