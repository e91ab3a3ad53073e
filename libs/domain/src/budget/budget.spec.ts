import { describe, expect, it } from 'vitest';
import { days, hours, microUsd, minutes, seconds, type Instant, type Workflow } from '@countersign/kernel';
import { ALLOW, BudgetDesk, costing, inShort, type BudgetOptions } from '@countersign/testing/budget-world';

import { ACME, ADA, controlsWith, GET_CHARGE, REFUND, stopping } from '@countersign/testing/refund-desk';
import type { RunLimits } from '../config/agent-contract.js';
import { freezeDecisions, thawDecisions } from '../decision/freeze-decisions.js';

const KEY = 'acme/refund-desk';
const TODAY = '2026-01-02';
const run = (limits: Partial<RunLimits>): NonNullable<BudgetOptions['budgets']> => ({ run: { steps: 50, ...limits } });
const later = (desk: BudgetDesk, by: number): void => void (desk.now = (desk.now + by) as Instant);
const tallyOf = (desk: BudgetDesk, period = TODAY): object | undefined => {
  const { used, reserved } = desk.state.spending.get(KEY)?.periods.get(period) ?? {};
  return used && { used: used.microUsd, reserved: reserved?.microUsd };
};

describe('a grant', () => {
  it('sets aside what the action can use, and says in which periods', () => {
    const desk = new BudgetDesk();
    const one = desk.open('one');
    desk.propose(one, 'refund');
    expect(desk.grant(one, 'refund').reservation).toEqual({ microUsd: 2_000, toolCalls: 1, writes: 1, records: 1, retries: 2, wallClockMs: hours(1_000), day: TODAY, month: '2026-01' });
    expect(tallyOf(desk)).toEqual({ used: 0, reserved: 2_000 });
  });

  it('counts records by the argument that the tool names, and is denied where the call lacks it', () => {
    const bulk = { ...REFUND, id: 'payments.bulk', args: { type: 'object', additionalProperties: false, properties: { charges: { type: 'array', items: { type: 'string' } } } }, records: '/charges' };
    const desk = new BudgetDesk({ tools: [GET_CHARGE, REFUND, bulk], budgets: run({ records: 3 }) });
    const one = desk.open('one');
    desk.propose(one, 'a', bulk, { charges: ['ch_1', 'ch_2'] });
    expect(desk.grant(one, 'a').reservation.records).toBe(2);
    desk.verify(one, 'a');
    expect(inShort(desk.propose(one, 'b', bulk, { charges: ['ch_3', 'ch_4'] }))).toEqual(['budget.exhausted', 'action.denied budget.records.exceeded']);
    expect(inShort(desk.propose(one, 'c', bulk, {}))).toEqual(['action.denied records.unknown']);
  });

  it('is settled by what came of it: done is spent, failed is free, unknown is spent', () => {
    const desk = new BudgetDesk();
    const one = desk.open('one');
    for (const step of ['a', 'b', 'c']) {
      desk.propose(one, step);
      if (step === 'a') desk.verify(one, step, { calls: 2, errors: 1 });
      if (step === 'b') desk.fail(one, step, { calls: 3, errors: 3 });
      if (step === 'c') desk.lose(one, step);
    }
    expect(desk.state.contexts.get(one)?.spending).toMatchObject({ used: { microUsd: 4_000, toolCalls: 3, writes: 3, records: 2, retries: 1 + 2 + 2 }, reserved: { microUsd: 0, toolCalls: 0 } });
  });

  it('that is given anew keeps what it reserved, also on the next day', () => {
    const desk = new BudgetDesk({ budgets: { day: { usd: microUsd(2_000) } } });
    const one = desk.open('one');
    desk.propose(one, 'refund');
    later(desk, days(1));
    expect(inShort(desk.refuse(one, 'refund', 'expired', true))).toEqual(['budget.settled', 'action.allowed']);
    expect(desk.grant(one, 'refund').reservation).toMatchObject({ microUsd: 2_000, day: TODAY });
    // It is still of yesterday, so today is free.
    desk.propose(desk.open('two'), 'refund');
    desk.verify(one, 'refund');
    expect(tallyOf(desk, '2026-01-03')).toEqual({ used: 0, reserved: 2_000 });
  });

  it.each([
    ['day', { day: { usd: microUsd(3_999) } }],
    ['month', { month: { usd: microUsd(3_999) } }],
    ['run', run({ usd: microUsd(3_999) })],
  ] as const)('is not given anew over a cap of the %s that was lowered meanwhile, and is where it still fits', (scope, lowered) => {
    const desk = new BudgetDesk();
    const one = desk.open('one');
    const lowerTo = (budgets: object): void => void (desk.controls = controlsWith({ contracts: [{ ...desk.contract, budgets: { ...desk.contract.budgets, ...budgets } }] }, desk.controls));
    desk.propose(one, 'a');
    desk.verify(one, 'a');
    desk.propose(one, 'b');
    lowerTo({ ...run({ usd: microUsd(4_000) }), day: { usd: microUsd(4_000) }, month: { usd: microUsd(4_000) } });
    expect(inShort(desk.refuse(one, 'b'))).toEqual(['budget.settled', 'action.allowed']);
    lowerTo(lowered);
    const outputs = desk.refuse(one, 'b');
    expect(inShort(outputs)).toEqual(['budget.settled', 'budget.exhausted', 'action.denied budget.usd.exceeded']);
    expect(outputs[1]).toMatchObject({ data: { scope, cap: 3_999, used: 2_000, reserved: 0, wanted: 2_000 } });
    expect(tallyOf(desk)).toEqual({ used: 2_000, reserved: 0 });
  });

  it('that the executor refuses for good is free again', () => {
    const desk = new BudgetDesk({ budgets: run({ toolCalls: 1 }) });
    const one = desk.open('one');
    desk.propose(one, 'a');
    desk.refuse(one, 'a', 'hash.mismatch');
    expect(inShort(desk.propose(one, 'b'))).toEqual(['action.allowed']);
  });
});

