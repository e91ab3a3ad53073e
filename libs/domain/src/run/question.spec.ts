import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newEvent, type AnswerChoice, type Event, type RunEscalationReason } from '@countersign/contracts';
import { hours, microUsd, minutes, sha256, timestamp, type Instant, type JsonObject, type Principal, type RunId } from '@countersign/kernel';
import { NOW, type Given, type Written } from '@countersign/testing/given';
import { about, after, context, denied, following, OF_ATTEMPT, on, planner, started, step, typesOf, verified } from '@countersign/testing/planner-world';
import { ACME, ADA, APPROVERS, CONTRACT, controlsWith, GET_CHARGE, GRACE, heard, PLAYBOOK, REFUND, REFUND_DESK, REFUND_STEP, REVERSE, REVERSIBLE, RUN, taskSubmitted, UPSTREAM } from '@countersign/testing/refund-desk';
import type { PlaybookStep } from '../config/playbook.js';
import { dueRuns, nextRunDeadline } from './decide-run.js';
import { freezeRuns, thawRuns } from './freeze-runs.js';
import type { PlanContext } from './plan-context.js';
import { CHOICES } from './question.js';
import type { PlannerState } from './run-state.js';

const LEA = 'spiffe://countersign.local/human/lea' as Principal;
const DIRECTORY = { ...APPROVERS, people: [...APPROVERS.people, { subject: LEA, name: 'Lea', publicKey: 'C'.repeat(43), roles: ['lead'] }], fallback: ['lead'] };
const REASONS: readonly RunEscalationReason[] = ['data.missing', 'confidence.low', 'policy.denied', 'retries.exhausted', 'effect.diverged', 'effect.unknown'];
const WITHIN = hours(4);
const desk = (reasons = REASONS) => ({ ...CONTRACT, timeouts: { run: hours(10) }, tools: { read: ['charges.get'], write: [REFUND.id, REVERSE.id] }, escalation: { role: 'finance', within: WITHIN, reasons } });
const DESK = desk();

/** A tool that needs what it needs. */
const needs: PlanContext['argumentFaults'] = (tool, args) => ((tool.document.args['required'] ?? []) as readonly string[]).filter((name) => args[name] === undefined).map((name) => ({ pointer: `/${name}`, message: `\`${name}\` is missing` }));
const where = (steps: readonly PlaybookStep[], contract = DESK, more: object = {}): PlanContext => ({
  ...context,
  argumentFaults: needs,
  controls: controlsWith({ contracts: [contract], tools: [GET_CHARGE, REVERSIBLE, REVERSE], playbooks: [{ ...PLAYBOOK, steps, ...more }], approvers: [DIRECTORY] }),
});
const later = (at: PlanContext, by: number): PlanContext => ({ ...at, now: (NOW + by) as Instant });
const begun = (at: PlanContext, input?: JsonObject, contract = DESK): Given<PlannerState> => started(at, taskSubmitted({ contract, ...(input && { input }) }));

const CAUSE = `BBBBBBBBBBBBBBBBBBBBBB@decisions/45#${sha256('allowed')}`;
const withCause = ({ event, cause }: Written): Written => ({ event: { ...event, causes: CAUSE }, cause });
const diverged = (so: Given<PlannerState>, id = 'refund'): Written => withCause(about(so, id, 'countersign.action.diverged', { ...OF_ATTEMPT, faults: [{ pointer: '/amount_cents', message: 'differs' }], latencyMs: 1, usedMicroUsd: microUsd(1) }));
const unknown = (so: Given<PlannerState>, id = 'refund'): Written => about(so, id, 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'timeout', latencyMs: 1, readBack: false, resolving: false });
const failed = (so: Given<PlannerState>, id = 'refund'): Written => about(so, id, 'countersign.action.failed', { ...OF_ATTEMPT, code: 'http.409', latencyMs: 1, retrying: false });

