import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANGING } from './bench-config.js';
import type { BenchContext } from './bench.js';
import { BenchStack } from './bench-stack.js';
import { Driver } from './driver.js';
import { describeMachine, type Machine } from './machine.js';
import { ourLane } from './our-lane.js';
import { percentile, ratios, spread, type Spread } from './statistics.js';

/** What the design promises: p99 of the others, over what it is with nothing that hangs. */
export const GOAL_RATIO = 1.2;
/** Far below what a stack takes, so that waiting for a turn of the processor is not what is measured. */
const PER_SECOND = 20;
const SECONDS = 30;
const QUICK_SECONDS = 5;
const WARM_UP_RUNS = 500;
const WARM_UP_IN_FLIGHT = 50;
/** Four times what a bulkhead lets through at a time. */
const HANGING_RUNS = 64;
/** Until all of them hang. */
const SETTLE_MS = 3_000;
/** Until the last of them has had its turn. */
const DRAIN_MS = 25_000;

export interface BulkheadFigures {
  readonly rounds: number;
  readonly goalRatio: number;
  /** p99 of a run's milliseconds, by round. */
  readonly calmP99Ms: Spread;
  readonly besideP99Ms: Spread;
  /** The one over the other of the same round. */
  readonly ratio: Spread;
  readonly machine: Machine;
}

/** Runs of a quick tool at an even rate, alone and beside runs of a tool that hangs, in turns. */
export const runBulkheadBench = async ({ folder, rounds, quick, say }: BenchContext): Promise<BulkheadFigures> => {
  mkdirSync(folder, { recursive: true });
  const machine = describeMachine(folder);
  const stack = await BenchStack.up(join(folder, 'stack'), { profile: undefined, onStep: (step) => say(`stack: ${step}`) });
  try {
    await stack.configure();
    const { broker, namespace, partitions, workflows } = stack;
    const span = quick ? QUICK_SECONDS : SECONDS;
    const others = new Driver(broker, ourLane(namespace, partitions, workflows, '/bench/others'));
    const hanging = new Driver(broker, ourLane(namespace, partitions, [HANGING], '/bench/hanging', ENDS));
    await Promise.all([others.open(), hanging.open()]);
    say(`warming up with ${WARM_UP_RUNS} runs`);
    await others.saturate(WARM_UP_RUNS, WARM_UP_IN_FLIGHT);
    const p99 = async (): Promise<number> => percentile(await others.paced(PER_SECOND, span), 0.99);
    const calm: number[] = [];
    const beside: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      calm.push(await p99());
      const load = new AbortController();
      const hung = hanging.sustain(HANGING_RUNS, load.signal);
      await sleep(SETTLE_MS);
      beside.push(await p99());
      load.abort();
      await hung;
      say(`round ${round + 1} of ${rounds}: p99 ${calm.at(-1)?.toFixed(0)} ms alone, ${beside.at(-1)?.toFixed(0)} ms beside a tool that hangs`);
      if (round + 1 < rounds) await sleep(DRAIN_MS);
    }
    await Promise.all([others.close(), hanging.close()]);
    return { rounds, goalRatio: GOAL_RATIO, calmP99Ms: spread(calm), besideP99Ms: spread(beside), ratio: spread(ratios(beside, calm)), machine };
  } finally {
    await stack.close();
  }
};

/** Whatever becomes of runs whose calls wait for minutes is no fault of the bench. */
const ENDS = ['succeeded', 'failed', 'unknown', 'unverified', 'denied'];

const text = ({ median, min, max }: Spread, digits: number): string => `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;

export const bulkheadTable = ({ rounds, goalRatio, calmP99Ms, besideP99Ms, ratio, machine }: BulkheadFigures): string =>
  [
    `${PER_SECOND} runs/s of a quick tool, ${rounds} rounds; medians (least to most)`,
    `  p99 alone                        ${text(calmP99Ms, 0)} ms`,
    `  p99 beside a tool that hangs     ${text(besideP99Ms, 0)} ms   (${HANGING_RUNS} runs of it under way)`,
    `  the one over the other           ${text(ratio, 2)}   (goal: at most ${goalRatio})`,
    `  machine                          ${Object.values(machine).join(', ')}`,
  ].join('\n');