describe('a day', () => {
  const options = { budgets: { day: { usd: microUsd(5_000) } } } as const;

  it('is shared by all runs of the workflow, and what would pass its cap is not granted', () => {
    const desk = new BudgetDesk(options);
    const runs = ['one', 'two', 'three'].map((task) => desk.open(task));
    expect(runs.flatMap((each) => inShort(desk.propose(each, 'refund')))).toEqual(['action.allowed', 'action.allowed', 'budget.exhausted', 'action.denied budget.usd.exceeded']);
    expect(desk.log.find(({ event: { type } }) => type === 'countersign.budget.exhausted')?.event.data).toEqual({ limit: 'usd', scope: 'day', period: TODAY, cap: 5_000, used: 0, reserved: 4_000, wanted: 2_000, then: 'stop' });
  });

  it('tells once that it is used up, and names limit and period in each denial', () => {
    const desk = new BudgetDesk(options);
    for (const task of ['one', 'two', 'three']) desk.propose(desk.open(task), 'refund');
    const [denial] = desk.propose(desk.open('four'), 'refund');
    expect(denial).toMatchObject({ type: 'countersign.action.denied', data: { reasons: [{ rule: 'budget.day', code: 'budget.usd.exceeded', message: 'cost of the workflow in 2026-01-02: 0.00 USD and 0.004 USD reserved of 0.005 USD, and this takes 0.002 USD' }] } });
  });

  it('of which nothing was ever granted is told once, too', () => {
    const desk = new BudgetDesk({ budgets: { day: { usd: microUsd(1) } } });
    expect(inShort(desk.propose(desk.open('one'), 'refund'))).toEqual(['budget.exhausted', 'action.denied budget.usd.exceeded']);
    expect(inShort(desk.propose(desk.open('two'), 'refund'))).toEqual(['action.denied budget.usd.exceeded']);
    later(desk, days(1));
    expect(inShort(desk.propose(desk.open('three'), 'refund'))).toEqual(['budget.exhausted', 'action.denied budget.usd.exceeded']);
  });

  it('lets what fits go on, and what has failed makes room', () => {
    const desk = new BudgetDesk(options);
    const [one, two, three] = ['one', 'two', 'three'].map((task) => desk.open(task)) as [never, never, never];
    desk.propose(one, 'refund');
    desk.propose(two, 'refund');
    expect(inShort(desk.propose(three, 'charge', GET_CHARGE))).toEqual(['action.allowed']);
    expect(inShort(desk.propose(three, 'refund'))).toEqual(['decision.deferred']);
    desk.fail(one, 'refund');
    desk.verify(three, 'charge');
    expect(inShort(desk.due())).toEqual(['action.allowed']);
    expect(tallyOf(desk)).toEqual({ used: 500, reserved: 4_000 });
  });

  it('begins anew, while what was granted yesterday counts as yesterday', () => {
    const desk = new BudgetDesk({ budgets: { day: { usd: microUsd(2_000) }, month: { usd: microUsd(4_000) } } });
    const [one, two, three] = ['one', 'two', 'three'].map((task) => desk.open(task)) as [never, never, never];
    desk.propose(one, 'refund');
    later(desk, days(1));
    expect(inShort(desk.propose(two, 'refund'))).toEqual(['action.allowed']);
    desk.verify(one, 'refund');
    expect(tallyOf(desk, '2026-01-03')).toEqual({ used: 0, reserved: 2_000 });
    expect(tallyOf(desk, '2026-01')).toEqual({ used: 2_000, reserved: 2_000 });
    desk.close(one);
    // Nothing is reserved in it any more, and nothing will be.
    expect(tallyOf(desk)).toBeUndefined();
    later(desk, days(1));
    expect(inShort(desk.propose(three, 'refund'))).toEqual(['budget.exhausted', 'action.denied budget.usd.exceeded']);
  });

  it('does not begin a second time for a clock that was set back', () => {
    const desk = new BudgetDesk({ budgets: { day: { usd: microUsd(2_000) } } });
    later(desk, days(1));
    desk.propose(desk.open('one'), 'refund');
    later(desk, -1 * hours(20));
    expect(inShort(desk.propose(desk.open('two'), 'refund'))).toEqual(['budget.exhausted', 'action.denied budget.usd.exceeded']);
  });

  it('is not extended by people: they are not asked', () => {
    const desk = new BudgetDesk({ budgets: { day: { usd: microUsd(1_000) } }, fallbacks: { onBudgetExceeded: 'escalate' } });
    expect(inShort(desk.propose(desk.open('one'), 'refund'))).toEqual(['budget.exhausted', 'action.denied budget.usd.exceeded']);
  });
});

