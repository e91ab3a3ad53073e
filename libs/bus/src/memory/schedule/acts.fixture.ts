import { millis, seconds, type Millis } from '@countersign/kernel';
import type { Owner } from '@countersign/contracts';
import { SESSION, type BusWorld } from './bus-world.fixture.js';

export const SERVICES: readonly Owner[] = ['planner', 'policy', 'executor'];

/** One thing that goes wrong. Gives what it was, for whoever reads why a schedule failed. */
export type Act = (world: BusWorld) => string;

const someone = (world: BusWorld, act: (name: string, found: ReturnType<BusWorld['living']>[number]) => string): string => {
  const found = world.pick(world.living().filter(({ process }) => process.isRunning));
  return found ? act(found.process.name, found) : 'nobody is there';
};

const kill: Act = (world) =>
  someone(world, (name, { process, service }) => {
    process.kill();
    world.time.after(millis(world.random(4_000)), () => void world.start(service));
    return `kill ${name}`;
  });

const freezeFor = (world: BusWorld, most: Millis): string =>
  someone(world, (name, { process }) => {
    const span = millis(200 + world.random(most));
    world.freeze(process.name, span);
    return `freeze ${name} for ${span} ms`;
  });

const freeze: Act = (world) => freezeFor(world, millis(SESSION * 3));
export const hiccup: Act = (world) => freezeFor(world, millis(500));

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

/** What may happen to processes and to the log. */
export const ACTS: readonly Act[] = [kill, kill, freeze, freeze, hiccup, grow, leave, restart, troubleAppends, troubleAppends, freezeInAppend, freezeInAppend, freezeAtAnswer, freezeAtAnswer, freezeAtAnswer, redeliver];
