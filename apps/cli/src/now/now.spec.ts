import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '@countersign/bus/client';
import { hours, minutes, seconds, timestamp, type Instant, type Principal } from '@countersign/kernel';
import type { FoundLetter } from '../dlq/letters.js';
import type { Attention } from '../ledger/shapes.js';
import { approval, listed, NOW, RUN, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { openScreen } from '../terminal/screen.js';
import { widthOf } from '../terminal/width.js';
import { itemsOf } from './items.js';
import { LedgerSide } from './ledger-side.js';
import { nowLines, nowObject, type NowView } from './now-text.js';
import type { Situation } from './situation.js';
import { SpendMeter, spendOf, type Spend } from './spend.js';

const ago = (time: number): string => timestamp((NOW - time) as Instant);
const ahead = (time: number): string => ago(-time);
const PLACE = { tenant: 'acme', workflow: 'refund-desk' };

const QUIET: Attention = { at: ago(seconds(1)), positions: [], stuck: [], approvals: [], approvalsOpen: 0, escalations: [], doubtful: [], breakers: [] };

const BUSY: Attention = {
  ...QUIET,
  stuck: [{ run: listed(), waits: [{ for: 'executor', step: 'refund', message: 'the executor to begin', since: ago(minutes(7)) }] }],
  approvals: [
    approval({ id: 'LateLateLate', requestedAt: ago(hours(3.5)), deadline: ahead(hours(0.5)) }),
    approval({ id: 'FreshFresh', requestedAt: ago(minutes(5)), deadline: ahead(hours(4)) }),
    approval({ id: 'EscalatedOne', requestedAt: ago(minutes(30)), deadline: ahead(hours(3)), escalatedAt: ago(minutes(1)) }),
  ],
  approvalsOpen: 3,
  escalations: [{ id: 'escalation', run: RUN, ...PLACE, step: 'refund', reason: 'effect.diverged', message: '/amount_cents differs', choices: ['accept', 'stop'], otherwise: 'unverified', status: 'open', role: 'finance', since: ago(hours(3)), deadline: ahead(hours(1)) }],
  doubtful: [
    { run: 'run-ZzYyXxWwVvUuTtSsRrQqPp', ...PLACE, step: 'refund', tool: 'payments.refund', is: 'unknown', code: 'TOOL_TIMEOUT', at: ago(minutes(3)), open: false },
    { run: RUN, ...PLACE, step: 'refund', tool: 'payments.refund', is: 'diverged', at: ago(hours(3)), open: true },
  ],
  breakers: [{ tenant: 'acme', tool: 'payments.refund', partition: 2, since: ago(minutes(4)), until: ahead(seconds(20)) }],
};

const letter = (offset: number, code: string): FoundLetter =>
  ({ id: `policy/${offset}`, service: 'policy', at: ago(minutes(offset)), code, message: 'not signed by anybody', topic: 'proposals', partition: 0, offset, redriven: false, record: {} as LogRecord }) as FoundLetter;

const spend = (change: Partial<Spend> = {}): Spend => ({ ...PLACE, period: '2026-01-02', amount: 'microUsd', spent: 900_000, cap: 1_000_000, lastHour: 200_000, is: 'nearly', reachedAt: (NOW + minutes(30)) as Instant, ...change });

const situation = (change: Partial<Situation> = {}): Situation => ({ attention: QUIET, ledger: { is: 'current' }, letters: [], spend: [], held: [], stops: [], ...change });
const BUSY_NOW = situation({ attention: BUSY, letters: [letter(3, 'SIGNATURE_MISSING'), letter(5, 'SIGNATURE_MISSING'), letter(8, 'EVENT_INVALID')], spend: [spend()], held: [{ ...PLACE, tool: 'crm.export' }] });

const view = (change: Partial<NowView> = {}): NowView => ({ ...viewOf(), ...change });

describe('what needs somebody', () => {
  it('stands in order of urgency, and each line ends with what to type', () => {
    const [, , , ...lines] = nowLines(BUSY_NOW, view());
    expect(lines.slice(0, 10).join('\n')).toMatchInlineSnapshot(`
      "outcome unknown      3m      acme/refund-desk  payments.refund, step refund of run-ZzYyXxWw: TOOL_TIMEOUT         countersign why run-ZzYyXxWw
      escalation           in 1h   acme/refund-desk  finance: effect.diverged, /amount_cents differs                    countersign escalations show escalati
      approval late        in 30m  acme/refund-desk  payments.refund for finance, 0 of 1                                countersign approvals show LateLate
      approval escalated   in 3h   acme/refund-desk  payments.refund for finance, 0 of 1                                countersign approvals show Escalate
      budget nearly spent  in 30m  acme/refund-desk  usd of 2026-01-02: 0.90 of 1.00, 0.20 in the last hour             countersign budgets -t acme -w refund-desk
      held to less         -       acme/refund-desk  crm.export failed too often                                        countersign budgets -t acme -w refund-desk
      breaker open         in 20s  acme              payments.refund failed too often in partition 2; no call goes out  countersign tail --type action.failed --from 6m
      run stuck            7m      acme/refund-desk  run-AbCdEfGh waits for the executor to begin (refund)              countersign why run-AbCdEfGh
      dead letter          8m      policy            EVENT_INVALID: not signed by anybody                               countersign dlq show policy/8
      2 dead letters       3m      policy            SIGNATURE_MISSING: not signed by anybody                           countersign dlq list --service policy"
    `);
  });

  it('is named once: an effect that somebody is asked about is the line of who is asked', () => {
    expect(itemsOf(BUSY_NOW, NOW).filter(({ kind }) => kind === 'effect').map(({ command }) => command)).toEqual(['why run-ZzYyXxWw']);
  });

  it('names what people have stopped: it is not quiet where something is forgotten', () => {
    const by = 'spiffe://countersign.local/human/admin' as Principal;
    const stops = [
      { scope: 'tool', value: 'payments.refund', epoch: 4, at: (NOW - minutes(9)) as Instant, by, reason: 'refunds look wrong', stands: true },
      { scope: 'tenant', value: 'acme', epoch: 5, at: (NOW - minutes(2)) as Instant, by, reason: 'a drill', mode: 'safe' },
    ] as const;
    const [head, ...lines] = nowLines(situation({ stops }), view());
    expect(head).toContain('2 to look at');
    expect(lines.join('\n')).toMatch(/killed +9m +tool:payments\.refund +admin: refunds look wrong +countersign resume tool:payments\.refund[^]*mode safe +2m +tenant:acme +admin: a drill +countersign resume tenant:acme/);
  });

  it('names an archive that is away, and logs of it that stand still, one line for each code', () => {
    const trouble = (code: string, partition: number, since: number) => ({ code, topic: 'ballots', partition, message: 'the store says so', since: ago(since) });
    const [head, ...lines] = nowLines(situation({ attention: { ...QUIET, archive: [trouble('ARCHIVE_UNREACHABLE', 0, minutes(2)), trouble('ARCHIVE_FORKED', 1, minutes(3)), trouble('ARCHIVE_FORKED', 2, minutes(5))] } }), view());
    expect(head).not.toContain('quiet');
    expect(lines.join('\n')).toMatch(/2 logs stand still +5m +ballots\/2 +ARCHIVE_FORKED: the store says so +countersign ledger verify[^]*archive away +2m +ballots\/0 +ARCHIVE_UNREACHABLE: the store says so +countersign ledger verify/);
    expect(nowLines(situation({ attention: { ...QUIET, archive: [] } }), view())[0]).toContain('all quiet');
  });

  it('does not name an approval that is in time, but counts it', () => {
    const text = nowLines(BUSY_NOW, view()).join('\n');
    expect(text).not.toContain('FreshFre');
    expect(text).toContain('1 approval waits, none of them late  countersign approvals list');
  });

  it('says all quiet only where all is known, and when that was', () => {
    expect(nowLines(situation(), view())[0]).toMatch(/^now {2}all quiet {2}updated \d\d:\d\d:\d\d, 1s ago$|^now {2}all quiet {2}updated \d\d:\d\d:\d\d, now$/);
    expect(nowObject(situation(), NOW, view().command)).toMatchObject({ current: true, items: [], updatedAt: QUIET.at });
    for (const change of [
      { ledger: { is: 'silent', since: (NOW - minutes(2)) as Instant, message: 'no answer' } },
      { ledger: { is: 'behind', records: 12, since: (NOW - minutes(2)) as Instant } },
      { kafkaSilentSince: (NOW - minutes(2)) as Instant },
    ] as const) {
      const [head, warning] = nowLines(situation(change), view());
      expect(head).not.toContain('quiet');
      expect(warning).toContain('for 2m');
      expect(nowObject(situation(change), NOW, view().command)).toMatchObject({ current: false });
    }
    const { attention: _none, ...unknown } = situation({ ledger: { is: 'silent', since: NOW, message: 'no answer' } });
    expect(nowLines(unknown, view()).join('\n')).toMatch(/updated never[^]*nothing of it is known yet/);
  });

  it('makes texts of strangers harmless', () => {
    const strange = situation({ attention: { ...QUIET, escalations: BUSY.escalations.map((one) => ({ ...one, message: 'pay\u001b[2Jme\nnow' })) } });
    expect(nowLines(strange, view()).join('\n')).not.toContain('\u001b');
  });

  it.each([60, 80, 100, 120, 200])('fits a terminal of %i columns, and never cuts what is to be typed', (width) => {
    const lines = nowLines(BUSY_NOW, view({ width }));
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    for (const { command } of itemsOf(BUSY_NOW, NOW)) expect(lines.some((line) => line.endsWith(`countersign ${command}`))).toBe(true);
  });

  it.each([8, 12, 16])('fits a terminal of %i lines, keeps the most urgent and says what is left out', (height) => {
    const lines = nowLines(BUSY_NOW, view({ width: 120, height, live: true }));
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(lines.join('\n')).toMatch(/outcome unknown[^]*… \d+ more: countersign now --once/);
  });

  it.each([1, 2, 4])('is never longer than a terminal of %i lines', (height) => {
    expect(nowLines(BUSY_NOW, view({ width: 120, height, live: true })).length).toBeLessThanOrEqual(height);
  });
});

describe('how fast a budget goes', () => {
  const row = { ...PLACE, period: '2026-01-02', amount: 'microUsd' as const, used: 500, reserved: 100, cap: 1_000 };
  const periods = (at: Instant) => ({ day: timestamp(at).slice(0, 10), month: timestamp(at).slice(0, 7) });

  it('is what was used in the last hour, and says when the cap is reached where that is before the period ends', () => {
    expect(spendOf(row, 200, NOW, periods)).toMatchObject({ spent: 600, is: 'too-fast', reachedAt: NOW + hours(2) });
    expect(spendOf(row, 1, NOW, periods)).toMatchObject({ is: 'fine' });
    expect(spendOf(row, 1, NOW, periods)?.reachedAt).toBeUndefined();
  });

  it('matters whatever the rate once a cap is nearly spent, and there is none without a cap or after its period', () => {
    expect(spendOf({ ...row, used: 700 }, 0, NOW, periods)).toMatchObject({ is: 'nearly' });
    expect(spendOf({ ...row, used: 900 }, 0, NOW, periods)).toMatchObject({ is: 'spent' });
    const { cap: _none, ...without } = row;
    expect(spendOf(without, 5, NOW, periods)).toBeUndefined();
    expect(spendOf({ ...row, period: '2025-12-31' }, 5, NOW, periods)).toBeUndefined();
  });

  it('is the difference between what was used now and an hour before, whenever it is asked', () => {
    const steps = fc.array(fc.record({ after: fc.nat(hours(2)), more: fc.nat(100) }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.nat(hours(3)), (given, later) => {
        const meter = new SpendMeter();
        let [at, used] = [NOW as number, 0];
        const history = given.map(({ after, more }) => {
          [at, used] = [at + after, used + more];
          meter.note('key', used, at as Instant);
          return { at, used };
        });
        const now = at + later;
        const before = history.findLast((one) => one.at <= now - hours(1))?.used ?? 0;
        expect(meter.inLastHour('key', now as Instant)).toBe(used - before);
      }),
    );
  });
});

describe('what the ledger says', () => {
  const at = (nextOffset: number): Attention => ({ ...QUIET, positions: [{ topic: 'proposals', partition: 0, nextOffset }] });
  const given = (answer: () => Promise<Attention>) => {
    const clock = { now: NOW as number };
    return { clock, side: new LedgerSide({ attention: answer }, undefined, () => clock.now as Instant) };
  };
  const ends = (offset: number): ReadonlyMap<string, number> => new Map([['proposals/0', offset]]);

  it('is asked where something has happened, and else every five seconds', async () => {
    let asked = 0;
    const { clock, side } = given(() => ((asked += 1), Promise.resolve(at(5))));
    await side.askIfDue(1, ends(5));
    await side.askIfDue(1, ends(5));
    expect(asked).toBe(1);
    await side.askIfDue(2, ends(5));
    expect(asked).toBe(2);
    clock.now += seconds(5);
    await side.askIfDue(2, ends(5));
    expect(asked).toBe(3);
  });

  it('is behind where it has not come to where the log ended three seconds ago, not where a busy log is always a little further', async () => {
    let read = 5;
    const { clock, side } = given(() => Promise.resolve(at(read)));
    for (let end = 7; end < 20; end += 1) {
      await side.askIfDue(end, ends(end));
      clock.now += seconds(1);
      read = end;
      expect(side.freshness()).toEqual({ is: 'current' });
    }
    for (let more = 0; more < 4; more += 1) {
      await side.askIfDue(100 + more, ends(30));
      clock.now += seconds(1);
    }
    expect(side.freshness()).toMatchObject({ is: 'behind', records: 11 });
    read = 30;
    await side.askIfDue(200, ends(30));
    expect(side.freshness()).toEqual({ is: 'current' });
  });

  it('that has read nothing at all is behind', async () => {
    const { side } = given(() => Promise.resolve(QUIET));
    await side.askIfDue(1, ends(3));
    expect(side.isAt(ends(3))).toBe(false);
  });

  it('is old where it gives no answer: at once where it refuses, after a while where it is silent; what it said before stays', async () => {
    let answer: () => Promise<Attention> = () => Promise.resolve(at(5));
    const { clock, side } = given(() => answer());
    await side.askIfDue(1, ends(5));
    answer = () => Promise.reject(new Error('gives no answer'));
    await side.askIfDue(2, ends(6));
    clock.now += minutes(1);
    await side.askIfDue(3, ends(6));
    expect(side.situation()).toMatchObject({ attention: { positions: [{ nextOffset: 5 }] }, ledger: { is: 'silent', since: NOW, message: 'gives no answer' } });
    answer = () => Promise.resolve(at(6));
    await side.askIfDue(4, ends(6));
    expect(side.freshness()).toEqual({ is: 'current' });
    answer = () => new Promise(() => undefined);
    void side.askIfDue(5, ends(6));
    clock.now += seconds(3);
    expect(side.freshness()).toMatchObject({ is: 'silent' });
  });
});

describe('a screen', () => {
  const opened = () => {
    const raw: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => (raw.push(on), stdin), isTTY: true as const });
    const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24 });
    return { screen: openScreen({ stdin: stdin as never, stdout: stdout as never }), raw, stdin, stdout, said: () => String(stdout.read() ?? '') };
  };

  it('gives the terminal back as it was, once, also where a fault ends the process', () => {
    const { screen, raw, said } = opened();
    expect(said()).toContain('\u001b[?1049h');
    (process as NodeJS.EventEmitter).emit('uncaughtExceptionMonitor', new Error('a fault'), 'uncaughtException');
    expect(said()).toBe('\u001b[?25h\u001b[?1049l');
    screen.close();
    screen.draw(['late']);
    expect([said(), raw]).toEqual(['', [true, false]]);
  });

  it('writes what has changed only, and all of it once the terminal has another size', () => {
    const { screen, stdout, said } = opened();
    said();
    screen.draw(['one', 'two']);
    expect(said()).toContain('one\u001b[K\r\ntwo\u001b[K\u001b[J');
    screen.draw(['one', 'two']);
    expect(said()).toBe('');
    let resized = 0;
    screen.onResize(() => (resized += 1));
    stdout.emit('resize');
    screen.draw(['one', 'two']);
    expect([resized, said().includes('two')]).toEqual([1, true]);
    screen.close();
  });

  it('hears what is typed', async () => {
    const { screen, stdin } = opened();
    const keys: string[] = [];
    screen.onKey((key) => keys.push(key));
    stdin.write('q');
    await sleep(0);
    expect(keys).toEqual(['q']);
    screen.close();
  });
});

it('colours only where colours are wanted', () => {
  const colored = nowLines(BUSY_NOW, view({ colors: picocolors.createColors(true) })).join('\n');
  expect(colored).toContain('\u001b[31m');
  expect(nowLines(BUSY_NOW, view()).join('\n')).not.toContain('\u001b');
});