describe('steps of a day', () => {
  const options = { budgets: { day: { steps: 2 }, month: { steps: 3 } } } as const;
  const ASKS = { effect: 'ask', reasons: [], tier: 2, quorum: 1, roles: [], within: hours(1) } as const;

  it('are those of all runs of the workflow that were granted or asked about, also what came to nothing', () => {
    const desk = new BudgetDesk(options);
    const [one, two] = [desk.open('one'), desk.open('two')];
    desk.propose(one, 'a');
    desk.refuse(one, 'a', 'hash.mismatch');
    desk.verdict = ASKS;
    expect(inShort(desk.propose(two, 'a'))).toEqual(['approval.required']);
    const outputs = desk.propose(two, 'b');
    expect(inShort(outputs)).toEqual(['budget.exhausted', 'action.denied budget.steps.exceeded']);
    expect(outputs[0]).toMatchObject({ data: { limit: 'steps', scope: 'day', cap: 2, used: 2, reserved: 0, wanted: 1 } });
  });

  it('count once, on the day when people were asked, and again in the month', () => {
    const desk = new BudgetDesk(options);
    const one = desk.open('one');
    desk.verdict = ASKS;
    desk.propose(one, 'a');
    desk.propose(one, 'b');
    later(desk, days(1));
    desk.verdict = { effect: 'allow', rules: [] };
    expect(inShort(desk.approve(one, 'a'))).toEqual(['action.allowed']);
    expect(inShort(desk.refuse(one, 'a'))).toEqual(['budget.settled', 'action.allowed']);
    expect(['c', 'd'].flatMap((step) => inShort(desk.propose(desk.open(step), step)))).toEqual(['action.allowed', 'budget.exhausted', 'action.denied budget.steps.exceeded']);
    expect(desk.state.spending.get(KEY)?.periods.get('2026-01-03')?.used.steps).toBe(1);
  });
});

describe('the time of a day', () => {
  const options = { budgets: { ...run({ wallClock: hours(2) }), day: { wallClock: hours(5) } } } as const;
  const timeIn = (desk: BudgetDesk, period = TODAY): object | undefined => {
    const { used, reserved } = desk.state.spending.get(KEY)?.periods.get(period) ?? {};
    return used && { used: used.wallClock, reserved: reserved?.wallClock };
  };

  it('is set aside with the first grant of a run for as long as it may be open, and what it did not take is free when it is closed', () => {
    const desk = new BudgetDesk(options);
    const [one, two, three] = ['one', 'two', 'three'].map((task) => desk.open(task)) as [never, never, never];
    for (const step of ['a', 'b']) desk.propose(one, step, GET_CHARGE);
    desk.propose(two, 'a', GET_CHARGE);
    expect(timeIn(desk)).toEqual({ used: 0, reserved: hours(4) });
    const [, denial] = desk.propose(three, 'a', GET_CHARGE);
    expect(denial).toMatchObject({ data: { reasons: [{ code: 'budget.wall-clock.exceeded', message: 'time of the workflow in 2026-01-02: 0ms and 4h reserved of 5h, and this takes 2h' }] } });
    later(desk, hours(1));
    desk.close(one);
    expect(timeIn(desk)).toEqual({ used: hours(1), reserved: hours(2) });
    expect(inShort(desk.propose(three, 'b', GET_CHARGE))).toEqual(['action.allowed']);
  });

  it('counts where it was set aside, and no more of it than in which something could be granted', () => {
    const desk = new BudgetDesk(options);
    const one = desk.open('one');
    desk.propose(one, 'a', GET_CHARGE);
    later(desk, days(1));
    desk.propose(desk.open('two'), 'a', GET_CHARGE);
    expect(timeIn(desk)).toEqual({ used: 0, reserved: hours(2) });
    desk.close(one);
    desk.verify(one, 'a');
    expect(timeIn(desk)).toBeUndefined();
    expect(timeIn(desk, '2026-01')).toEqual({ used: hours(2), reserved: hours(2) });
  });

  it('takes what people let a run go on for, too', () => {
    const whole = { run: { steps: 50, wallClock: hours(2) }, day: { wallClock: hours(1_001) } };
    const desk = new BudgetDesk({ budgets: whole, fallbacks: { onBudgetExceeded: 'escalate' } });
    const one = desk.open('one');
    desk.propose(one, 'a', GET_CHARGE);
    later(desk, hours(3));
    expect(inShort(desk.propose(one, 'b', GET_CHARGE))).toEqual(['budget.exhausted', 'approval.required budget.wall-clock.exceeded']);
    expect(inShort(desk.approve(one, 'b'))).toEqual(['action.allowed']);
    expect(timeIn(desk)).toEqual({ used: 0, reserved: hours(1_000) });
    // Nothing more of it is taken for the next action, and another run finds no room.
    desk.propose(one, 'c', GET_CHARGE);
    expect(desk.approve(one, 'c')).toMatchObject([{ data: { reservation: { wallClockMs: 0 } } }]);
    expect(inShort(desk.propose(desk.open('two'), 'a', GET_CHARGE))).toContain('action.denied budget.wall-clock.exceeded');
    desk.close(one);
    expect(timeIn(desk)).toEqual({ used: hours(3), reserved: 0 });
  });

  it('is no time of a run to which nothing was granted, and is settled for one that nobody closes', () => {
    const desk = new BudgetDesk(options);
    const [one, idle] = [desk.open('one'), desk.open('idle')];
    desk.propose(one, 'a', GET_CHARGE);
    desk.verify(one, 'a');
    desk.close(idle);
    later(desk, hours(1_001));
    desk.open('later');
    expect(desk.state.contexts.size).toBe(1);
    expect(timeIn(desk, '2026-01')).toEqual({ used: hours(2), reserved: 0 });
    expect(desk.folded.spending.get(KEY)).toEqual(desk.state.spending.get(KEY));
  });
});

