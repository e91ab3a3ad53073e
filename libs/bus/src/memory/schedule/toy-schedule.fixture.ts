import { millis, seconds, type Millis } from '@countersign/kernel';
import type { Owner } from '@countersign/contracts';
import { judgeLogs, type Judged } from './toy-judge.fixture.js';
import { PARTITIONS, SESSION, ToyWorld } from './toy-world.fixture.js';

const SERVICES: readonly Owner[] = ['planner', 'policy', 'executor'];
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

/** One thing that goes wrong. Gives what it was, for whoever reads why a schedule failed. */
type Act = (world: ToyWorld) => string;

const someone = (world: ToyWorld, act: (name: string, found: ReturnType<ToyWorld['living']>[number]) => string): string => {
  const found = world.pick(world.living().filter(({ process }) => process.isRunning));
  return found ? act(found.process.name, found) : 'nobody is there';
};

const kill: Act = (world) =>
  someone(world, (name, { process, service }) => {
    process.kill();
    world.time.after(millis(world.random(4_000)), () => void world.start(service));
    return `kill ${name}`;
  });

const freezeFor = (world: ToyWorld, most: Millis): string =>
  someone(world, (name, { process }) => {
    const span = millis(200 + world.random(most));
    world.freeze(process.name, span);
    return `freeze ${name} for ${span} ms`;
  });

const freeze: Act = (world) => freezeFor(world, millis(SESSION * 3));
const hiccup: Act = (world) => freezeFor(world, millis(500));

const grow: Act = (world) => {
  const service = world.pick(SERVICES) ?? 'planner';
  return `start ${world.start(service).process.name}`;
};

const leave: Act = (world) =>
  someone(world, (name, found) => {
    if (world.staying(found.service).length < 2) return `${name} is the last one`;
    world.leave(found);
    return `stop ${name}`;
  });

const restart: Act = (world) => {
  const span = millis(300 + world.random(5_000));
  world.cluster.restart(span);
  return `the cluster is away for ${span} ms`;
};

/** A time in which appends go wrong in one way. */
const troubleAppends: Act = (world) => {
  const kind = world.pick(['lost-ack', 'refused', 'twice', 'delayed', 'delayed', 'slow'] as const) ?? 'slow';
  const onlyClaims = world.random(3) === 0;
  const odds = onlyClaims ? 2 : 6;
  const before = world.chaos;
  world.chaos = (_target, _process, isClaim) => {
    if ((onlyClaims && !isClaim) || world.random(odds) > 0) return undefined;
    return kind === 'lost-ack' || kind === 'refused' || kind === 'twice' ? { kind } : { kind, by: millis(50 + world.random(12_000)) };
  };
  world.time.after(millis(500 + world.random(4_000)), () => (world.chaos = before));
  return `${onlyClaims ? 'claims' : 'appends'} are ${kind}`;
};

/** Somebody freezes at the very moment: with a claim or a batch on its way, that lands whenever it likes. */
const freezeInAppend: Act = (world) => {
  const isAboutClaims = world.random(2) === 0;
  const before = world.chaos;
  world.chaos = (target, name, isClaim) => {
    if (isClaim !== isAboutClaims) return before(target, name, isClaim);
    world.chaos = before;
    world.freeze(name, millis(200 + world.random(SESSION * 3)));
    return { kind: 'slow', by: millis(world.random(SESSION * 3)) };
  };
  return `the next one who ${isAboutClaims ? 'claims' : 'writes'} freezes`;
};

/** Somebody freezes between one answer and what follows from it: between join and restore, heartbeat and claim, claim and first event. */
const freezeAtAnswer: Act = (world) => {
  const kind = world.pick(['join', 'heartbeat', 'offsets', 'read', 'append', 'committed', 'commit'] as const) ?? 'join';
  world.onAnswer = (name, answered) => {
    if (answered !== kind) return;
    world.onAnswer = () => undefined;
    world.freeze(name, millis(200 + world.random(SESSION * 3)));
  };
  return `the next one with an answer to its ${kind} freezes`;
};

const redeliver: Act = (world) => {
  world.redeliver = () => (world.random(3) === 0 ? 1 + world.random(5) : 0);
  world.time.after(seconds(3), () => (world.redeliver = () => 0));
  return 'records are handed over twice';
};

const ACTS: readonly Act[] = [kill, kill, freeze, freeze, hiccup, grow, leave, restart, troubleAppends, troubleAppends, freezeInAppend, freezeInAppend, freezeAtAnswer, freezeAtAnswer, freezeAtAnswer, redeliver];

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