const questionOf = (so: Given<PlannerState>): Event<'countersign.run.input-requested'>['data'] => {
  const asked = so.log.findLast(({ event }) => event.type === 'countersign.run.input-requested')?.event;
  if (asked?.type !== 'countersign.run.input-requested') throw new Error('nothing was asked');
  return asked.data;
};
interface Said {
  readonly by?: Principal;
  readonly given?: JsonObject;
  readonly of?: { readonly escalation?: string; readonly asked?: ReturnType<typeof sha256> };
  readonly run?: RunId;
  readonly id?: string;
}
const ofQuestion = (so: Given<PlannerState>, by: Principal, of: Said['of'] = {}) => {
  const question = [...so.state.runs.values()][0]?.question;
  return { escalation: of.escalation ?? question?.escalation ?? 'none', asked: of.asked ?? question?.asked ?? sha256('none'), by, reason: 'I have looked', word: { value: '{}', jws: 'signed' } };
};
const answered = (so: Given<PlannerState>, choice: AnswerChoice, { by = ADA, given, of, run = RUN, id = 'answer' }: Said = {}): Written =>
  heard(newEvent({ service: 'gateway', type: 'countersign.task.answered', tenant: ACME, workflow: REFUND_DESK, run, subject: id, now: NOW, data: { ...ofQuestion(so, by, of), choice, ...(given && { given }) } }), 'tasks', 9);
const claimed = (so: Given<PlannerState>, by = ADA, id = 'claim'): Written => heard(newEvent({ service: 'gateway', type: 'countersign.task.claimed', tenant: ACME, workflow: REFUND_DESK, run: RUN, subject: id, now: NOW, data: ofQuestion(so, by) }), 'tasks', 8);
const codeOf = (so: Given<PlannerState>, said: Written, at: PlanContext): unknown => on(said, at)(so.state).map((output) => (output.type === 'countersign.run.answer-refused' ? [output.data.code, output.data.by] : output.type));
const due = (so: Given<PlannerState>, at: PlanContext): Given<PlannerState> => dueRuns(so.state, at).reduce((given, { cause, outgoing }) => given.after({ event: so.newest.event, cause }, outgoing, at.now), so);

const one = where([REFUND_STEP]);
const asking = (end: (so: Given<PlannerState>) => Written, at = one): Given<PlannerState> => after(begun(at), end(begun(at)), at);

describe('a run that cannot go on by itself', () => {
  it.each([
    ['differs', diverged, 'effect.diverged', 'unverified'],
    ['is unknown', unknown, 'effect.unknown', 'unknown'],
    ['failed', failed, 'retries.exhausted', 'failed'],
    ['is forbidden', (so: Given<PlannerState>): Written => denied(so, 'refund'), 'policy.denied', 'denied'],
  ] as const)('because an action %s asks the role that its contract names, and ends so where nobody answers', (_, end, reason, outcome) => {
    const so = asking(end);
    expect(so.newest.event).toMatchObject({ type: 'countersign.run.input-requested', step: 'refund', data: { reason, role: 'finance', tool: 'payments.refund', choices: CHOICES[reason], otherwise: outcome, deadline: timestamp((NOW + WITHIN) as Instant) } });
    const at = later(one, WITHIN);
    expect(dueRuns(so.state, at).flatMap(({ outgoing }) => typesOf(outgoing))).toEqual(['run.input-expired refund', 'run.closed']);
    expect(dueRuns(so.state, at)).toMatchObject([{ outgoing: [{}, { data: { outcome, reason: expect.stringContaining('nobody of `finance` has said anything until') } }] }]);
  });

  it('shows what led to it by id and hash', () => {
    expect(questionOf(asking(diverged)).evidence).toEqual([{ id: 'BBBBBBBBBBBBBBBBBBBBBB', sha256: sha256('allowed') }]);
  });

  it('proposes nothing more, whatever is heard', () => {
    const before = begun(one);
    const so = asking(diverged);
    for (const again of [diverged(before), verified(before, 'refund'), denied(before, 'refund')]) expect(so.when(on(again, one))).toEqual([]);
  });

  it.each([
    ['names nobody', following([REFUND_STEP])],
    ['wants other reasons asked', where([REFUND_STEP], desk(['data.missing']))],
  ])('ends at once where its contract %s', (_, at) => {
    const contract = [...(at.controls.active?.contracts ?? [])][0]?.document ?? CONTRACT;
    const so = started(at, taskSubmitted({ contract }));
    for (const end of [diverged, unknown, failed]) expect(typesOf(on(end(so), at)(so.state))).toEqual(['run.closed']);
  });

  it('asks for no longer than it has time', () => {
    const hasty = { ...DESK, timeouts: { run: hours(1) } };
    const at = where([REFUND_STEP], hasty);
    const so = after(begun(at, undefined, hasty), unknown(begun(at, undefined, hasty)), at);
    expect(questionOf(so).deadline).toBe(timestamp((NOW + hours(1)) as Instant));
  });
});