describe('a cap of the tenant', () => {
  it('is not used a second time by the workflow that is given what another had, until the day is over', () => {
    const desk = new BudgetDesk({ budgets: { day: { writes: 1 } } });
    const tenants = [{ id: 'acme', version: 1, tenant: ACME, directory: {}, budgets: { day: { writes: 2 }, month: {} } }];
    const share = (writes: number, others: number): void => {
      const other = { ...desk.contract, id: 'other', workflow: 'other' as Workflow, accepts: ['other'], budgets: { ...desk.contract.budgets, day: { writes: others } } };
      desk.controls = controlsWith({ tenants, contracts: [{ ...desk.contract, budgets: { ...desk.contract.budgets, day: { writes } } }, other] }, desk.controls);
    };
    share(1, 1);
    share(2, 0);
    expect(desk.controls.active?.version).toBe(3);
    desk.propose(desk.open('one'), 'a');
    expect(inShort(desk.propose(desk.open('two'), 'a'))).toEqual(['budget.exhausted', 'action.denied budget.writes.exceeded']);
    later(desk, days(1));
    expect(['three', 'four'].flatMap((task) => inShort(desk.propose(desk.open(task), 'a')))).toEqual(['action.allowed', 'action.allowed']);
  });
});

describe('a minute of the workflow', () => {
  it('has so many grants of all its runs together, and is told by the denial alone', () => {
    const desk = new BudgetDesk({ budgets: { perMinute: 2 }, fallbacks: { onBudgetExceeded: 'escalate' } });
    const runs = ['one', 'two', 'three'].map((task) => desk.open(task));
    const [denial] = runs.flatMap((each) => desk.propose(each, 'refund')).slice(2);
    expect(denial).toMatchObject({ type: 'countersign.action.denied', data: { reasons: [{ rule: 'budget.workflow', code: 'budget.rate.exceeded', message: 'actions a minute of the workflow: 2 of 2, and this takes 1' }] } });
    later(desk, seconds(59));
    expect(inShort(desk.propose(desk.open('four'), 'refund'))).toEqual(['action.denied budget.rate.exceeded']);
    later(desk, seconds(2));
    expect(inShort(desk.propose(desk.open('five'), 'refund'))).toEqual(['action.allowed']);
  });

  it('is not used by what comes to nothing, nor twice by what is granted anew, and survives a snapshot', () => {
    const desk = new BudgetDesk({ budgets: { perMinute: 1 } });
    const one = desk.open('one');
    desk.propose(one, 'a');
    expect(inShort(desk.refuse(one, 'a'))).toEqual(['budget.settled', 'action.allowed']);
    expect(desk.folded.spending.get(KEY)?.granted).toEqual(desk.state.spending.get(KEY)?.granted);
    desk.state = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(desk.state))));
    expect(inShort(desk.propose(desk.open('two'), 'a'))).toEqual(['action.denied budget.rate.exceeded']);
    desk.refuse(one, 'a', 'hash.mismatch');
    expect(inShort(desk.propose(desk.open('three'), 'a'))).toEqual(['action.allowed']);
  });
});

