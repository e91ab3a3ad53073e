import { millis, seconds } from '@countersign/kernel';
import { ACTS, hiccup, SERVICES } from './acts.fixture.js';
import { PARTITIONS, SESSION } from './bus-world.fixture.js';
import { judgeLogs, type Judged } from './toy-judge.fixture.js';
import { ToyWorld } from './toy-world.fixture.js';
const TASKS = 24;
/** Tasks and mischief come in this time. */
const TROUBLE = seconds(24);
/** Longer than two sessions, the pauses of a back-off, and a late run together. */
const PEACE = seconds(45);

/** Often enough to come between any two appends, and seldom enough for some that have nothing in between. */
const HAUNT = millis(70);

export interface Outcome extends Judged {
  readonly seed: number;
  readonly acts: readonly string[];
  readonly world: ToyWorld;
}

/** A world without trouble, for comparison. */
export const calm = (seed: number): Promise<Outcome> => play(seed, 0);

/** One schedule: tasks come, things go wrong, peace returns, and the logs are judged. */
export const play = async (seed: number, mischief = 12, isHaunted = false): Promise<Outcome> => {
  const world = new ToyWorld(seed);
  if (isHaunted) world.haunt(HAUNT, TROUBLE);
  const acts: string[] = [];
  for (const service of SERVICES) {
    world.start(service);
    if (world.random(2) === 0) world.start(service);
  }
  for (let task = 0; task < TASKS; task += 1) world.time.after(millis(world.random(TROUBLE)), () => {
      if (world.random(3) === 0) world.control();
      world.submit(world.random(5) === 0);
    });
  const troubles = mischief === 0 ? 0 : 1 + world.random(mischief);
  for (let nth = 0; nth < troubles; nth += 1) {
    const at = world.random(TROUBLE);
    const act = world.pick(ACTS) ?? hiccup;
    world.time.after(millis(at), () => acts.push(`${at}: ${act(world)}`));
  }
  await world.run(TROUBLE);
  world.chaos = () => undefined;
  world.onAnswer = () => undefined;
  for (const service of SERVICES) if (world.staying(service).length === 0) world.start(service);
  await world.run(millis(SESSION * 4));
  await world.run(PEACE);
  const judged = judgeLogs(world.cluster.log, PARTITIONS, world.tasks, world.effects);
  const faults = [...judged.faults, ...world.unsettled(judged.claimants), ...world.uncommitted(), ...world.deadLetters(), ...world.fatal.map((fault) => `fatal: ${String(fault)}`)];
  for (const { process } of world.processes) process.kill();
  return { ...judged, faults, seed, acts, world };
};
