import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '@countersign/contracts';
import { days, hours, microUsd, parseTimestamp, seconds, type Instant, type RunId } from '@countersign/kernel';
import { BudgetDesk, costing } from '@countersign/testing/budget-world';
import { GET_CHARGE, REFUND } from '@countersign/testing/refund-desk';
import { ON_BUDGET_EXCEEDED } from '../config/agent-contract.js';
import { evolveDecisions } from '../decision/evolve-decisions.js';
import { freezeDecisions, thawDecisions } from '../decision/freeze-decisions.js';
import { AMOUNTS, NOTHING } from './amounts.js';
import { capOf, minus, NO_SUMS, plus, SUMS, sumsOf, type Sums } from './sums.js';

/**
 * Whatever is proposed by however many runs, in whatever order things come to their end, are lost, refused, given anew or answered: nobody
 * ever holds or has used more than the contract says, and what has ended holds nothing; nor do runs take more time than there is. Everything is counted from the log, not by policy.
 */

const RUNS = 5;
const READ = costing(GET_CHARGE, 300);
const WRITE = costing(REFUND, 1_700);
const BUDGETS = {
  run: { wallClock: hours(40), steps: 6, usd: microUsd(4_000), toolCalls: 4, writes: 3, retries: 7 },
  day: { usd: microUsd(7_000), toolCalls: 9, records: 5, steps: 7, wallClock: hours(190) },
  month: { usd: microUsd(12_000), writes: 8, steps: 10, wallClock: hours(195) },
} as const;

type Kind = 'propose' | 'verify' | 'fail' | 'lose' | 'expired' | 'expired after a call' | 'refused' | 'approve' | 'silence' | 'leap' | 'next day' | 'close' | 'snapshot';
const KINDS: readonly Kind[] = ['propose', 'propose', 'propose', 'propose', 'verify', 'verify', 'fail', 'lose', 'expired', 'expired after a call', 'refused', 'approve', 'approve', 'silence', 'leap', 'next day', 'close', 'snapshot'];

interface Held {
  readonly run: RunId;
  readonly periods: readonly string[];
  readonly reserved: Sums;
  readonly extended: Sums;
}

interface OpenRun {
  readonly opened: number;
  readonly steps: Set<string>;
  readonly time: { readonly ms: number; readonly periods: readonly string[] }[];
}

/** What an auditor counts who reads the log: used and reserved of every run and period, and by how much people let a run go over. */
class Auditor {
  readonly #open = new Map<string, Held>();
  readonly #runs = new Map<string, OpenRun>();
  readonly used = new Map<string, Sums>();
  readonly extended = new Map<string, Sums>();

  take({ type, data, time, run: id }: Event): void {
    const at = parseTimestamp(time) ?? 0;
    const run = this.#runs.get(id ?? '');
    if (type === 'countersign.context.opened') this.#runs.set(id ?? '', { opened: at, steps: new Set(), time: [] });
    if (type === 'countersign.approval.required') this.#step(data.action, [data.day, data.month]);
    if (type === 'countersign.action.allowed') {
      const { day, month, wallClockMs: ms } = data.reservation;
      this.#open.set(data.jti, { run: data.action.run, periods: [day, month], reserved: sumsOf(data.reservation), extended: sumsOf(data.extension?.by ?? NOTHING) });
      this.#step(data.action, [day, month]);
      run?.time.push({ ms, periods: [day, month] });
    }
    if (type === 'countersign.context.closed' && run) {
      this.#runs.delete(id ?? '');
      let open = at - run.opened;
      for (const { ms, periods } of run.time) {
        const used = Math.min(ms, open);
        open -= used;
        for (const place of periods) this.#use(place, sumsOf(NOTHING, { wallClock: used }));
      }
    }
    if (type === 'countersign.budget.settled') {
      const held = this.#open.get(data.jti);
      this.#open.delete(data.jti);
      if (!held) return;
      for (const place of [held.run, ...held.periods]) this.#use(place, sumsOf(data.used));
      const kept = minus(held.extended, minus(held.reserved, sumsOf(data.used)));
      this.extended.set(held.run, plus(this.extended.get(held.run) ?? NO_SUMS, kept));
    }
  }

