import { describe, expect, it } from 'vitest';
import { newEvent, type EventData } from '@countersign/contracts';
import { minutes, seconds, sha256, timestamp, type Instant, type StepId } from '@countersign/kernel';
import { but, given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, controlsWith, GET_CHARGE, heard, openedRun, proposalOf, REFUND, REFUND_DESK, RUN, stopping, UTC_PERIODS } from '@countersign/testing/refund-desk';
import { actionHashOf } from '../action-hash.js';
import type { ControlState } from '../control/control-state.js';
import type { Output } from '../output.js';
import { consider } from './consider.js';
import { decideAction, decideDue } from './decide-action.js';
import type { DecisionState } from './decision-state.js';
import { dueDecision, nextDecision } from './due-decisions.js';
import { evolveDecisions } from './evolve-decisions.js';
import { freezeDecisions, thawDecisions } from './freeze-decisions.js';
import type { Verdict } from './verdict.js';

const policy: Core<DecisionState> = { service: 'policy', initialState: openedRun, evolve: evolveDecisions };

const ALLOW: Verdict = { effect: 'allow', rules: ['contract.refund-desk'] };
const ASK: Verdict = { effect: 'ask', reasons: [{ rule: 'large', code: 'rule.asks', message: 'large' }], tier: 2, quorum: 1, roles: ['finance'], within: minutes(30) };
const VOTES = [{ value: '{}', jws: 'e30..AA' }];

const NORMAL = controlsWith();
type Mode = EventData<'countersign.mode.changed'>['mode'];
/** A mode of the tenant; one that loosens names the one before. */
const mode = (named: Mode, before: ControlState, more: object = {}, at = NOW): ControlState => {
  const known = before.stops.modes.get('tenant:acme');
  return stopping(before, 'countersign.mode.changed', { scope: 'tenant', value: 'acme', mode: named, ...(known && { lifts: known.epoch }), ...more }, at);
};
const kill = (before: ControlState): ControlState => stopping(before, 'countersign.kill-switch.set', { scope: 'tool', value: 'payments.refund' });
const lift = (before: ControlState): ControlState => stopping(before, 'countersign.kill-switch.lifted', { scope: 'tool', value: 'payments.refund', lifts: before.stops.newestKill });
const SAFE = mode('safe', NORMAL);

const proposed = (data: EventData<'countersign.action.proposed'>): Written =>
  heard(newEvent({ service: 'planner', tenant: ACME, workflow: REFUND_DESK, run: data.action.run, step: data.action.step, now: NOW, type: 'countersign.action.proposed', data }), 'proposals');
const refund = (step: string): Written => proposed(proposalOf(REFUND, step));
const charge = (step: string): Written => proposed(proposalOf(GET_CHARGE, step, { charge: 'ch_1' }));

interface Moment {
  readonly controls?: ControlState;
  readonly now?: number;
  readonly verdict?: Verdict;
}
const contextOf = ({ controls = NORMAL, now = NOW, verdict = ALLOW }: Moment) => ({ now: now as Instant, controls, argumentFaults: () => [], periodsOf: UTC_PERIODS, verdict });
const on = (trigger: Written, moment: Moment = {}) => (state: DecisionState): readonly Output[] => decideAction(trigger.event, consider(trigger.event, state, contextOf(moment)), state, contextOf(moment));
const hear = (so: Given<DecisionState>, trigger: Written, moment: Moment = {}): Given<DecisionState> => so.handle(trigger, on(trigger, moment), (moment.now ?? NOW) as Instant);

/** What is due is decided one after the other, as the bus does it. */
const settle = (so: Given<DecisionState>, moment: Moment): { readonly so: Given<DecisionState>; readonly outputs: readonly Output[] } => {
  const outputs: Output[] = [];
  for (let count = 0; count < 20; count += 1) {
    const next = nextDecision(so.state, contextOf(moment).controls);
    const due = next !== undefined && next <= (moment.now ?? NOW) ? dueDecision(so.state, contextOf(moment)) : undefined;
    if (!due) return { so, outputs };
    const { cause, outgoing } = decideDue(due, so.state, contextOf(moment));
    outputs.push(...outgoing);
    so = so.after({ event: so.newest.event, cause }, outgoing, (moment.now ?? NOW) as Instant);
  }
  throw new Error('it is due for ever');
};
const typesOf = (outputs: readonly Output[]): readonly string[] => outputs.map(({ type, step }) => `${type.replace('countersign.', '')} ${step}`);
const ending = (so: Given<DecisionState>, step: string, code = 'failed', until?: number): Written => {
  const [jti = '', grant] = [...so.state.grants].find(([, { action }]) => action.step === step) ?? [];
  const of = { jti, actionHash: grant?.actionHash ?? sha256('none') };
  const where = { service: 'executor', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: step as StepId, now: NOW } as const;
  return code === 'failed'
    ? heard(newEvent({ ...where, type: 'countersign.action.failed', data: { ...of, attempt: 1, code: 'http.409', latencyMs: 1, retrying: false } }), 'executions')
    : heard(newEvent({ ...where, type: 'countersign.grant.refused', data: { ...of, code: code.replace('?', ''), message: 'no', mayBeDone: code.endsWith('?'), ...(until !== undefined && { until: timestamp(until as Instant) }) } }), 'executions');
};

