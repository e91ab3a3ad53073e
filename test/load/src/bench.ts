import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CORE_SERVICES } from '@countersign/contracts';
import { BenchStack } from './bench-stack.js';
import { coldStart } from './cold-start.js';
import { Driver } from './driver.js';
import { figuresOf, type Figures, type Measurements, type Resident } from './figures.js';
import { consumeSeconds, FOLDED_PARTITION, foldable, foldSeconds } from './fold.js';
import { describeMachine, describeVersions } from './machine.js';
import { measured } from './measure.js';
import { ourLane } from './our-lane.js';
import { residentBytes } from './processes.js';
import { hottest } from './profile.js';
import { runRounds, saturate } from './rounds.js';
import { measureShape, ourSide, relaySide, type Side } from './sides.js';
import { FULL, IN_FLIGHT, QUICK, type Sizes } from './sizes.js';

/** What a partition of `proposals` grows by with each run is not known before; so many runs are added at a time. */
const FILL_RUNS = 2_000;
/** Commits and timers of the load come to an end before the stack counts as idle. */
const BEFORE_IDLE_MS = 3_000;
/** Enough samples for a profile. */
const PROFILED_ROUNDS = 3;

export interface BenchContext {
  /** For data; removed afterwards. */
  readonly folder: string;
  readonly rounds: number;
  readonly quick: boolean;
  readonly say: (text: string) => void;
}

const residentOf = ({ services }: BenchStack): Resident => Object.fromEntries(CORE_SERVICES.map((service) => [service, residentBytes(services[service])])) as Resident;

const upAndWarm = async ({ folder, say }: BenchContext, sizes: Sizes, profile?: string): Promise<{ readonly stack: BenchStack; readonly ours: Side; readonly fresh: Resident }> => {
  const stack = await BenchStack.up(join(folder, 'stack'), { profile, onStep: (step) => say(`stack: ${step}`) });
  await stack.configure();
  const fresh = residentOf(stack);
  const ours = await ourSide(stack);
  say(`warming up with ${sizes.warmUpRuns} runs`);
  await saturate(ours, sizes.warmUpRuns);
  return { stack, ours, fresh };
};

/** Both sides take turns on one broker. */
export const runBench = async (context: BenchContext): Promise<Figures> => {
  const { folder, rounds: count, quick, say } = context;
  const sizes = quick ? QUICK : FULL;
  mkdirSync(folder, { recursive: true });
  const machine = describeMachine(folder);
  const coldStartSeconds: number[] = [];
  for (let round = 0; round < sizes.coldStarts; round += 1) {
    coldStartSeconds.push(await coldStart(join(folder, 'cold')));
    say(`cold start: ${coldStartSeconds.at(-1)?.toFixed(1)} s`);
  }
  const { stack, ours, fresh } = await upAndWarm(context, sizes);
  try {
    const shape = await measureShape(stack);
    say(`a run is ${shape.length} records of ${shape.reduce((sum, { bytes }) => sum + bytes, 0)} bytes`);
    const relay = await relaySide(stack, shape);
    try {
      await relay.start();
      await saturate(relay, sizes.warmUpRuns);
      await relay.stop();
      const { perSecond } = await saturate(ours, sizes.warmUpRuns);
      const runs = Math.max(sizes.warmUpRuns, Math.round((perSecond * sizes.saturatedSeconds) / 100) * 100);
      say(`${count} rounds of ${runs} runs on each side`);
      const rounds = await runRounds(count, { ours, relay }, { runs, sizes, say });
      const resident = { fresh, loaded: residentOf(stack) };
      const idle = await idleOf(ours, sizes, say);
      const fold = await foldOf(stack, count, sizes, say);
      return figuresOf({ services: CORE_SERVICES, shape, rounds, resident, idle, coldStartSeconds, fold, machine, versions: describeVersions() });
    } finally {
      await relay.end();
      await relay.driver.close();
    }
  } finally {
    await ours.driver.close();
    await stack.close();
  }
};

const idleOf = async ({ pids }: Side, { idleSeconds }: Sizes, say: BenchContext['say']): Promise<Measurements['idle']> => {
  await sleep(BEFORE_IDLE_MS);
  say(`idle for ${idleSeconds} s`);
  const { usage } = await measured(pids, () => sleep(idleSeconds * 1_000));
  return { seconds: usage.seconds, cpu: usage.cpu };
};

const foldOf = async (stack: BenchStack, count: number, { foldEvents }: Sizes, say: BenchContext['say']): Promise<Measurements['fold']> => {
  const workflow = stack.workflows[FOLDED_PARTITION] ?? '';
  const driver = new Driver(stack.broker, ourLane(stack.namespace, stack.partitions, [workflow], '/bench/fold'));
  await driver.open();
  while ((await foldable(stack)) < foldEvents) {
    say(`filling a partition: ${await foldable(stack)} of ${foldEvents} records`);
    await driver.saturate(FILL_RUNS, IN_FLIGHT);
  }
  await driver.close();
  const records = await foldable(stack);
  const ours: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < count; round += 1) {
    ours.push(await foldSeconds(stack));
    raw.push(await consumeSeconds(stack, records, `bench-consume-${round}`));
    say(`round ${round + 1} of ${count}, ${records} records: folded in ${ours.at(-1)?.toFixed(2)} s, consumed in ${raw.at(-1)?.toFixed(2)} s`);
  }
  return { records, ours, raw };
};

/** Leaves a CPU profile of each service in a folder, and says what each of them spends its time on. */
export const runProfile = async (context: BenchContext, profile: string): Promise<string> => {
  const sizes = context.quick ? QUICK : FULL;
  mkdirSync(profile, { recursive: true });
  const { stack, ours } = await upAndWarm(context, sizes, profile);
  try {
    for (let round = 0; round < PROFILED_ROUNDS; round += 1) {
      const { perSecond } = await saturate(ours, sizes.warmUpRuns);
      context.say(`${perSecond.toFixed(0)} runs/s while profiled`);
    }
  } finally {
    await ours.driver.close();
    await stack.close();
  }
  const files = readdirSync(profile).filter((name) => name.endsWith('.cpuprofile'));
  return files.map((file) => hottest(join(profile, file))).join('\n\n');
};