  #use(place: string, used: Sums): void {
    this.used.set(place, plus(this.used.get(place) ?? NO_SUMS, used));
  }

  #step({ run, step }: { readonly run: string; readonly step: string }, periods: readonly string[]): void {
    const { steps } = this.#runs.get(run) ?? {};
    if (!steps || steps.has(step)) return;
    steps.add(step);
    for (const place of [run, ...periods]) this.#use(place, sumsOf(NOTHING, { steps: 1 }));
  }

  get places(): readonly string[] {
    return [...new Set([...this.used.keys(), ...[...this.#open.values()].flatMap(({ run, periods }) => [run, ...periods])])];
  }

  reserved(place: string): Sums {
    const wallClock = [...this.#runs.values()].flatMap(({ time }) => time).reduce((sum, { ms, periods }) => sum + (periods.includes(place) ? ms : 0), 0);
    return [...this.#open.values()].filter(({ run, periods }) => run === place || periods.includes(place)).reduce((sum, held) => plus(sum, held.reserved), sumsOf(NOTHING, { wallClock }));
  }

  of(place: string): Sums {
    return plus(this.used.get(place) ?? NO_SUMS, this.reserved(place));
  }

  /** What people allowed on top, as far as it is used or may be. */
  over(run: string): Sums {
    return [...this.#open.values()].filter((held) => held.run === run).reduce((sum, held) => plus(sum, held.extended), this.extended.get(run) ?? NO_SUMS);
  }
}

const isRun = (place: string): boolean => place.startsWith('run-');
const limitsOf = (place: string): object => (isRun(place) ? BUDGETS.run : place.length === '2026-01-02'.length ? BUDGETS.day : BUDGETS.month);

/** Places and sums of which more is held than may be. To ask about a step that is one too many is a step of the run, too. */
const overspent = (auditor: Auditor): readonly string[] =>
  auditor.places.flatMap((place) =>
    (isRun(place) ? AMOUNTS : SUMS).filter((sum) => auditor.of(place)[sum] > (capOf(limitsOf(place), sum) ?? Infinity) + (isRun(place) ? auditor.over(place)[sum] : 0)).map((sum) => `${sum} of ${place}`),
  );

/** What is open and spent; grants in whatever order, which a case that was put off changes. */
const spentIn = (state: BudgetDesk['state']): object => {
  const { contexts, spending, grants } = freezeDecisions(state);
  return { contexts, spending, grants: grants.toSorted((a, b) => (a.jti < b.jti ? -1 : 1)) };
};

class Story {
  readonly desk: BudgetDesk;
  readonly auditor = new Auditor();
  readonly runs: readonly RunId[];
  /** What a new owner knew, and what the one before it knew. */
  readonly restored: (readonly [object, object])[] = [];
  #steps = 0;
  #read = 0;

  constructor(onBudgetExceeded: (typeof ON_BUDGET_EXCEEDED)[number]) {
    this.desk = new BudgetDesk({ tools: [READ, WRITE], budgets: BUDGETS, fallbacks: { onBudgetExceeded } });
    this.runs = Array.from({ length: RUNS }, (_, index) => this.desk.open(`task-${index}`));
  }

  tell(kind: Kind, choice: number): void {
    const { desk } = this;
    const pick = <Item>(items: Iterable<Item>): Item | undefined => [...items][choice % Math.max(1, [...items].length)];
    const grant = pick(desk.state.grants.values())?.action;
    const ask = pick(desk.state.asks.values())?.action;
    const run = this.runs[choice % RUNS] ?? ('' as RunId);
    if (kind === 'propose') desk.propose(run, `step-${(this.#steps += 1)}`, choice % 3 === 0 ? READ : WRITE);
    if (kind === 'leap') desk.now = (desk.now + seconds(choice % 100)) as Instant;
    if (kind === 'next day') desk.now = (desk.now + days(1)) as Instant;
    if (kind === 'close' && choice % 5 === 0) desk.close(run);
    if (kind === 'snapshot') this.restore(choice);
    if (ask && kind === 'approve') desk.approve(ask.run, ask.step);
    if (ask && kind === 'silence') desk.expire(ask.run, ask.step);
    // A case that was put off keeps its grant, which the executor has ended already.
    if (grant && !desk.state.waiting.byAction.has([...desk.state.grants.values()].find(({ action }) => action === grant)?.actionHash ?? ('' as never))) this.end(grant.run, grant.step, kind, choice);
    desk.due();
    for (const { event } of desk.log.slice(this.#read)) this.auditor.take(event);
    this.#read = desk.log.length;
  }

  end(run: RunId, step: string, kind: Kind, choice = 0): void {
    const { desk } = this;
    const calls = 1 + (choice % 3);
    if (kind === 'verify') desk.verify(run, step, { calls, errors: calls - 1 });
    if (kind === 'fail') desk.fail(run, step, { calls, errors: calls });
    if (kind === 'lose') desk.lose(run, step);
    if (kind === 'expired') desk.refuse(run, step);
    if (kind === 'expired after a call') desk.refuse(run, step, 'expired', true);
    if (kind === 'refused') desk.refuse(run, step, 'hash.mismatch', choice % 2 === 0);
  }

  /** Every grant comes to its end, also those that are given because another has. */
  finish(): void {
    const { grants } = this.desk.state;
    for (let left = [...grants.values()]; left.length > 0; left = [...this.desk.state.grants.values()]) {
      for (const { action } of left) this.end(action.run, action.step, 'verify');
      this.tell('leap', 0);
    }
  }

  close(): void {
    for (const run of this.runs) this.desk.close(run);
    this.tell('leap', 0);
  }

  /** A new owner folds the log from a snapshot somewhere in it. */
  restore(choice: number): void {
    const { desk } = this;
    const at = choice % (desk.log.length + 1);
    const early = desk.log.slice(0, at).reduce((state, { event, cause }) => evolveDecisions(state, event, cause), new BudgetDesk().state);
    const thawed = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(early))));
    const restored = desk.log.slice(at).reduce((state, { event, cause }) => evolveDecisions(state, event, cause), thawed);
    this.restored.push([spentIn(restored), spentIn(desk.state)]);
    desk.state = restored;
  }
}

const moves = fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat(1_000)), { maxLength: 80, size: 'max' });

describe('budgets, in any order of events', { timeout: 60_000 }, () => {
  it.each(ON_BUDGET_EXCEEDED)('are never overspent and never leak, where the contract says %s', (behaviour) => {
    let granted = 0;
    let over = 0;
    fc.assert(
      fc.property(moves, (picked) => {
        const story = new Story(behaviour);
        for (const [kind, choice] of picked) {
          story.tell(kind, choice);
          expect(overspent(story.auditor)).toEqual([]);
        }
        story.finish();
        for (const [after, before] of story.restored) expect(after).toEqual(before);
        expect(overspent(story.auditor)).toEqual([]);
        const { state, log } = story.desk;
        granted += log.filter(({ event: { type } }) => type === 'countersign.action.allowed').length;
        over += log.filter(({ event: { type } }) => type === 'countersign.budget.exhausted').length;
        // What policy counts is what an auditor counts; nothing is held any more, and only the newest periods are remembered.
        for (const { run, spending } of state.contexts.values()) expect({ reserved: spending.reserved, used: spending.used }).toEqual({ reserved: NO_SUMS, used: story.auditor.used.get(run) ?? NO_SUMS });
        story.close();
        for (const workflow of state.spending.values()) {
          expect([...workflow.periods.keys()].toSorted()).toEqual([workflow.day, workflow.month].toSorted());
          for (const [period, { used, reserved }] of workflow.periods) expect({ reserved, used }).toEqual({ reserved: NO_SUMS, used: story.auditor.used.get(period) ?? NO_SUMS });
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
    // It has pressed on the caps, or it has shown nothing.
    expect(granted).toBeGreaterThan(200);
    expect(over).toBeGreaterThan(20);
  });
});
