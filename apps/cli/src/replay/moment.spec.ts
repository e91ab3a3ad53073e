import { newEvent, type Event, type EventType } from '@countersign/contracts';
import { initialControls, type ControlState } from '@countersign/domain';
import { canonicalJson, minutes, type Instant, type StepId } from '@countersign/kernel';
import { bundlesOf, ControlTimeline, partitionTapes, taped, type TapedTopic } from '@countersign/replay';
import { BudgetDesk } from '@countersign/testing/budget-world';
import { NOW } from '@countersign/testing/given';
import { ACME, CONTRACT, controlsWith, REFUND_DESK, RUN, stopping } from '@countersign/testing/refund-desk';
import { describe, expect, it } from 'vitest';
import { momentOf, requireOnTape, runAt } from './moment.js';

/** So many minutes after everything began. */
const at = (minute: number): Instant => (NOW + minutes(minute)) as Instant;

interface Happened {
  readonly topic: TapedTopic;
  readonly event: Event;
  readonly at: Instant;
}

/** A tape of one partition, with what people put in force at which minute. */
const tapeOf = (happened: readonly Happened[], controls: readonly (readonly [minute: number, state: ControlState])[] = [[0, controlsWith()]]) => {
  const events = happened.map(({ topic, event, at: time }, offset) => taped(topic, event, { topic: `countersign.${topic}`, partition: 0, offset, timestamp: time, key: null, value: Buffer.from(canonicalJson(event)), headers: {} }));
  const records = controls.map(([minute], offset) => ({ topic: 'countersign.controls', partition: 0, offset, timestamp: at(minute), key: null, value: null, headers: {} }));
  const fold = { initial: initialControls, evolve: (state: ControlState, _control: unknown, { offset }: { readonly offset: number }) => controls[offset]?.[1] ?? state };
  const tapes = partitionTapes(events);
  return { tapes, partitions: 1, runs: tapes.flatMap((tape) => [...bundlesOf(tape).values()]), controls: new ControlTimeline(records, fold, () => ({ event: {} as Event, quorate: true })) };
};

/** An event of the run of `ticket-1`; what it says beyond its type is no matter of these specs. */
const ofRun = (topic: TapedTopic, minute: number, type: EventType, step?: string, data: object = {}): Happened =>
  ({ topic, at: at(minute), event: newEvent({ service: 'planner', type, tenant: ACME, workflow: REFUND_DESK, run: RUN, ...(step !== undefined && { step: step as StepId }), now: at(minute), subject: `minute ${minute}`, data: data as never }) });
const HANDED_IN = ofRun('tasks', 1, 'countersign.task.submitted');

describe('the budgets of a moment', () => {
  const desk = new BudgetDesk({ budgets: { day: { toolCalls: 5 } } });
  const written: Happened[] = [];
  const then = (minute: number, act: () => unknown): void => {
    const before = desk.log.length;
    desk.now = at(minute);
    act();
    written.push(...desk.log.slice(before).map(({ event }) => ({ topic: 'decisions', event, at: at(minute) }) as const));
  };
  const run = desk.open('one');
  then(2, () => desk.propose(run, 'refund'));
  then(4, () => desk.verify(run, 'refund'));
  const tape = tapeOf(written, [[0, desk.controls]]);

  it.each([
    ['nothing before a call is allowed', 1, { used: 0, reserved: 0 }],
    ['a call that is allowed and not over as reserved', 3, { used: 0, reserved: 1 }],
    ['a call that is over as used', 4, { used: 1, reserved: 0 }],
  ])('have %s', (_, minute, expected) => {
    const [budget] = momentOf(tape, at(minute)).budgets;
    expect(budget?.rows.find(({ amount, period }) => amount === 'toolCalls' && period === '2026-01-02')).toMatchObject({ tenant: ACME, workflow: REFUND_DESK, cap: 5, ...expected });
  });
});

