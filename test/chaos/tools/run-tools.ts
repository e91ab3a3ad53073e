import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '@countersign/stack';
import { workflowsFor } from '../configuration.ts';
import { readLog, untilQuiet } from '../evidence.ts';
import { GroupWatch } from '../group-watch.ts';
import { Injector } from '../injector.ts';
import type { Violation } from '../judge/record.ts';
import { armFaults, makeCharges, readPayments } from '../payments.ts';
import type { PaymentsFault } from '../schedule.ts';
import { startChaosStack, type ChaosStack } from '../stack.ts';
import { Timeline, type Moment } from '../timeline.ts';
import { Upstream } from '../upstream.ts';
import { BoardFiles } from './board-files.ts';
import { connectBoard, writeToolConfiguration } from './configuration.ts';
import { judgeTools } from './judge.ts';
import { toolSchedules, type Strike, type ToolSchedule, type Trouble } from './schedule.ts';
import { toolTaskOf, type ToolTask } from './tool-task.ts';

export interface ToolStormOptions {
  readonly seed: number;
  readonly schedules: number;
  readonly dir: string;
}

export interface ToolStormResult {
  readonly seed: number;
  readonly schedules: number;
  /** Runs by how they ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly freezes: number;
  /** Calls that the board got; those of the payments service are not counted. */
  readonly boardCalls: number;
  readonly violations: readonly Violation[];
}

/** At a time, so that a strike meets several of them. */
const WAVE = 10;
const CHARGE_CENTS = 50_000;
const EXECUTORS = ['executor-1', 'executor-2'] as const;
/** A freeze that another owner takes over in, and that ends. */
const BEYOND_MS = 1_000;
/** A call that a schedule strikes in may never come: the one before was answered. */
const CALL_PATIENCE_MS = 20_000;
const LOOK_MS = 10;
/** Within the deadline of a refund (5 s), and beyond it. */
const SLOW_MS = 1_500;
const LATE_MS = 6_500;

const FAULTS: Readonly<Record<Exclude<Trouble, 'dies-before' | 'dies-after'>, Pick<PaymentsFault, 'kind' | 'ms' | 'when'>>> = {
  slow: { kind: 'slow', ms: SLOW_MS, when: 'before' },
  late: { kind: 'slow', ms: LATE_MS, when: 'before' },
  'hangs-before': { kind: 'hang', when: 'before' },
  'hangs-after': { kind: 'hang', when: 'after' },
  'errs-before': { kind: 'error-before-commit' },
  'errs-after': { kind: 'error-after-commit' },
};

const faultsOf = ({ schedule, target }: ToolTask): PaymentsFault[] =>
  schedule.troubles.flatMap((trouble) => (trouble === 'dies-before' || trouble === 'dies-after' ? [] : [{ ...FAULTS[trouble], method: 'POST' as const, path: `/charges/${target}/refunds`, every: 1, times: 1 }]));

interface Storm {
  readonly stack: ChaosStack;
  readonly board: BoardFiles;
  readonly injector: Injector;
}

const strikeIn = async ({ schedule, target }: ToolTask, storm: Storm): Promise<void> => {
  const { strike } = schedule;
  if (!strike) return;
  const victim = schedule.system === 'payments' ? EXECUTORS[schedule.number % EXECUTORS.length] : await callerOf(target, strike, storm);
  if (victim === undefined) return;
  await sleep(strike.afterMs);
  if (strike.kind === 'kill') await storm.injector.kill(victim);
  else storm.injector.start({ kind: 'freeze', part: victim, beyondMs: BEYOND_MS });
};

/** Who made a call of the board, once it is under way; nobody where that executor is gone, or the call never comes. */
const callerOf = async (ticket: string, { call }: Strike, { board, stack }: Storm): Promise<string | undefined> => {
  for (const end = performance.now() + CALL_PATIENCE_MS; performance.now() < end; await sleep(LOOK_MS)) {
    const made = board.calls(ticket)[call - 1];
    if (made) return EXECUTORS.find((part) => isAlive(stack.process(part), made.startedBy));
  }
  return undefined;
};