describe('a write in a run whose earlier action has no outcome yet', () => {
  const begun = hear(given(policy), charge('charge'));

  it('is put off, and reads are not', () => {
    expect(begun.when(on(refund('refund')))).toMatchObject([{ type: 'countersign.decision.deferred', step: 'refund', data: { until: 'outcomes', effect: 'write', since: timestamp(NOW), votes: [] } }]);
    expect(typesOf(begun.when(on(charge('again'))))).toEqual(['action.allowed again']);
  });

  it('is put off by what its tool does, not by what the planner says of it', () => {
    const lying = proposed(but(proposalOf(REFUND, 'refund'), { effect: 'read' }));
    expect(typesOf(begun.when(on(lying)))).toEqual(['decision.deferred refund']);
  });

  it('is put off too where it is a read that names a destination', () => {
    const mail = { ...GET_CHARGE, destinations: [{ arg: '/charge', kind: 'id' }] } as typeof GET_CHARGE;
    const controls = controlsWith({ tools: [mail, REFUND] });
    const one = hear(given(policy), refund('refund'), { controls });
    expect(typesOf(one.when(on(proposed(proposalOf(mail, 'charge', { charge: 'ch_1' })), { controls })))).toEqual(['decision.deferred charge']);
  });

  it('is put off too where it is a read that takes something out, or that has what the task must say', () => {
    for (const tool of [{ ...GET_CHARGE, risk: ['export'] }, { ...GET_CHARGE, fromTask: ['/charge'] }] as unknown as (typeof GET_CHARGE)[]) {
      const controls = controlsWith({ tools: [tool, REFUND] });
      const one = hear(given(policy), refund('refund'), { controls });
      expect(typesOf(one.when(on(proposed(proposalOf(tool, 'charge', { charge: 'ch_1' })), { controls })))).toEqual(['decision.deferred charge']);
    }
  });

  it('is decided when the last of them has its outcome, and not before', () => {
    const two = hear(hear(begun, charge('again')), refund('refund'));
    const one = hear(two, ending(two, 'charge'));
    expect(nextDecision(one.state, NORMAL)).toBe(Date.parse(proposalOf(REFUND, 'refund').runDeadline));
    const none = hear(one, ending(one, 'again'));
    expect(typesOf(settle(none, {}).outputs)).toEqual(['action.allowed refund']);
  });

  it('is decided one after the other with others that wait', () => {
    const three = hear(hear(begun, refund('one')), refund('two'));
    const free = hear(three, ending(three, 'charge'));
    const { so, outputs } = settle(free, {});
    expect(typesOf(outputs)).toEqual(['action.allowed one']);
    const next = hear(so, ending(so, 'one'));
    expect(typesOf(settle(next, {}).outputs)).toEqual(['action.allowed two']);
  });

  it('does not wait for another that waits: two grants that ran out do not wait for each other', () => {
    const both = hear(hear(given(policy), refund('one')), charge('charge'));
    const waits = hear(both, ending(both, 'one', 'expired?'));
    expect(waits.state.grants.size).toBe(2);
    const free = hear(waits, ending(waits, 'charge'));
    expect(typesOf(settle(free, {}).outputs)).toEqual(['budget.settled one', 'action.allowed one']);
  });

  it('is denied when the time of the run is over', () => {
    const waits = hear(begun, refund('refund'));
    const late = Date.parse(proposalOf(REFUND, 'refund').runDeadline);
    expect(settle(waits, { now: late - 1 }).outputs).toEqual([]);
    expect(settle(waits, { now: late }).outputs).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: [{ code: 'run.deadline' }] } }]);
  });

  it('is decided once, however often it is proposed', () => {
    expect(hear(begun, refund('refund')).when(on(refund('refund')))).toEqual([]);
  });
});