describe('a run', () => {
  it.each([
    ['usd', { usd: microUsd(3_000) }],
    ['tool-calls', { toolCalls: 1 }],
    ['writes', { writes: 1 }],
    ['records', { records: 1 }],
    ['retries', { retries: 3 }],
    ['steps', { steps: 1 }],
    ['rate', { perMinute: 1 }],
  ] as const)('has at most so much of %s', (limit, limits) => {
    const desk = new BudgetDesk({ budgets: run(limits) });
    const [one, two] = [desk.open('one'), desk.open('two')];
    expect(inShort(desk.propose(one, 'a'))).toEqual(['action.allowed']);
    expect(inShort(desk.propose(two, 'a'))).toEqual(['action.allowed']);
    desk.verify(one, 'a', { calls: 3, errors: 2 });
    expect(inShort(desk.propose(one, 'b'))).toEqual(['budget.exhausted', `action.denied budget.${limit}.exceeded`]);
  });

  it('has its time, and its rate a minute', () => {
    const desk = new BudgetDesk({ budgets: run({ wallClock: minutes(5), perMinute: 1 }) });
    const one = desk.open('one');
    desk.propose(one, 'a');
    desk.verify(one, 'a');
    later(desk, seconds(59));
    expect(inShort(desk.propose(one, 'b'))).toEqual(['budget.exhausted', 'action.denied budget.rate.exceeded']);
    later(desk, seconds(2));
    expect(inShort(desk.propose(one, 'c'))).toEqual(['action.allowed']);
    desk.verify(one, 'c');
    later(desk, minutes(5));
    expect(inShort(desk.propose(one, 'd'))).toEqual(['budget.exhausted', 'action.denied budget.wall-clock.exceeded']);
  });

  it('takes nothing with it when it is closed, and its grants are settled all the same', () => {
    const desk = new BudgetDesk();
    const one = desk.open('one');
    desk.propose(one, 'a');
    desk.close(one);
    desk.verify(one, 'a');
    expect(desk.state.contexts.size).toBe(0);
    expect(tallyOf(desk)).toEqual({ used: 2_000, reserved: 0 });
  });
});