describe('what people had put in force at a moment', () => {
  const [first, second] = [controlsWith(), controlsWith({ contracts: [{ ...CONTRACT, version: 2, timeouts: { run: minutes(5) } }] }, controlsWith())];
  const killed = stopping(first, 'countersign.kill-switch.set', { scope: 'tenant', value: ACME }, at(10));
  const lifted = stopping(killed, 'countersign.kill-switch.lifted', { scope: 'tenant', value: ACME, lifts: killed.epoch }, at(20));
  const tape = tapeOf([HANDED_IN], [[5, first], [10, killed], [20, lifted], [30, second]]);

  it.each([
    [4, -1, undefined],
    [5, 0, first],
    [29, 2, first],
    [30, 3, second],
  ])('is at minute %i control %i, with its configuration and policy set', (minute, control, state) => {
    expect(momentOf(tape, at(minute))).toMatchObject({ control, active: state?.active });
    expect(second.active?.hash).not.toBe(first.active?.hash);
  });

  it('has a switch from when it was pulled until it was lifted', () => {
    const stopsAt = (minute: number): readonly unknown[] => momentOf(tape, at(minute)).stops;
    expect([stopsAt(9), stopsAt(20)]).toEqual([[], []]);
    expect(stopsAt(10)).toMatchObject([{ scope: 'tenant', value: ACME, reason: 'an incident', at: at(10) }]);
    expect(stopsAt(19)).toHaveLength(1);
  });
});

describe('a run at a moment', () => {
  const votes = tapeOf([HANDED_IN, ofRun('approvals', 3, 'countersign.approval.requested', 'refund'), ofRun('approvals', 40, 'countersign.approval.granted', 'refund'), ofRun('proposals', 50, 'countersign.run.closed', undefined, { outcome: 'succeeded' })]);
  const question = tapeOf([HANDED_IN, ofRun('proposals', 3, 'countersign.run.input-requested', 'charge'), ofRun('proposals', 5, 'countersign.run.input-claimed', 'charge'), ofRun('proposals', 40, 'countersign.run.input-answered', 'charge'), ofRun('proposals', 50, 'countersign.run.closed', undefined, { outcome: 'failed' })]);
  const openAt = (tape: ReturnType<typeof tapeOf>, minute: number): readonly (readonly [string, string])[] => momentOf(tape, at(minute)).open.map(({ run, state }) => [run.run, state]);

  it('waits for votes from when they are asked for until they are there, however long nothing happens', () => {
    expect(openAt(votes, 2)).toEqual([[RUN, 'open']]);
    for (const minute of [3, 39]) expect(openAt(votes, minute)).toEqual([[RUN, 'waits for people at refund']]);
    expect(openAt(votes, 40)).toEqual([[RUN, 'open']]);
  });

  it('waits for an answer to what it asked, also while somebody has claimed that', () => {
    for (const minute of [3, 39]) expect(openAt(question, minute)).toEqual([[RUN, 'waits for people at charge']]);
    expect(openAt(question, 40)).toEqual([[RUN, 'open']]);
  });

  it('is not among those that are open before it was handed in, and from its end on', () => {
    expect([openAt(votes, 0), openAt(votes, 50)]).toEqual([[], []]);
    const [run] = votes.runs;
    if (!run) throw new Error('there is no run');
    expect([0, 3, 50].map((minute) => runAt(run, at(minute))).map(({ events, state }) => [events.length, state])).toEqual([[0, 'not admitted'], [2, 'waits for people at refund'], [4, 'succeeded']]);
  });
});

describe('a moment of which a tape knows nothing', () => {
  const seen = { now: at(60), command: (args: string) => `countersign ${args}` };
  const tape = tapeOf([HANDED_IN, ofRun('approvals', 3, 'countersign.approval.requested', 'refund')], [[0, controlsWith()]]);

  it('lies before the first event: that one is named', () => {
    expect(() => requireOnTape(tape, (at(0) - 1) as Instant, seen)).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: 'nothing had happened by `2026-01-02T03:04:04.999Z`', hint: 'the first event here: `countersign replay at 2026-01-02T03:04:05.000Z`' }));
    expect(() => requireOnTape(tape, at(0), seen)).not.toThrow();
  });

  it('has not come yet: the newest event is named, and until now nothing has changed since that', () => {
    expect(() => requireOnTape(tape, at(61), seen)).toThrow(expect.objectContaining({ code: 'USAGE', message: '`2026-01-02T04:05:05.000Z` has not come yet', hint: 'the newest event here: `countersign replay at 2026-01-02T03:07:05.000Z`' }));
    expect(() => requireOnTape(tape, at(60), seen)).not.toThrow();
  });

  it('is any, where nothing is archived', () => {
    expect(() => requireOnTape(tapeOf([], []), at(1), seen)).toThrow(expect.objectContaining({ code: 'NOT_FOUND', hint: 'what has just happened is archived within half a minute' }));
  });
});