describe('what is missing', () => {
  const at = where([step('charge', { tool: GET_CHARGE.id, args: { charge: { from: 'task', pointer: '/charge' } }, when: { of: { from: 'task', pointer: '/charge' }, test: { op: 'exists', value: true } } }), REFUND_STEP]);
  const so = begun(at, { amount_cents: 1_200 });

  it('is asked for by name, with where it would come from and what the tool takes', () => {
    expect(questionOf(so)).toMatchObject({ reason: 'data.missing', message: '`charge` is missing', choices: ['answer', 'stop'], fields: [{ name: 'charge', field: 'task:/charge', types: ['string'] }], otherwise: 'invalid' });
  });

  it('is given by a person, and the step proposed with it', () => {
    const outputs = on(answered(so, 'answer', { given: { 'task:/charge': 'ch_9' } }), at)(so.state);
    expect(typesOf(outputs)).toEqual(['run.input-answered refund', 'action.proposed refund']);
    expect(outputs[1]).toMatchObject({ data: { action: { args: { charge: 'ch_9', amount_cents: 1_200 } } } });
  });

  it.each([
    ['nothing', undefined, '`charge` is still missing'],
    ['something else', { 'task:/charge': 'ch_9', 'task:/amount_cents': 1 }, '`task:/amount_cents` was not asked for'],
    ['no value', { 'task:/charge': { nested: true } }, 'takes a text'],
    ['too long a text', { 'task:/charge': 'x'.repeat(301) }, 'takes a text'],
  ])('is not %s', (_, given, message) => {
    expect(on(answered(so, 'answer', { ...(given && { given }) }), at)(so.state)).toMatchObject([{ type: 'countersign.run.answer-refused', data: { code: 'answer.invalid', message: expect.stringContaining(message) } }]);
  });

  it('is what the tool takes', () => {
    const strict: PlanContext = { ...at, argumentFaults: (tool, args) => (args['charge'] === 'nonsense' ? [{ pointer: '/charge', message: 'must match the pattern' }] : needs(tool, args)) };
    expect(on(answered(so, 'answer', { given: { 'task:/charge': 'nonsense' } }), strict)(so.state)).toMatchObject([{ data: { code: 'answer.invalid', message: expect.stringContaining('/charge must match the pattern') } }]);
  });

  it('can be given by whom the run acts for, whatever their roles', () => {
    const task = taskSubmitted({ contract: DESK, input: { amount_cents: 1 } });
    const of = { ...task, event: { ...task.event, data: Object.assign({}, task.event.data, { subject: LEA }) } } as Written;
    const hers = started(at, of);
    expect(codeOf(hers, answered(hers, 'answer', { by: LEA, given: { 'task:/charge': 'ch_9' } }), at)).toEqual(['countersign.run.input-answered', 'countersign.action.proposed']);
  });

  it('is no question where what is there is wrong', () => {
    const wrong: PlanContext = { ...at, argumentFaults: (tool, args) => [...needs(tool, args), { pointer: '/amount_cents', message: 'must be integer' }] };
    expect(on(taskSubmitted({ contract: DESK, input: { amount_cents: 'all' } }), wrong)(planner.initialState()).at(-1)).toMatchObject({ type: 'countersign.run.closed', data: { outcome: 'invalid' } });
  });
});

