import { join } from 'node:path';
import { chargeCentsOf, kindOf, taskOf, type ChaosTask } from './chaos-task.ts';
import { workflowsFor, writeConfiguration } from './configuration.ts';
import { readLog, untilQuiet } from './evidence.ts';
import { GroupWatch } from './group-watch.ts';
import { Injector } from './injector.ts';
import { compareStates, finalStates } from './judge/final-state.ts';
import { judgeTasks } from './judge/verdict.ts';
import type { ChaosOptions } from './options.ts';
import { makeCharges, readPayments } from './payments.ts';
import { judgeReadModel } from './read-model.ts';
import type { ChaosResult, PhaseResult } from './result.ts';
import { scheduleOf } from './schedule.ts';
import { startChaosStack, type ChaosStack } from './stack.ts';
import { Timeline, type Moment } from './timeline.ts';
import { Upstream } from './upstream.ts';
import { Voter } from './voter.ts';

const CALM = '/chaos/calm';
const STORM = '/chaos/storm';
/** As fast as it goes with so many open. */
const CALM_RATE = 1_000;

export interface Watcher {
  onStep(text: string): void;
  onMoment(moment: Moment): void;
  onProgress(phase: 'calm' | 'storm', sent: number, finished: number, of: number): void;
}

const tasksOf = async (count: number, source: string, stack: ChaosStack): Promise<ChaosTask[]> => {
  const workflows = workflowsFor(stack.partitions);
  const wanted = Map.groupBy(Array.from({ length: count }, (_, number) => chargeCentsOf(kindOf(number))), (cents) => cents);
  wanted.delete(0);
  const charges = new Map<number, string[]>();
  for (const [cents, all] of wanted) charges.set(cents, await makeCharges(stack.payments, all.length, cents));
  return Array.from({ length: count }, (_, number) => taskOf(number, source, workflows, (cents) => charges.get(cents)?.pop() ?? ''));
};

interface Phase {
  readonly name: 'calm' | 'storm';
  readonly tasks: readonly ChaosTask[];
  readonly rate: number;
  readonly inFlight: number;
  readonly onSent: (sent: number) => void;
}

const runPhase = async (upstream: Upstream, { name, tasks, rate, inFlight, onSent }: Phase, watcher: Watcher): Promise<PhaseResult> => {
  const before = upstream.finished;
  const startedAt = performance.now();
  let sentNow = 0;
  const tell = (): void => watcher.onProgress(name, sentNow, upstream.finished - before, tasks.length);
  await upstream.send(tasks, {
    rate,
    inFlight,
    onSent: (sent) => {
      sentNow = sent;
      onSent(sent);
      tell();
    },
  });
  await upstream.untilFinished(tasks, tell);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  return { runs: tasks.length, seconds, runsPerSecond: Math.round((tasks.length / seconds) * 10) / 10 };
};

const experiment = async (options: ChaosOptions, stack: ChaosStack, closers: (() => Promise<void>)[], watcher: Watcher): Promise<ChaosResult> => {
  watcher.onStep('putting the configuration in force');
  await stack.apply(writeConfiguration(join(options.dir, 'config'), workflowsFor(stack.partitions)));
  const upstream = new Upstream(stack);
  const voter = new Voter(stack);
  const groups = new GroupWatch(stack);
  closers.push(() => upstream.close(), () => voter.close(), () => groups.close());
  await Promise.all([upstream.start(), voter.start(), groups.start()]);
  const calmTasks = await tasksOf(options.calmRuns, CALM, stack);
  const stormTasks = await tasksOf(options.runs, STORM, stack);

  watcher.onStep(`calm: ${options.calmRuns} runs`);
  const calm = await runPhase(upstream, { name: 'calm', tasks: calmTasks, rate: CALM_RATE, inFlight: options.inFlight, onSent: () => undefined }, watcher);

  watcher.onStep(`storm: ${options.runs} runs, seed ${options.seed}`);
  const schedule = scheduleOf(options);
  let sentNow = 0;
  const timeline = new Timeline(() => ({ sent: sentNow, finished: upstream.finished - calmTasks.length }), (moment) => watcher.onMoment(moment));
  const injector = new Injector(stack, groups, timeline);
  timeline.begin();
  const onSent = (sent: number): void => {
    sentNow = sent;
    while (schedule[0] && schedule[0].at <= sent) injector.start((schedule.shift() ?? fail()).injection);
  };
  const storm = await runPhase(upstream, { name: 'storm', tasks: stormTasks, rate: options.rate, inFlight: options.inFlight, onSent }, watcher);
  await injector.finish();

  watcher.onStep('judging');
  await untilQuiet(stack);
  const judge = await readLog(stack);
  const evidence = { facts: judge.facts, ...(await readPayments(stack.databaseUrl('refund_desk'))), tasks: [...calmTasks, ...stormTasks] };
  const violations = [
    ...injector.violations,
    ...judge.violations,
    ...judgeTasks(evidence),
    ...compareStates(finalStates(evidence, CALM), finalStates(evidence, STORM)),
    ...(await judgeReadModel(stack.databaseUrl('countersign'), judge)),
  ];
  return { seed: options.seed, calm, storm, done: injector.done, log: judge.counts, violations, timeline: timeline.moments, dir: options.dir };
};

function fail(): never {
  throw new Error('the schedule is empty');
}

/** One whole experiment on a stack of its own, which is stopped whatever happens. Its folder stays. */
export const runChaos = async (options: ChaosOptions, watcher: Watcher): Promise<ChaosResult> => {
  const closers: (() => Promise<void>)[] = [];
  watcher.onStep('starting the stack');
  try {
    const stack = await startChaosStack(options.dir, (step) => watcher.onStep(step));
    closers.push(() => stack.down());
    return await experiment(options, stack, closers, watcher);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
};