describe('over a budget', () => {
  const twelve = run({ toolCalls: 1 });

  it('people are asked, and their yes lets exactly this action go over', () => {
    const desk = new BudgetDesk({ budgets: twelve, fallbacks: { onBudgetExceeded: 'escalate', escalateTo: ['finance'] } });
    const one = desk.open('one');
    desk.propose(one, 'a');
    desk.verify(one, 'a');
    expect(inShort(desk.propose(one, 'b'))).toEqual(['budget.exhausted', 'approval.required budget.tool-calls.exceeded']);
    expect(desk.ask(one, 'b')).toMatchObject({ tier: 2, quorum: 1, roles: ['finance'], over: ['tool-calls'] });
    expect(tallyOf(desk)).toEqual({ used: 2_000, reserved: 0 });
    const { approval } = desk.ask(one, 'b');
    expect(desk.approve(one, 'b')).toMatchObject([{ type: 'countersign.action.allowed', data: { votes: [], extension: { approval, votes: [{}], over: ['tool-calls'], by: { toolCalls: 1, microUsd: 0 } } } }]);
    desk.verify(one, 'b');
    expect(inShort(desk.propose(one, 'c'))).toEqual(['approval.required budget.tool-calls.exceeded']);
  });

  it('the yes of people is worth what its votes are: without them they are asked again', () => {
    const desk = new BudgetDesk({ budgets: run({ usd: microUsd(0) }), fallbacks: { onBudgetExceeded: 'escalate' } });
    const one = desk.open('one');
    desk.propose(one, 'a');
    const granted = desk.approve(one, 'a');
    expect(inShort(granted)).toEqual(['action.allowed']);
    desk.fail(one, 'a');
    // What was not used of it is not left for others.
    expect(desk.state.contexts.get(one)?.spending.extended.microUsd).toBe(0);
    expect(inShort(desk.propose(one, 'b'))).toEqual(['approval.required budget.usd.exceeded']);
  });

  it('a yes never passes the day', () => {
    const desk = new BudgetDesk({ budgets: { ...run({ usd: microUsd(0) }), day: { usd: microUsd(2_000) } }, fallbacks: { onBudgetExceeded: 'escalate' } });
    const [one, two] = [desk.open('one'), desk.open('two')];
    desk.propose(one, 'a');
    desk.propose(two, 'a');
    desk.approve(one, 'a');
    expect(inShort(desk.approve(two, 'a'))).toEqual(['budget.exhausted', 'action.denied budget.usd.exceeded']);
  });

  it('rules are asked first, and both answers are in the grant', () => {
    const desk = new BudgetDesk({ budgets: run({ usd: microUsd(0) }), fallbacks: { onBudgetExceeded: 'escalate' } });
    const one = desk.open('one');
    desk.verdict = { effect: 'ask', reasons: [{ rule: 'large', code: 'rule.asks', message: 'large' }], tier: 3, quorum: 1, roles: ['finance'], within: hours(1) };
    expect(inShort(desk.propose(one, 'a'))).toEqual(['approval.required rule.asks']);
    const risk = desk.ask(one, 'a');
    expect(risk.over).toBeUndefined();
    desk.verdict = { effect: 'allow', rules: [] };
    expect(inShort(desk.approve(one, 'a'))).toEqual(['budget.exhausted', 'approval.required budget.usd.exceeded']);
    const more = desk.ask(one, 'a');
    expect(more.approved).toMatchObject({ approval: risk.approval, tier: 3, votes: [{ value: `yes to ${risk.approval}` }] });
    expect(desk.approve(one, 'a')).toMatchObject([{ data: { approval: risk.approval, tier: 3, votes: [{ value: `yes to ${risk.approval}` }], extension: { approval: more.approval, votes: [{ value: `yes to ${more.approval}` }] } } }]);
    // Both are still there when it is granted anew.
    expect(desk.refuse(one, 'a')).toMatchObject([{ type: 'countersign.budget.settled' }, { data: { approval: risk.approval, extension: { approval: more.approval, by: { microUsd: 2_000 } } } }]);
  });

  it('nobody is asked about a risk whose action could not be paid', () => {
    const desk = new BudgetDesk({ budgets: run({ usd: microUsd(0) }) });
    desk.verdict = { effect: 'ask', reasons: [], tier: 2, quorum: 1, roles: [], within: hours(1) };
    expect(inShort(desk.propose(desk.open('one'), 'a'))).toEqual(['budget.exhausted', 'action.denied budget.usd.exceeded']);
  });

  it('whom the run acts for is asked to confirm, if that is a person who can sign', () => {
    const desk = new BudgetDesk({ budgets: run({ usd: microUsd(0) }), fallbacks: { onBudgetExceeded: 'ask_user_to_confirm', escalateTo: ['finance'] } });
    const one = desk.open('one', ADA);
    desk.propose(one, 'a');
    expect(desk.ask(one, 'a')).toMatchObject({ confirmation: true, tier: 1, quorum: 1, roles: [], sub: ADA });
    expect(desk.approve(one, 'a')).toMatchObject([{ data: { extension: { confirmation: true } } }]);
    const two = desk.open('two');
    desk.propose(two, 'a');
    expect(desk.ask(two, 'a').confirmation).toBeUndefined();
    expect(desk.ask(two, 'a').roles).toEqual(['finance']);
  });

  it('silence stops the run, and nothing was reserved meanwhile', () => {
    const desk = new BudgetDesk({ budgets: run({ usd: microUsd(0) }), fallbacks: { onBudgetExceeded: 'ask_user_to_confirm' } });
    const one = desk.open('one');
    desk.propose(one, 'a');
    expect(tallyOf(desk)).toEqual({ used: 0, reserved: 0 });
    expect(desk.expire(one, 'a')).toMatchObject([{ type: 'countersign.decision.lapsed', data: { reason: 'expired' } }]);
  });

  it('a run reads on and writes no more, where its contract says so', () => {
    const free = costing(GET_CHARGE, 0);
    const cheap = { ...costing(REFUND, 1), id: 'payments.cheap' };
    const desk = new BudgetDesk({ tools: [free, REFUND, cheap], budgets: run({ usd: microUsd(1_000) }), fallbacks: { onBudgetExceeded: 'degrade_to_read_only' } });
    const [one, two] = [desk.open('one'), desk.open('two')];
    expect(inShort(desk.propose(one, 'a'))).toEqual(['budget.exhausted', 'workflow.degraded', 'action.denied budget.usd.exceeded']);
    expect(inShort(desk.propose(one, 'b', cheap))).toEqual(['action.denied workflow.degraded']);
    expect(inShort(desk.propose(one, 'c', free))).toEqual(['action.allowed']);
    expect(inShort(desk.propose(two, 'a', cheap))).toEqual(['action.allowed']);
  });

  it('a workflow reads on until the day is over', () => {
    const cheap = { ...costing(REFUND, 1), id: 'payments.cheap' };
    const desk = new BudgetDesk({ tools: [GET_CHARGE, REFUND, cheap], budgets: { day: { usd: microUsd(2_001) } }, fallbacks: { onBudgetExceeded: 'degrade_to_read_only' } });
    desk.propose(desk.open('one'), 'a');
    expect(inShort(desk.propose(desk.open('two'), 'a'))).toEqual(['budget.exhausted', 'workflow.degraded', 'action.denied budget.usd.exceeded']);
    expect(inShort(desk.propose(desk.open('three'), 'a', cheap))).toEqual(['action.denied workflow.degraded']);
    later(desk, days(1));
    expect(inShort(desk.propose(desk.open('four'), 'a', cheap))).toEqual(['action.allowed']);
  });
});