describe('a playbook that is not sure', () => {
  const at = where([{ ...REFUND_STEP, ask: { when: { of: { from: 'task', pointer: '/amount_cents' }, test: { op: 'greater', value: 1_000 } }, question: 'is this the right charge?' } }]);

  it('asks before the step is proposed, and goes on with a yes', () => {
    const so = begun(at);
    expect(typesOf(so.log.map(({ event }) => event as never))).toEqual(['run.started', 'run.input-requested refund']);
    expect(questionOf(so)).toMatchObject({ reason: 'confidence.low', message: 'is this the right charge?', otherwise: 'expired' });
    expect(typesOf(on(answered(so, 'resume'), at)(so.state))).toEqual(['run.input-answered refund', 'action.proposed refund']);
  });

  it('asks nothing where its condition does not hold', () => expect(typesOf(begun(at, { charge: 'ch_1', amount_cents: 1_000 }).log.map(({ event }) => event as never))).toEqual(['run.started', 'action.proposed refund']));

  it('that is told to stop was disapproved', () => {
    const so = begun(at);
    expect(on(answered(so, 'stop'), at)(so.state).at(-1)).toMatchObject({ data: { outcome: 'disapproved', reason: expect.stringContaining(`stopped by \`${ADA}\`: I have looked`) } });
  });
});

describe('an answer', () => {
  it('that it was not done has the step proposed again, under the same key', () => {
    const so = asking(unknown);
    const again = so.handle(answered(so, 'not-done'), on(answered(so, 'not-done'), one));
    const keys = again.log.flatMap(({ event }) => (event.type === 'countersign.action.proposed' ? [event.data.action.idempotencyKey] : []));
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(on(verified(again, 'refund'), one)(again.state).at(-1)).toMatchObject({ type: 'countersign.run.closed', data: { outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'verified' }] } });
  });

  it.each([
    ['done', unknown],
    ['accept', diverged],
  ] as const)('%s ends the step as a person has seen it', (choice, end) => {
    const so = asking(end);
    expect(on(answered(so, choice), one)(so.state).at(-1)).toMatchObject({ type: 'countersign.run.closed', data: { outcome: 'succeeded', sideEffects: [{ step: 'refund', state: 'confirmed' }] } });
  });

  it('goes on with what comes after the step', () => {
    const at = where([REFUND_STEP, step('second', { tool: REVERSIBLE.id, args: REFUND_STEP.args })]);
    const so = after(begun(at), unknown(begun(at)), at);
    expect(typesOf(on(answered(so, 'done'), at)(so.state))).toEqual(['run.input-answered refund', 'action.proposed second']);
  });

  it('settles one question, and the next is asked', () => {
    const at = where([step('first', { tool: REVERSIBLE.id, args: REFUND_STEP.args, after: [] }), step('second', { tool: REVERSIBLE.id, args: REFUND_STEP.args, after: [] })]);
    let so = begun(at);
    for (const id of ['first', 'second']) so = after(so, unknown(so, id), at);
    expect(questionOf(so).step).toBe('first');
    so = after(so, answered(so, 'done'), at);
    expect(questionOf(so).step).toBe('second');
    expect(on(answered(so, 'stop', { id: 'other' }), at)(so.state).at(-1)).toMatchObject({ data: { outcome: 'unknown', sideEffects: [{ step: 'first', state: 'confirmed' }, { step: 'second', state: 'unknown' }] } });
  });

  it.each([
    ['to another question', (so: Given<PlannerState>) => answered(so, 'done', { of: { escalation: 'other' } }), 'escalation.not-open'],
    ['of another run', (so: Given<PlannerState>) => answered(so, 'done', { run: 'run-ZZZZZZZZZZZZZZZZZZZZZZ' as RunId }), 'escalation.not-open'],
    ['to what was not asked so', (so: Given<PlannerState>) => answered(so, 'done', { of: { asked: sha256('other') } }), 'escalation.changed'],
    ['of a stranger', (so: Given<PlannerState>) => answered(so, 'done', { by: UPSTREAM }), 'answer.stranger'],
    ['of another role', (so: Given<PlannerState>) => answered(so, 'done', { by: LEA }), 'answer.lacks-role'],
    ['that is none of those', (so: Given<PlannerState>) => answered(so, 'resume'), 'answer.not-asked'],
  ])('%s does not count, and whoever gave it is told', (_, said, code) => {
    const so = asking(unknown);
    const answer = said(so);
    expect(codeOf(so, answer, one)).toEqual([[code, answer.event.type === 'countersign.task.answered' ? answer.event.data.by : '']]);
  });

  it('after the time is over does not count', () => {
    const so = asking(unknown);
    expect(codeOf(so, answered(so, 'done'), later(one, WITHIN))).toEqual([['escalation.expired', ADA]]);
  });

  it('counts once', () => {
    const so = asking(unknown);
    const first = answered(so, 'not-done');
    const gone = so.handle(first, on(first, one));
    expect(codeOf(gone, answered(so, 'done', { id: 'second', by: GRACE }), one)).toEqual([['escalation.not-open', GRACE]]);
  });

  it('is not given by whom the run acts for, but where something is missing', () => {
    const task = taskSubmitted({ contract: DESK });
    const of = { ...task, event: { ...task.event, data: Object.assign({}, task.event.data, { subject: ADA }) } } as Written;
    const before = started(one, of);
    const so = after(before, unknown(before), one);
    expect(codeOf(so, answered(so, 'done'), one)).toEqual([['answer.is-subject', ADA]]);
    expect(codeOf(so, answered(so, 'stop'), one)).toEqual(['countersign.run.input-answered', 'countersign.run.closed']);
    expect(codeOf(so, answered(so, 'done', { by: GRACE }), one)).toEqual(['countersign.run.input-answered', 'countersign.run.closed']);
  });
});

