import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BenchStack, CLI } from './bench-stack.js';
import type { BenchContext } from './bench.js';
import { Driver } from './driver.js';
import { describeMachine, type Machine } from './machine.js';
import { ourLane } from './our-lane.js';
import { IN_FLIGHT } from './sizes.js';
import { ratios, spread, type Spread } from './statistics.js';

const execute = promisify(execFile);

/** What the project promises: runs/s with the archive, over runs/s without. */
export const GOAL_RATIO = 0.95;
const WARM_UP_RUNS = 500;
const RUNS = 4_000;
const QUICK_RUNS = 300;
const LOOK_MS = 250;
const PATIENCE_MS = 120_000;

export interface ArchiveFigures {
  readonly rounds: number;
  readonly runs: number;
  readonly goalRatio: number;
  /** Runs per second, by round. */
  readonly without: Spread;
  readonly with: Spread;
  /** The one over the other of the same round. */
  readonly ratio: Spread;
  /** From the last run's end until the archive has everything, in seconds. */
  readonly behindSeconds: Spread;
  /** Of `ledger verify` over all that was archived, a process of its own. */
  readonly verify: { readonly records: number; readonly perSecond: number; readonly mostMb: number };
  readonly machine: Machine;
}

interface Side {
  readonly stack: BenchStack;
  readonly driver: Driver;
}

const up = async (folder: string, isArchiving: boolean, say: (text: string) => void): Promise<Side> => {
  const stack = await BenchStack.up(folder, { profile: undefined, isArchiving, onStep: (step) => say(`stack ${isArchiving ? 'with' : 'without'}: ${step}`) });
  await stack.configure();
  const driver = new Driver(stack.broker, ourLane(stack.namespace, stack.partitions, stack.workflows));
  await driver.open();
  await driver.saturate(WARM_UP_RUNS, IN_FLIGHT);
  return { stack, driver };
};

/** Entries that the logs of a topic say that they have. */
const archivedOf = ({ folder, namespace, partitions }: BenchStack, topic: string): number =>
  Array.from({ length: partitions }, (_, partition) => partition).reduce((sum, partition) => {
    try {
      return sum + Number(readFileSync(join(folder, 'archive', namespace, topic, String(partition), 'checkpoint'), 'utf8').split('\n')[1]);
    } catch {
      return sum;
    }
  }, 0);

const TOPICS = ['tasks', 'proposals', 'decisions', 'executions'] as const;

/** Seconds until the archive has what is on Kafka now. */
const untilArchived = async ({ stack }: Side): Promise<number> => {
  const began = performance.now();
  for (;;) {
    const behind = await Promise.all(
      TOPICS.map(async (topic) => {
        const ends = await Promise.all(Array.from({ length: stack.partitions }, (_, partition) => stack.broker.offsets({ topic: `${stack.namespace}.${topic}`, partition })));
        return ends.reduce((sum, { end }) => sum + end, 0) > archivedOf(stack, topic);
      }),
    );
    if (!behind.some(Boolean)) return (performance.now() - began) / 1_000;
    if (performance.now() - began > PATIENCE_MS) throw new Error('the archive does not catch up');
    await sleep(LOOK_MS);
  }
};

/** As an auditor runs it; `time` tells how much memory it took at most. */
const verifyAll = async ({ folder }: BenchStack): Promise<ArchiveFigures['verify']> => {
  const began = performance.now();
  const probe = `process.on('exit', () => process.stderr.write('MOST ' + process.resourceUsage().maxRSS))`;
  const { stdout, stderr } = await execute(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(probe)}`, CLI, '--data', folder, 'ledger', 'verify', '--json'], { maxBuffer: 64 * 1024 * 1024 });
  const seconds = (performance.now() - began) / 1_000;
  const { events, intact } = JSON.parse(stdout) as { readonly events: number; readonly intact: boolean };
  if (!intact) throw new Error('the archive of the bench is not intact');
  return { records: events, perSecond: Math.round(events / seconds), mostMb: Math.round(Number(/MOST (\d+)/.exec(stderr)?.[1] ?? 0) / 1_024) };
};

/** Two stacks, one of which archives, as fast as each goes, in turns. */
export const runArchiveBench = async ({ folder, rounds, quick, say }: BenchContext): Promise<ArchiveFigures> => {
  mkdirSync(folder, { recursive: true });
  const machine = describeMachine(folder);
  const sides: Side[] = [];
  try {
    for (const isArchiving of [false, true]) sides.push(await up(join(folder, isArchiving ? 'stack' : 'cold'), isArchiving, say));
    const [without, with_] = sides;
    if (!without || !with_) throw new Error('a stack is missing');
    const runs = quick ? QUICK_RUNS : RUNS;
    const perSecond = async ({ driver }: Side): Promise<number> => runs / (await driver.saturate(runs, IN_FLIGHT));
    await untilArchived(with_);
    const found = { without: [] as number[], with: [] as number[], behind: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const both = [async () => void found.without.push(await perSecond(without)), async () => void found.with.push(await perSecond(with_))];
      for (const measure of round % 2 === 0 ? both : both.toReversed()) {
        await measure();
        if (found.behind.length < found.with.length) found.behind.push(await untilArchived(with_));
      }
      say(`round ${round + 1} of ${rounds}: ${found.without.at(-1)?.toFixed(0)} runs/s without, ${found.with.at(-1)?.toFixed(0)} with; ${found.behind.at(-1)?.toFixed(1)} s behind`);
    }
    await without.stack.close();
    const verify = await verifyAll(with_.stack);
    return { rounds, runs, goalRatio: GOAL_RATIO, without: spread(found.without), with: spread(found.with), ratio: spread(ratios(found.with, found.without)), behindSeconds: spread(found.behind), verify, machine };
  } finally {
    for (const { driver, stack } of sides) {
      await driver.close();
      await stack.close();
    }
  }
};

const text = ({ median, min, max }: Spread, digits: number): string => `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;

export const archiveTable = ({ rounds, runs, goalRatio, without, with: with_, ratio, behindSeconds, verify, machine }: ArchiveFigures): string =>
  [
    `${runs} runs as fast as they go, ${rounds} rounds; medians (least to most)`,
    `  runs/s without an archive        ${text(without, 0)}`,
    `  runs/s with one                  ${text(with_, 0)}`,
    `  the one over the other           ${text(ratio, 2)}   (goal: at least ${goalRatio})`,
    `  until the archive has it all     ${text(behindSeconds, 1)} s`,
    `  ledger verify                    ${verify.records.toLocaleString('en')} records, ${verify.perSecond.toLocaleString('en')}/s, ${verify.mostMb} MB at most`,
    `  machine                          ${Object.values(machine).join(', ')}`,
  ].join('\n');