describe('the same call', () => {
  const ARGS = { charge: 'ch_1', amount_cents: 5 };

  it('with the same arguments more often than the contract says goes to a person, whatever it says of budgets', () => {
    const desk = new BudgetDesk({ budgets: { repeats: 2 }, fallbacks: { onBudgetExceeded: 'stop' } });
    const one = desk.open('one');
    for (const step of ['a', 'b']) {
      expect(inShort(desk.propose(one, step, REFUND, ARGS))).toEqual(['action.allowed']);
      desk.verify(one, step);
    }
    expect(inShort(desk.propose(one, 'c', REFUND, ARGS))).toEqual(['approval.required repeat.exceeded']);
    expect(inShort(desk.propose(one, 'd', REFUND, { ...ARGS, amount_cents: 6 }))).toEqual(['action.allowed']);
    desk.verify(one, 'd');
    expect(desk.approve(one, 'c')).toMatchObject([{ data: { extension: { over: ['repeats'] } } }]);
    desk.verify(one, 'c');
    expect(inShort(desk.propose(one, 'e', REFUND, ARGS))).toEqual(['approval.required repeat.exceeded']);
    expect(inShort(desk.propose(desk.open('two'), 'a', REFUND, ARGS))).toEqual(['action.allowed']);
  });

  it('is the same call when it is granted anew', () => {
    const desk = new BudgetDesk({ budgets: { repeats: 1 } });
    const one = desk.open('one');
    desk.propose(one, 'a', REFUND, ARGS);
    expect(inShort(desk.refuse(one, 'a'))).toEqual(['budget.settled', 'action.allowed']);
    expect(inShort(desk.refuse(one, 'a'))).toEqual(['budget.settled', 'action.allowed']);
  });
});