describe('a claim', () => {
  it('shows who is at work, and locks nobody out', () => {
    const so = asking(unknown);
    const mine = so.handle(claimed(so), on(claimed(so), one));
    expect(mine.newest.event).toMatchObject({ type: 'countersign.run.input-claimed', data: { by: ADA, until: timestamp((NOW + minutes(30)) as Instant) } });
    expect(codeOf(mine, answered(mine, 'done', { by: GRACE }), one)).toEqual(['countersign.run.input-answered', 'countersign.run.closed']);
    expect(codeOf(so, claimed(so, LEA), one)).toEqual([['answer.lacks-role', LEA]]);
  });
});

describe('the time of a question', () => {
  it('reminds at half of it, asks others at three quarters, and ends it; each once', () => {
    let so = asking(unknown);
    const told: string[] = [];
    for (const share of [0, 0.49, 0.5, 0.6, 0.75, 0.9, 1, 1.1]) {
      const at = later(one, WITHIN * share);
      for (const state of [so.state, thawRuns(structuredClone(freezeRuns(so.state)))]) expect(dueRuns(state, at)).toEqual(dueRuns(so.state, at));
      const next = due(so, at);
      told.push(...next.log.slice(so.log.length).map(({ event }) => `${share} ${event.type.slice('countersign.run.'.length)}`));
      so = next;
      expect(dueRuns(so.state, at)).toEqual([]);
    }
    expect(told).toEqual(['0.5 input-reminded', '0.75 input-escalated', '1 input-expired', '1 closed']);
  });

  it('lets the others answer from then on', () => {
    const so = due(due(asking(unknown), later(one, WITHIN / 2)), later(one, WITHIN * 0.75));
    expect(codeOf(so, answered(so, 'done', { by: LEA }), later(one, WITHIN * 0.8))).toEqual(['countersign.run.input-answered', 'countersign.run.closed']);
  });
});

