import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemClock, type MicroUsd } from '@countersign/kernel';
import { WORKSPACE_ROOT } from '@countersign/stack';
import type { ChaosTask } from '../chaos-task.ts';
import { untilQuiet } from '../evidence.ts';
import { GroupWatch } from '../group-watch.ts';
import { Injector } from '../injector.ts';
import { armFault, makeCharges, readPayments } from '../payments.ts';
import { startChaosStack, TENANT, type ChaosStack } from '../stack.ts';
import { Timeline } from '../timeline.ts';
import { Upstream } from '../upstream.ts';
import { STALLED_MS } from '../options.ts';
import { writeCapped } from './configuration.ts';
import { readOpenRuns } from './open-runs.ts';

export interface BudgetChaosOptions {
  readonly runs: number;
  /** Refunds that the cap of the day has room for; it is half a refund larger, so that it never comes out even. */
  readonly room: number;
  /** SIGKILLs, of policy and executor in turn. */
  readonly kills: number;
  readonly dir: string;
}

export interface BudgetChaosResult {
  /** Refunds that the outside world has seen. */
  readonly refunds: number;
  readonly finished: number;
  /** The most runs that were open at one moment. */
  readonly open: number;
  readonly kills: number;
  readonly cap: number;
  /** What an operator is shown when all is over. */
  readonly shown: { readonly used: number; readonly reserved: number; readonly cap?: number };
  readonly violations: readonly string[];
}

/** What a refund costs by `config/tools/payments.refund.yaml`. */
const COST = 2_000;
const WORKFLOW = 'lane-capped';
/** Tasks a second, while nothing is decided. */
const SENT_PER_S = 200;
/** Decisions a second once all of them press, and milliseconds between two kills: the one lasts as long as the other. */
const DECIDED_PER_S = 20;
const KILL_EVERY_MS = 2_000;
/** A refund that takes a while is one that a kill can find under way. */
const SLOW = { kind: 'slow', ms: 700, method: 'POST', path: '/charges/', every: 1, times: 1_000_000 } as const;
const VICTIMS = ['policy-1', 'executor-1', 'policy-2', 'executor-2'] as const;

const run = promisify(execFile);

/** As an operator would. */
const countersign = async (stack: ChaosStack, args: readonly string[]): Promise<string> => (await run(process.execPath, [join(WORKSPACE_ROOT, 'apps/cli/dist/main.js'), '--data', stack.dir, ...args])).stdout;

const shownBy = async (stack: ChaosStack): Promise<BudgetChaosResult['shown']> => {
  const stdout = await countersign(stack, ['budgets', '--workflow', WORKFLOW, '--json']);
  const { budgets } = JSON.parse(stdout) as { readonly budgets: readonly { readonly rows: readonly { readonly period: string; readonly amount: string; readonly used: number; readonly reserved: number; readonly cap?: number }[] }[] };
  const day = budgets[0]?.rows.find(({ period, amount }) => period.length === '2026-11-28'.length && amount === 'microUsd');
  if (!day) throw new Error(`no budget of the day is shown: ${stdout}`);
  const { used, reserved, cap } = day;
  return { used, reserved, ...(cap !== undefined && { cap }) };
};

const taskOf = (number: number, charge: string): ChaosTask => ({
  number,
  id: `capped-${number}`,
  source: '/chaos/capped',
  kind: 'refund',
  type: `refund.${WORKFLOW}`,
  workflow: WORKFLOW,
  charge,
  outcome: 'succeeded',
  refundCents: 100,
  twice: number % 17 === 0,
  data: { ticket: `CAP-${number}`, reason: `capped ${number}`, charge_id: charge, amount_cents: 100 },
});

/** Until policy knows all of them: none has been decided, for the workflow is paused. */
const untilOpen = async (stack: ChaosStack, runs: number): Promise<void> => {
  let known = 0;
  for (let changed = performance.now(); known < runs && performance.now() - changed < STALLED_MS; await sleep(500)) {
    const { open } = await readOpenRuns(stack);
    if (open > known) changed = performance.now();
    known = open;
  }
};

const experiment = async ({ dir, runs, room, kills }: BudgetChaosOptions, stack: ChaosStack, closers: (() => Promise<void>)[]): Promise<BudgetChaosResult> => {
  const cap = (COST * room + COST / 2) as MicroUsd;
  await stack.apply(writeCapped(join(dir, 'config'), WORKFLOW, cap, systemClock.now()));
  const upstream = new Upstream(stack);
  const groups = new GroupWatch(stack);
  closers.push(() => upstream.close(), () => groups.close());
  await Promise.all([upstream.start(), groups.start()]);
  const charges = await makeCharges(stack.payments, runs, 100);
  const tasks = charges.map((charge, number) => taskOf(number, charge));
  await armFault(stack.payments, SLOW);
  const injector = new Injector(stack, groups, new Timeline(() => ({ sent: 0, finished: upstream.finished }), () => undefined));
  const storm = async (): Promise<void> => {
    for (let count = 0; count < kills; count += 1) {
      await sleep(KILL_EVERY_MS);
      await injector.kill(VICTIMS[count % VICTIMS.length] ?? VICTIMS[0]);
    }
  };
  const workflow = `workflow:${TENANT}/${WORKFLOW}`;
  await countersign(stack, ['pause', workflow]);
  await upstream.send(tasks, { rate: SENT_PER_S, inFlight: runs, onSent: () => undefined });
  await untilOpen(stack, runs);
  // The rate is that of all partitions, and the workflow has one.
  await countersign(stack, ['resume', workflow, '--rate', String(DECIDED_PER_S * 60 * stack.partitions), '--yes']);
  await storm();
  await injector.finish();
  const finished = await upstream.untilFinished(tasks);
  await untilQuiet(stack);
  const { refunds } = await readPayments(stack.databaseUrl('refund_desk'));
  const { most: open } = await readOpenRuns(stack);
  return { refunds: refunds.length, finished, open, kills: injector.done.kills, cap, shown: await shownBy(stack), violations: injector.violations.map(({ rule, message }) => `${rule}: ${message}`) };
};

/** Many runs, all open at one moment, press on what one day may cost, while those who count and those who act are killed. The folder stays. */
export const runBudgetChaos = async (options: BudgetChaosOptions): Promise<BudgetChaosResult> => {
  const closers: (() => Promise<void>)[] = [];
  try {
    const stack = await startChaosStack(options.dir, () => undefined, ['policy', 'executor']);
    closers.push(() => stack.down());
    return await experiment(options, stack, closers);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
};