describe('a grant that the executor puts off', () => {
  const UNTIL = NOW + seconds(30);
  const granted = hear(given(policy), refund('refund'));

  it.each(['breaker.open', 'tool.rate', 'tool.retry-after'])('for %s is decided anew when its tool may be called again, and keeps what it reserved until then', (code) => {
    const waits = hear(granted, ending(granted, 'refund', code, UNTIL));
    expect(waits.newest.event).toMatchObject({ type: 'countersign.decision.deferred', data: { until: 'tool', at: timestamp(UNTIL as Instant), grant: { mayBeDone: false } } });
    expect([...waits.state.grants.values()]).toMatchObject([{ reservation: { microUsd: REFUND.cost } }]);
    for (const so of [waits.state, thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(waits.state))))]) expect(nextDecision(so, NORMAL)).toBe(UNTIL);
    expect(settle(waits, { now: UNTIL - 1 }).outputs).toEqual([]);
    const { so, outputs } = settle(waits, { now: UNTIL });
    expect(typesOf(outputs)).toEqual(['budget.settled refund', 'action.allowed refund']);
    expect(settle(so, { now: UNTIL }).outputs).toEqual([]);
  });

  it('is decided at once where that time is over', () => {
    expect(typesOf(granted.when(on(ending(granted, 'refund', 'breaker.open', NOW))))).toEqual(['budget.settled refund', 'action.allowed refund']);
  });

  it('still holds up what waits for outcomes of its run', () => {
    const both = hear(granted, refund('next'));
    const waits = hear(both, ending(both, 'refund', 'breaker.open?', UNTIL));
    expect(settle(waits, { now: UNTIL - 1 }).outputs).toEqual([]);
    const { so, outputs } = settle(waits, { now: UNTIL });
    expect(typesOf(outputs)).toEqual(['budget.settled refund', 'action.allowed refund']);
    expect(typesOf(settle(hear(so, ending(so, 'refund')), { now: UNTIL }).outputs)).toEqual(['action.allowed next']);
  });

  it('is denied when the time of the run is over before', () => {
    const end = Date.parse(proposalOf(REFUND, 'refund').runDeadline);
    const waits = hear(granted, ending(granted, 'refund', 'tool.retry-after', end + 1));
    expect(settle(waits, { now: end }).outputs).toMatchObject([{ type: 'countersign.budget.settled' }, { type: 'countersign.action.denied', data: { reasons: [{ code: 'run.deadline' }] } }]);
  });
});