describe('a run that asks and undoes', () => {
  const at = where(['first', 'second'].map((id) => step(id, { tool: REVERSIBLE.id, args: REFUND_STEP.args })), DESK, { onFailure: 'compensate' });
  const halfWay = (end: (so: Given<PlannerState>, id: string) => Written): Given<PlannerState> => {
    const so = after(begun(at), verified(begun(at), 'first'), at);
    return after(so, end(so, 'second'), at);
  };

  it('asks before it undoes anything, and undoes when it is stopped', () => {
    const so = halfWay((given, id) => denied(given, id));
    expect(so.newest.event.type).toBe('countersign.run.input-requested');
    expect(typesOf(on(answered(so, 'stop'), at)(so.state))).toEqual(['run.input-answered second', 'action.proposed undo-first']);
  });

  it('undoes where nobody answers, as it would have', () => {
    const so = halfWay((given, id) => denied(given, id));
    expect(dueRuns(so.state, later(at, WITHIN)).flatMap(({ outgoing }) => typesOf(outgoing))).toEqual(['run.input-expired second', 'action.proposed undo-first']);
  });

  it('undoes nothing on a guess: where nobody looks at what is unknown, all stands; where somebody says stop, the rest is undone and the outcome is unknown still', () => {
    const so = halfWay(unknown);
    expect(dueRuns(so.state, later(at, WITHIN)).flatMap(({ outgoing }) => typesOf(outgoing))).toEqual(['run.input-expired second', 'run.closed']);
    let stopped = after(so, answered(so, 'stop'), at);
    stopped = after(stopped, verified(stopped, 'undo-first'), at);
    expect(stopped.newest.event).toMatchObject({ type: 'countersign.run.closed', data: { outcome: 'unknown', sideEffects: [{ step: 'first', undoneBy: 'undo-first' }, { step: 'second', state: 'unknown' }, { step: 'undo-first' }] } });
  });

  it('asks about an undoing that nobody knows the end of, and goes on undoing', () => {
    let so = halfWay((given, id) => denied(given, id));
    so = after(so, answered(so, 'stop'), at);
    so = after(so, unknown(so, 'undo-first'), at);
    expect(questionOf(so)).toMatchObject({ step: 'undo-first', reason: 'effect.unknown' });
    expect(typesOf(on(answered(so, 'not-done', { id: 'again' }), at)(so.state))).toEqual(['run.input-answered undo-first', 'action.proposed undo-first']);
    expect(on(answered(so, 'done', { id: 'again' }), at)(so.state).at(-1)).toMatchObject({ data: { outcome: 'compensated' } });
  });
});

interface Move {
  readonly kind: 'answer' | 'claim' | 'end' | 'time' | 'crash';
  readonly choice: AnswerChoice;
  readonly by: Principal;
  readonly end: 'verified' | 'denied' | 'failed' | 'unknown' | 'diverged';
  readonly leap: number;
}

/** Stages of the questions of a run with two steps, and of its end. */
const MORE_THAN_COME = 20;

/** A run to which things happen, and what was made of what people said. */
class Life {
  private now = 0;
  private turn = 0;
  counted = 0;
  refused = 0;
  /** What did not hold. */
  readonly faults: string[] = [];

  constructor(
    private readonly plan: PlanContext,
    public so = begun(plan),
  ) {}

  move(move: Move): void {
    this.turn += 1;
    switch (move.kind) {
      case 'crash':
        this.holds('a snapshot is the state', isDeepStrictEqual(freezeRuns(thawRuns(structuredClone(freezeRuns(this.so.state)))), freezeRuns(this.so.state)));
        return;
      case 'time':
        this.pass(move);
        return;
      case 'end':
        this.end(move);
        return;
      case 'answer':
      case 'claim':
        this.say(move);
        return;
    }
  }

  private holds(what: string, isSo: boolean): void {
    if (!isSo) this.faults.push(what);
  }

  private get at(): PlanContext {
    return later(this.plan, this.now);
  }

  /** The log's time is the planner's: what is due comes before anything else. */
  private pass({ leap }: Move): void {
    this.now += leap;
    for (let stages = 0; (nextRunDeadline(this.so.state) ?? Infinity) <= NOW + this.now; stages += 1) {
      if (stages > MORE_THAN_COME) return this.holds('what is due comes to an end', false);
      this.so = due(this.so, this.at);
    }
  }

