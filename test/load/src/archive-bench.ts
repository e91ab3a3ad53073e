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
/** What it promises of replays: 10,000 actions under other files within so many seconds, reading the archive included. */
export const GOAL_SECONDS = 60;
/** The last runs that are replayed, at most. */
const REPLAYED = 5_000;
/** The last rounds that are played under other files: enough for 10,000 actions, and no more than fit into memory. */
const PLAYED_ROUNDS = 3;
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
  /** Of `replay exact --last`: how many of how many runs came out as they had, and how many times as fast as services that went as fast as they could. */
  readonly exact: { readonly runs: number; readonly equal: number; readonly speed: number; readonly mostMb: number };
  /** Of `replay what-if` under the same files, of the last rounds. */
  readonly whatIf: { readonly runs: number; readonly actions: number; readonly seconds: number; readonly playSeconds: number; readonly mostMb: number };
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

interface Ran {
  readonly said: string;
  readonly seconds: number;
  readonly mostMb: number;
}

/** One command, as a person runs it. */
const command = async ({ folder }: BenchStack, ...args: readonly string[]): Promise<Ran> => {
  const began = performance.now();
  const probe = `process.on('exit', () => process.stderr.write('MOST ' + process.resourceUsage().maxRSS))`;
  const { stdout, stderr } = await execute(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(probe)}`, CLI, '--data', folder, ...args, '--json'], { maxBuffer: 64 * 1024 * 1024 });
  return { said: stdout, seconds: (performance.now() - began) / 1_000, mostMb: Math.round(Number(/MOST (\d+)/.exec(stderr)?.[1] ?? 0) / 1_024) };
};

const verifyAll = async (stack: BenchStack): Promise<ArchiveFigures['verify']> => {
  const { said, seconds, mostMb } = await command(stack, 'ledger', 'verify');
  const { events, intact } = JSON.parse(said) as { readonly events: number; readonly intact: boolean };
  if (!intact) throw new Error('the archive of the bench is not intact');
  return { records: events, perSecond: Math.round(events / seconds), mostMb };
};

const replayLast = async (stack: BenchStack): Promise<ArchiveFigures['exact']> => {
  const { said, mostMb } = await command(stack, 'replay', 'exact', '--last', String(REPLAYED));
  const { runs, speed } = JSON.parse(said) as { readonly runs: readonly { readonly equal: boolean }[]; readonly speed: number };
  return { runs: runs.length, equal: runs.filter(({ equal }) => equal).length, speed, mostMb };
};

const playSince = async (stack: BenchStack, since: number): Promise<ArchiveFigures['whatIf']> => {
  const { said, seconds, mostMb } = await command(stack, 'replay', 'what-if', '--policy', join(stack.folder, 'config'), '--since', `${Math.ceil((Date.now() - since) / 1_000)}s`);
  const { runs, actions, playMs } = JSON.parse(said) as { readonly runs: number; readonly actions: number; readonly playMs: number };
  return { runs, actions, seconds: Math.round(seconds), playSeconds: Math.round(playMs / 1_000), mostMb };
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
    const begun: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      begun.push(Date.now());
      const both = [async () => void found.without.push(await perSecond(without)), async () => void found.with.push(await perSecond(with_))];
      for (const measure of round % 2 === 0 ? both : both.toReversed()) {
        await measure();
        if (found.behind.length < found.with.length) found.behind.push(await untilArchived(with_));
      }
      say(`round ${round + 1} of ${rounds}: ${found.without.at(-1)?.toFixed(0)} runs/s without, ${found.with.at(-1)?.toFixed(0)} with; ${found.behind.at(-1)?.toFixed(1)} s behind`);
    }
    await without.stack.close();
    say('verifying');
    const verify = await verifyAll(with_.stack);
    say('replaying');
    const exact = await replayLast(with_.stack);
    const whatIf = await playSince(with_.stack, begun.at(-PLAYED_ROUNDS) ?? begun[0] ?? 0);
    return { rounds, runs, goalRatio: GOAL_RATIO, without: spread(found.without), with: spread(found.with), ratio: spread(ratios(found.with, found.without)), behindSeconds: spread(found.behind), verify, exact, whatIf, machine };
  } finally {
    for (const { driver, stack } of sides) {
      await driver.close();
      await stack.close();
    }
  }
};

const text = ({ median, min, max }: Spread, digits: number): string => `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;

export const archiveTable = ({ rounds, runs, goalRatio, without, with: with_, ratio, behindSeconds, verify, exact, whatIf, machine }: ArchiveFigures): string =>
  [
    `${runs} runs as fast as they go, ${rounds} rounds; medians (least to most)`,
    `  runs/s without an archive        ${text(without, 0)}`,
    `  runs/s with one                  ${text(with_, 0)}`,
    `  the one over the other           ${text(ratio, 2)}   (goal: at least ${goalRatio})`,
    `  until the archive has it all     ${text(behindSeconds, 1)} s`,
    `  ledger verify                    ${verify.records.toLocaleString('en')} records, ${verify.perSecond.toLocaleString('en')}/s, ${verify.mostMb} MB at most`,
    `  replay exact --last ${REPLAYED}       ${exact.equal} of ${exact.runs} runs equal, ${exact.speed.toFixed(0)} times as fast as they were, ${exact.mostMb} MB at most`,
    `  replay what-if                   ${whatIf.actions.toLocaleString('en')} actions of ${whatIf.runs.toLocaleString('en')} runs in ${whatIf.seconds} s, ${whatIf.playSeconds} s of it playing, ${whatIf.mostMb} MB at most   (goal: 10,000 in ${GOAL_SECONDS} s)`,
    `  machine                          ${Object.values(machine).join(', ')}`,
  ].join('\n');