describe('a mode', () => {
  it('puts off everything in `safe` without asking an engine, and says which mode it is', () => {
    const [output] = given(policy).when(on(charge('charge'), { controls: SAFE }));
    expect(output).toMatchObject({ type: 'countersign.decision.deferred', data: { until: 'stop', stop: { scope: 'tenant', value: 'acme' }, effect: 'read', controlEpoch: SAFE.epoch } });
    expect(consider(charge('charge').event, openedRun(), contextOf({ controls: SAFE }))?.question).toBeUndefined();
  });

  it('lets reads go on in `read-only`', () => {
    const controls = mode('read-only', NORMAL);
    expect(typesOf(given(policy).when(on(charge('charge'), { controls })))).toEqual(['action.allowed charge']);
    expect(typesOf(given(policy).when(on(refund('refund'), { controls })))).toEqual(['decision.deferred refund']);
  });

  it('still denies what is wrong with a proposal', () => {
    const bad = proposed(but(proposalOf(REFUND, 'refund'), { actionHash: sha256('another') }));
    expect(typesOf(given(policy).when(on(bad, { controls: SAFE })))).toEqual(['action.denied refund']);
  });

  it('lets what has queued be decided once it is normal again, each once, by the rules of then', () => {
    const queued = hear(hear(given(policy), charge('charge'), { controls: SAFE }), charge('again'), { controls: SAFE });
    expect(settle(queued, { controls: SAFE, now: NOW + minutes(5) }).outputs).toEqual([]);
    const controls = mode('normal', SAFE);
    const { so, outputs } = settle(queued, { controls, now: NOW + minutes(5) });
    expect(typesOf(outputs)).toEqual(['action.allowed charge', 'action.allowed again']);
    expect(settle(so, { controls, now: NOW + minutes(6) }).outputs).toEqual([]);
    expect(typesOf(settle(queued, { controls, verdict: ASK }).outputs)).toEqual(['approval.required charge', 'approval.required again']);
  });

  it('lets the reads go when it loosens to `read-only`', () => {
    const queued = hear(hear(given(policy), refund('refund'), { controls: SAFE }), charge('charge'), { controls: SAFE });
    expect(typesOf(settle(queued, { controls: mode('read-only', SAFE) }).outputs)).toEqual(['action.allowed charge']);
  });

  it('lets what has queued go at the pace of the control', () => {
    const queued = ['a', 'b', 'c'].reduce((so, step) => hear(so, charge(step), { controls: SAFE }), given(policy));
    const controls = mode('normal', SAFE, { everyMs: seconds(10) });
    const first = settle(queued, { controls });
    expect(typesOf(first.outputs)).toEqual(['action.allowed a']);
    expect(nextDecision(first.so.state, controls)).toBe(NOW + 10_000);
    expect(settle(first.so, { controls, now: NOW + 9_999 }).outputs).toEqual([]);
    expect(typesOf(settle(first.so, { controls, now: NOW + 10_000 }).outputs)).toEqual(['action.allowed b']);
    const thawed = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(first.so.state))));
    expect(nextDecision(thawed, controls)).toBe(NOW + 10_000);
  });

  it('drops what had queued for longer than the control allows, at once and whatever the pace', () => {
    const old = ['a', 'b'].reduce((so, step) => hear(so, charge(step), { controls: SAFE }), given(policy));
    const queued = hear(old, charge('c'), { controls: SAFE, now: NOW + minutes(10) });
    const controls = mode('normal', SAFE, { everyMs: seconds(10), maxAgeMs: minutes(5) }, (NOW + minutes(11)) as Instant);
    const { so, outputs } = settle(queued, { controls, now: NOW + minutes(11) });
    expect(outputs).toMatchObject(['a', 'b'].map((step) => ({ type: 'countersign.action.denied', step, data: { reasons: [{ code: 'stopped.too-old' }] } })));
    expect(typesOf(settle(so, { controls, now: NOW + minutes(12) }).outputs)).toEqual(['action.allowed c']);
  });

  it('that holds a grant back at the executor keeps it open, with what it reserved, until it is decided again', () => {
    const granted = hear(given(policy), refund('refund'));
    const held = hear(granted, ending(granted, 'refund', 'mode'), { controls: SAFE });
    expect(held.newest.event).toMatchObject({ type: 'countersign.decision.deferred', data: { grant: { jti: [...granted.state.grants.keys()][0], mayBeDone: false } } });
    expect([...held.state.grants.values()]).toMatchObject([{ reservation: { microUsd: REFUND.cost } }]);
    expect(held.when(on(ending(held, 'refund', 'mode'), { controls: SAFE }))).toEqual([]);
    const { so, outputs } = settle(held, { controls: mode('normal', SAFE) });
    expect(typesOf(outputs)).toEqual(['budget.settled refund', 'action.allowed refund']);
    expect([...so.state.grants.keys()]).not.toEqual([...held.state.grants.keys()]);
    expect(so.state.grants.size).toBe(1);
  });

  it('does not make what may have been done undone: where it is not allowed again, what it reserved counts as spent', () => {
    const granted = hear(given(policy), refund('refund'));
    const held = hear(granted, ending(granted, 'refund', 'mode?'), { controls: SAFE });
    const dropped = mode('normal', SAFE, { maxAgeMs: 1 }, (NOW + minutes(1)) as Instant);
    expect(settle(held, { controls: dropped }).outputs).toMatchObject([
      { type: 'countersign.budget.settled', data: { outcome: 'unknown', used: { microUsd: REFUND.cost } } },
      { type: 'countersign.action.denied', data: { reasons: [{ code: 'effect.unknown' }, { code: 'stopped.too-old' }] } },
    ]);
  });

  it('keeps the votes of people', () => {
    const asked = hear(given(policy), refund('refund'), { verdict: ASK });
    const [approval = ''] = asked.state.asks.keys();
    const yes = heard(newEvent({ service: 'approvals', tenant: ACME, workflow: REFUND_DESK, run: RUN, step: 'refund' as StepId, now: NOW, type: 'countersign.approval.granted', data: { approval, actionHash: proposalOf(REFUND, 'refund').actionHash, votes: VOTES } }), 'approvals');
    const held = hear(asked, yes, { controls: SAFE });
    expect(held.newest.event).toMatchObject({ type: 'countersign.decision.deferred', data: { approval, votes: VOTES, quorum: 1 } });
    expect(settle(held, { controls: mode('normal', SAFE) }).outputs).toMatchObject([{ type: 'countersign.action.allowed', data: { approval, votes: VOTES, quorum: 1, roles: ['finance'] } }]);
  });

  it('survives a snapshot with all that waits', () => {
    const granted = hear(hear(given(policy), refund('refund')), charge('charge'));
    const held = hear(hear(granted, ending(granted, 'refund', 'mode'), { controls: SAFE }), refund('later'));
    const { state } = held;
    const thawed = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(state))));
    expect(freezeDecisions(thawed)).toEqual(freezeDecisions(state));
    expect(thawed.waiting.isActingBesides(RUN, sha256('another'))).toBe(true);
  });
});