  private end({ end }: Move): void {
    const open = [...(this.so.state.runs.get(RUN)?.steps ?? [])].find(([, known]) => known.status === 'under-way')?.[0];
    if (!open) return;
    const { event, cause } = { verified, denied, failed, unknown, diverged }[end](this.so, open);
    // No two events of other services are one, though they say the same.
    const heardOf = { event: { ...event, id: `${event.id}-${this.turn}` } as Event, cause: { ...cause, id: `${cause.id}-${this.turn}` } };
    this.so = this.so.handle(heardOf, on(heardOf, this.at), this.at.now);
  }

  private say({ kind, choice, by }: Move): void {
    const { state } = this.so;
    const question = state.runs.get(RUN)?.question;
    const said = kind === 'claim' ? claimed(this.so, by, `claim-${this.turn}`) : answered(this.so, choice, { by, id: `answer-${this.turn}` });
    const outputs = on(said, this.at)(state);
    this.holds('a snapshot changes nothing', isDeepStrictEqual(on(said, this.at)(thawRuns(structuredClone(freezeRuns(state)))), outputs));
    const isCounted = outputs.some(({ type }) => type === 'countersign.run.input-answered' || type === 'countersign.run.input-claimed');
    this.holds('what does not count is refused', isCounted === outputs.every(({ type }) => type !== 'countersign.run.answer-refused'));
    this.holds('only who is asked is heard', !isCounted || (question !== undefined && (by === LEA ? question.escalated === true : by !== UPSTREAM)));
    this.counted += isCounted && kind === 'answer' ? 1 : 0;
    this.refused += isCounted ? 0 : 1;
    this.so = this.so.handle(said, on(said, this.at), this.at.now);
  }

  /** Questions that events of a type are about. */
  about(what: string): readonly string[] {
    return this.so.log.flatMap(({ event }) => (event.type === `countersign.run.input-${what}` && 'escalation' in event.data ? [event.data.escalation] : []));
  }
}

describe('whatever is said and whenever', () => {
  const moves = fc.array(
    fc.record<Move>({ kind: fc.constantFrom('answer', 'answer', 'claim', 'end', 'end', 'time', 'crash'), choice: fc.constantFrom('answer', 'resume', 'done', 'not-done', 'accept', 'stop'), by: fc.constantFrom(ADA, GRACE, LEA, UPSTREAM), end: fc.constantFrom('verified', 'denied', 'failed', 'unknown', 'diverged'), leap: fc.nat(hours(3)) }),
    { minLength: 1, maxLength: 14 },
  );

  it('a question is answered once at most and by those who are asked, each stage comes once, and a snapshot changes nothing', () => {
    let [counted, refused, closed] = [0, 0, 0];
    fc.assert(
      fc.property(fc.boolean(), moves, (compensates, made) => {
        const life = new Life(where(['first', 'second'].map((id) => step(id, { tool: REVERSIBLE.id, args: REFUND_STEP.args })), DESK, compensates ? { onFailure: 'compensate' } : {}));
        for (const move of made) life.move(move);
        expect(life.faults).toEqual([]);
        for (const what of ['requested', 'reminded', 'escalated']) expect(new Set(life.about(what)).size).toBe(life.about(what).length);
        const ends = [...life.about('expired'), ...life.about('answered')];
        expect(new Set(ends).size).toBe(ends.length);
        const ids = life.so.log.map(({ event }) => event.id);
        expect(new Set(ids).size).toBe(ids.length);
        const closings = life.so.log.filter(({ event }) => event.type === 'countersign.run.closed').length;
        expect(closings).toBeLessThanOrEqual(1);
        closed += closings;
        counted += life.counted;
        refused += life.refused;
      }),
      { numRuns: 300 },
    );
    // Else it would say nothing.
    expect(Math.min(counted, refused, closed)).toBeGreaterThan(10);
  });
});