describe('a tool that fails too often', () => {
  const share = (action: 'degrade_to_read_only' | 'escalate' | 'stop' | 'safe' = 'degrade_to_read_only'): BudgetOptions => ({ fallbacks: { onToolErrorRateGt: 0.05, action } });
  /** Twenty calls, so many of which the tool fails. */
  const twenty = (desk: BudgetDesk, errors: number, before = ''): readonly string[] =>
    Array.from({ length: 20 }, (_, index) => {
      const each = desk.open(`${before}${index}`);
      desk.propose(each, 'charge', GET_CHARGE);
      return inShort(index < 20 - errors ? desk.verify(each, 'charge') : desk.fail(each, 'charge'));
    }).flat();

  it('holds the workflow to reading until a person restores it', () => {
    const desk = new BudgetDesk(share());
    expect(twenty(desk, 2).slice(-2)).toEqual(['budget.settled', 'workflow.degraded']);
    expect(inShort(desk.propose(desk.open('one'), 'a'))).toEqual(['action.denied workflow.degraded']);
    expect(inShort(desk.propose(desk.open('one'), 'b', GET_CHARGE))).toEqual(['action.allowed']);
    later(desk, days(1));
    expect(inShort(desk.propose(desk.open('two'), 'a'))).toEqual(['action.denied workflow.degraded']);
    // One operator may stop alone, and not let go on alone.
    desk.controls = stopping(desk.controls, 'countersign.mode.changed', { scope: 'workflow', value: KEY, mode: 'normal' });
    expect(inShort(desk.propose(desk.open('alone'), 'a'))).toEqual(['action.denied workflow.degraded']);
    desk.controls = stopping(desk.controls, 'countersign.mode.changed', { scope: 'workflow', value: KEY, mode: 'read-only' });
    desk.controls = stopping(desk.controls, 'countersign.mode.changed', { scope: 'workflow', value: KEY, mode: 'normal', lifts: desk.controls.epoch });
    expect(inShort(desk.propose(desk.open('three'), 'a'))).toEqual(['action.allowed']);
    // What has failed before does not count again.
    expect(twenty(desk, 1, 'again-')).not.toContain('workflow.degraded');
    expect(twenty(desk, 20, 'bad-')).toContain('workflow.degraded');
  });

  it.each([
    ['one in twenty, which is no more than five in a hundred', 20, 1],
    ['too few to say', 19, 19],
  ] as const)('is not: %s', (_, calls, errors) => {
    const desk = new BudgetDesk(share());
    const each = desk.open('one');
    desk.propose(each, 'charge', GET_CHARGE);
    expect(inShort(desk.fail(each, 'charge', { calls, errors }))).toEqual(['budget.settled']);
  });

  it('is judged by the last five minutes', () => {
    const desk = new BudgetDesk(share());
    const [one, two] = [desk.open('one'), desk.open('two')];
    desk.propose(one, 'charge', GET_CHARGE);
    desk.fail(one, 'charge', { calls: 19, errors: 19 });
    later(desk, minutes(5) + seconds(15));
    desk.propose(two, 'charge', GET_CHARGE);
    expect(inShort(desk.fail(two, 'charge'))).toEqual(['budget.settled']);
  });

  it('makes people be asked about each write, or stops everything, where the contract says so', () => {
    const asking = new BudgetDesk(share('escalate'));
    twenty(asking, 20);
    const one = asking.open('one');
    expect(inShort(asking.propose(one, 'a'))).toEqual(['approval.required workflow.degraded']);
    expect(inShort(asking.approve(one, 'a'))).toEqual(['action.allowed']);
    const stopped = new BudgetDesk(share('stop'));
    twenty(stopped, 20);
    expect(inShort(stopped.propose(stopped.open('one'), 'a', GET_CHARGE))).toEqual(['action.denied workflow.degraded']);
  });

  describe('where the contract says `safe`', () => {
    const safe = (): BudgetDesk => {
      const desk = new BudgetDesk(share('safe'));
      expect(twenty(desk, 20).at(-1)).toBe('workflow.degraded');
      return desk;
    };
    const setMode = (desk: BudgetDesk, mode: 'normal' | 'read-only' | 'safe', more: object = {}): void => void (desk.controls = stopping(desk.controls, 'countersign.mode.changed', { scope: 'workflow', value: KEY, mode, ...more }, desk.now));
    const restore = (desk: BudgetDesk, more: object = {}): void => {
      setMode(desk, 'safe');
      setMode(desk, 'normal', { lifts: desk.controls.epoch, ...more });
    };

    it('has everything of the workflow wait until people restore it, and decides it then', () => {
      const desk = safe();
      const one = desk.open('one');
      expect(desk.propose(one, 'a')).toMatchObject([{ type: 'countersign.decision.deferred', data: { until: 'stop', stop: { scope: 'workflow', value: KEY }, effect: 'write' } }]);
      expect(inShort(desk.propose(one, 'b', GET_CHARGE))).toEqual(['decision.deferred']);
      later(desk, days(1));
      expect(desk.due()).toEqual([]);
      restore(desk);
      expect(inShort(desk.due())).toEqual(['action.allowed', 'action.allowed']);
      expect(desk.due()).toEqual([]);
    });

    it('waits on through a mode that would let its reads go, and through a snapshot', () => {
      const desk = safe();
      const one = desk.open('one');
      desk.propose(one, 'a');
      desk.propose(one, 'b', GET_CHARGE);
      setMode(desk, 'read-only');
      // The read is looked at once more, and waits as before.
      expect(inShort(desk.due())).toEqual(['decision.deferred']);
      expect(desk.due()).toEqual([]);
      desk.state = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(desk.state))));
      expect(desk.due()).toEqual([]);
      setMode(desk, 'normal', { lifts: desk.controls.epoch });
      expect(inShort(desk.due()).toSorted()).toEqual(['action.allowed', 'action.allowed']);
    });

    it('lets what has waited go at the pace of who restores it, and drops what is too old', () => {
      const desk = safe();
      desk.propose(desk.open('old'), 'a');
      later(desk, hours(2));
      for (const task of ['one', 'two']) desk.propose(desk.open(task), 'a');
      restore(desk, { everyMs: seconds(10), maxAgeMs: hours(1) });
      expect(inShort(desk.due())).toEqual(['action.denied stopped.too-old']);
      later(desk, seconds(10));
      expect(inShort(desk.due())).toEqual(['action.allowed']);
      later(desk, seconds(10));
      expect(inShort(desk.due())).toEqual(['action.allowed']);
    });

    it('can come again, and no resume of before lets go what waits then', () => {
      const desk = safe();
      restore(desk);
      expect(twenty(desk, 20, 'again-').at(-1)).toBe('workflow.degraded');
      expect(inShort(desk.propose(desk.open('one'), 'a', GET_CHARGE))).toEqual(['decision.deferred']);
      expect(desk.due()).toEqual([]);
      restore(desk);
      expect(inShort(desk.due())).toEqual(['action.allowed']);
    });

    it('takes what people say meanwhile, and acts on it when it is restored', () => {
      const desk = new BudgetDesk(share('safe'));
      const one = desk.open('one');
      desk.verdict = { effect: 'ask', reasons: [], tier: 2, quorum: 1, roles: [], within: hours(48) };
      desk.propose(one, 'a');
      desk.verdict = ALLOW;
      twenty(desk, 20);
      expect(inShort(desk.approve(one, 'a'))).toEqual(['decision.deferred']);
      restore(desk);
      expect(desk.due()).toMatchObject([{ type: 'countersign.action.allowed', data: { quorum: 1 } }]);
    });
  });
});

describe('what was spent', () => {
  it('survives a snapshot', () => {
    const desk = new BudgetDesk({ budgets: run({ usd: microUsd(4_000), perMinute: 5 }), fallbacks: { onBudgetExceeded: 'degrade_to_read_only', onToolErrorRateGt: 0.5, action: 'stop' } });
    const one = desk.open('one');
    for (const step of ['a', 'b']) desk.propose(one, step);
    desk.verify(one, 'a');
    desk.due();
    desk.verify(one, 'b', { calls: 30, errors: 29 });
    desk.propose(one, 'c');
    const frozen = freezeDecisions(desk.state);
    expect(freezeDecisions(thawDecisions(JSON.parse(JSON.stringify(frozen))))).toEqual(frozen);
    expect(frozen.spending).toMatchObject([{ key: KEY, degraded: { to: 'stop', tool: 'payments.refund' } }]);
    expect(JSON.parse(JSON.stringify(frozen))).toEqual(frozen);
  });
});