describe('a kill', () => {
  it('denies what is proposed while it stands', () => {
    expect(given(policy).when(on(refund('refund'), { controls: kill(NORMAL) }))).toMatchObject([
      { type: 'countersign.action.denied', data: { reasons: [{ rule: 'kill.tool', code: 'stopped.killed', message: 'tool:payments.refund is stopped: an incident' }] } },
    ]);
    expect(typesOf(given(policy).when(on(charge('charge'), { controls: kill(NORMAL) })))).toEqual(['action.allowed charge']);
  });

  it('that was lifted has ended the runs that were open, in what it covered, and lets newer ones be decided', () => {
    const controls = lift(kill(NORMAL));
    const openedAt = (epoch: number): Given<DecisionState> => given({ ...policy, initialState: () => openedRun(epoch) });
    expect(openedAt(NORMAL.epoch).when(on(refund('refund'), { controls }))).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: [{ rule: 'kill.tool', code: 'stopped.killed' }] } }]);
    expect(typesOf(openedAt(NORMAL.epoch).when(on(charge('charge'), { controls })))).toEqual(['action.allowed charge']);
    expect(typesOf(openedAt(NORMAL.epoch + 1).when(on(refund('refund'), { controls })))).toEqual(['action.allowed refund']);
  });

  it('that was lifted gives no grant anew in a run that it found open, and a snapshot knows when that was', () => {
    const granted = hear(given({ ...policy, initialState: () => openedRun(NORMAL.epoch) }), refund('refund'));
    const thawed = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(granted.state))));
    expect(thawed.contexts.get(RUN)?.epoch).toBe(NORMAL.epoch);
    expect(typesOf(granted.when(on(ending(granted, 'refund', 'expired'), { controls: lift(kill(NORMAL)) })))).toEqual(['budget.settled refund', 'action.denied refund']);
  });

  it.each([
    ['stands', kill(NORMAL)],
    ['was lifted before policy heard of it', lift(kill(NORMAL))],
  ])('that %s denies what people are being asked about, so that their answer helps no more', (_, controls) => {
    const asked = hear(given(policy), refund('refund'), { verdict: ASK });
    const { so, outputs } = settle(asked, { controls });
    expect(outputs).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: [{ code: 'stopped.killed' }] } }]);
    expect(so.state.asks.size).toBe(0);
    expect(settle(so, { controls }).outputs).toEqual([]);
  });

  it('denies what has queued, and what waits for outcomes', () => {
    const queued = hear(given(policy), refund('refund'), { controls: SAFE });
    expect(settle(queued, { controls: kill(SAFE) }).outputs).toMatchObject([{ type: 'countersign.action.denied', data: { reasons: [{ code: 'stopped.killed' }] } }]);
    const waits = hear(hear(given(policy), charge('charge')), refund('refund'));
    expect(typesOf(settle(waits, { controls: kill(NORMAL) }).outputs)).toEqual(['action.denied refund']);
  });

  it('leaves what it does not cover, and what is newer than it', () => {
    const other = controlsWith({}, kill(NORMAL));
    const after = hear(given(policy), charge('charge'), { controls: lift(other), verdict: ASK });
    expect(nextDecision(after.state, lift(other))).toBeUndefined();
    const before = hear(given(policy), charge('charge'), { verdict: ASK });
    expect(nextDecision(before.state, kill(NORMAL))).toBeUndefined();
  });

  it('leaves a grant to the executor, and settles it when that refuses it', () => {
    const granted = hear(given(policy), refund('refund'));
    expect(settle(granted, { controls: kill(NORMAL) }).outputs).toEqual([]);
    expect(granted.when(on(ending(granted, 'refund', 'killed'), { controls: kill(NORMAL) }))).toMatchObject([{ type: 'countersign.budget.settled', data: { outcome: 'refused', used: { microUsd: 0 } } }]);
  });
});

it('an action that is put off with its votes and has no room is denied', () => {
  const proposal = proposalOf(REFUND, 'refund');
  const action = but(proposal.action, { args: { charge: 'c'.repeat(44_300), amount_cents: 1 } });
  const large = proposed(but(proposal, { action, actionHash: actionHashOf(action) }));
  expect(typesOf(given(policy).when(on(large, { controls: SAFE })))).toEqual(['action.denied refund']);
});