const isAlive = (part: ProcessIdentity | undefined, pid: number): boolean => part?.pid === pid && isRunning(part);

const tasksOf = async (schedules: readonly ToolSchedule[], stack: ChaosStack): Promise<ToolTask[]> => {
  const lanes = workflowsFor(stack.partitions);
  const charges = await makeCharges(stack.payments, schedules.filter(({ system }) => system === 'payments').length, CHARGE_CENTS);
  return schedules.map((schedule) => toolTaskOf(schedule, schedule.system === 'payments' ? (charges.pop() ?? '') : `ticket-${schedule.number}`, lanes[schedule.number % lanes.length] ?? ''));
};

const experiment = async ({ dir, seed, schedules }: ToolStormOptions, boardDir: string, stack: ChaosStack, closers: (() => Promise<void>)[], onMoment: (moment: Moment) => void): Promise<ToolStormResult> => {
  const board = new BoardFiles(boardDir);
  await stack.apply(writeToolConfiguration(join(dir, 'config'), workflowsFor(stack.partitions)));
  const upstream = new Upstream(stack);
  const groups = new GroupWatch(stack);
  closers.push(() => upstream.close(), () => groups.close());
  await Promise.all([upstream.start(), groups.start()]);
  const tasks = await tasksOf(toolSchedules(seed, schedules), stack);
  board.arm(new Map(tasks.map(({ target, schedule }) => [target, schedule.troubles])));
  let sent = 0;
  const timeline = new Timeline(() => ({ sent, finished: upstream.finished }), onMoment);
  const injector = new Injector(stack, groups, timeline);
  const storm = { stack, board, injector };
  timeline.begin();
  for (let first = 0; first < tasks.length; first += WAVE) {
    const wave = tasks.slice(first, first + WAVE);
    await armFaults(stack.payments, wave.filter(({ schedule }) => schedule.system === 'payments').flatMap(faultsOf));
    await upstream.send(wave, { rate: WAVE, inFlight: WAVE, onSent: (count) => (sent = first + count) });
    await Promise.all([upstream.untilFinished(wave), ...wave.map((task) => strikeIn(task, storm))]);
    timeline.note(`${first + wave.length} of ${tasks.length} schedules are over`);
  }
  await injector.finish();
  await untilQuiet(stack);
  const log = await readLog(stack);
  const refunds = groupSizes((await readPayments(stack.databaseUrl('refund_desk'))).refunds.map(({ charge_id: charge }) => charge));
  const notes = groupSizes(board.notes().map(({ ticket }) => ticket));
  const { outcomes, violations } = judgeTools(log.facts, tasks, ({ target, schedule }) => (schedule.system === 'payments' ? refunds : notes).get(target) ?? 0);
  const boardCalls = tasks.reduce((sum, { target }) => sum + board.calls(target).length, 0);
  return { seed, schedules, outcomes, kills: injector.done.kills, freezes: injector.done.freezes, boardCalls, violations: [...injector.violations, ...log.violations, ...violations] };
};

const groupSizes = (names: readonly string[]): ReadonlyMap<string, number> => new Map([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));

/** Actions on the payments service and on an MCP server, each with its own troubles, while executors are killed and frozen in the middle of a call. The folder stays. */
export const runToolStorm = async (options: ToolStormOptions, onMoment: (moment: Moment) => void = () => undefined): Promise<ToolStormResult> => {
  const closers: (() => Promise<void>)[] = [];
  const boardDir = join(options.dir, 'board');
  try {
    connectBoard(options.dir, boardDir);
    const stack = await startChaosStack(options.dir, () => undefined, ['executor']);
    closers.push(() => stack.down());
    return await experiment(options, boardDir, stack, closers, onMoment);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
};
