import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, topicName } from '@countersign/contracts';
import type { StopControl } from '@countersign/domain';
import { humanPrincipal, keyIdOf, loadKeyFile, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { idempotencyKeyOf, runIdOf, type Instant } from '@countersign/kernel';
import { TENANT } from './bench-config.js';
import type { BenchContext } from './bench.js';
import { BenchStack } from './bench-stack.js';
import { CallLog, preciseNow } from './call-log.js';
import { Driver } from './driver.js';
import { describeMachine, type Machine } from './machine.js';
import { ourLane } from './our-lane.js';
import { median, percentile } from './statistics.js';

/** What the design promises: from the event to the last side effect started. */
export const GOAL_MS = 250;
/** Every process that takes part is at work all the time, and no queue is so long that a run takes seconds. */
const IN_FLIGHT = 200;
const WARM_UP_RUNS = 1_000;
/** Nothing of the scope was called for so long: nothing more comes. Twice the goal, or a late call could hide. */
const QUIET_MS = 500;
const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 30_000;
/** Runs of the scope are called again before it is killed again. */
const CALLS_BEFORE_KILL = 5;
/** Calls come in bursts: a kill right behind one would look faster than it is. Each kill waits another part of this. */
const SPREAD_MS = 200;
const SPREAD_STEP_MS = 37;

export interface KillFigures {
  readonly kills: number;
  readonly goalMs: number;
  /** From just before the control is sent to the last call of the tool that began for its scope; 0 where none began later. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Calls that began after the control was sent, in all kills together. */
  readonly callsAfter: number;
  /** Runs that ended each second, stopped ones included: the load. */
  readonly runsPerSecond: number;
  readonly machine: Machine;
}

/** Which workflow a call is for: the keys of all runs so far, as they are made. */
class Scopes {
  private readonly workflowOf = new Map<string, string>();
  private known = 0;

  constructor(
    private readonly workflows: readonly string[],
    private readonly source: string,
  ) {}

  of(key: string, started: number): string | undefined {
    for (; this.known < started; this.known += 1) {
      const workflow = this.workflows[this.known % this.workflows.length] ?? '';
      this.workflowOf.set(idempotencyKeyOf(TENANT, runIdOf(TENANT, workflow, this.source, `bench-${this.known}`), 'write'), workflow);
    }
    return this.workflowOf.get(key);
  }
}

const SOURCE = '/bench/kill';

/** Kills one workflow after the other while all of them are under load, and looks when the tool was last called for each. */
export const runKillBench = async ({ folder, say }: Pick<BenchContext, 'folder' | 'say'>, kills: number): Promise<KillFigures> => {
  mkdirSync(folder, { recursive: true });
  const machine = describeMachine(folder);
  const callsFile = join(folder, 'calls');
  const stack = await BenchStack.up(join(folder, 'stack'), { profile: undefined, callsFile, onStep: (step) => say(`stack: ${step}`) });
  try {
    await stack.configure();
    const { broker, namespace, partitions, workflows } = stack;
    const driver = new Driver(broker, ourLane(namespace, partitions, workflows, SOURCE, ['succeeded', 'stopped']));
    await driver.open();
    say(`warming up with ${WARM_UP_RUNS} runs`);
    await driver.saturate(WARM_UP_RUNS, IN_FLIGHT);
    const key = loadKeyFile(join(stack.folder, 'keys/admin.pem'));
    const put = (type: StopControl['type'], data: object): Promise<number> => {
      const value = encodeEvent(newEvent({ service: 'operator', type, data: data as never, subject: randomUUID(), actor: humanPrincipal('admin'), now: Date.now() as Instant }));
      const headers = { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key))) };
      return broker.append({ topic: topicName(namespace, 'controls'), partition: 0 }, [{ key: null, value, headers }]);
    };
    const log = new CallLog(callsFile);
    const scopes = new Scopes(workflows, SOURCE);
    const latencies: number[] = [];
    let callsAfter = 0;
    const load = new AbortController();
    const began = performance.now();
    const loaded = driver.sustain(IN_FLIGHT, load.signal);
    for (let nth = 0; nth < kills; nth += 1) {
      const workflow = workflows[nth % workflows.length] ?? '';
      const scope = { scope: 'workflow', value: `${TENANT}/${workflow}`, reason: 'the bench stops it' };
      const calls = (): readonly number[] => log.take().flatMap((call) => (scopes.of(call.key, driver.startedRuns) === workflow ? [call.at] : []));
      await until(`calls of ${workflow}`, busyWith(calls));
      await sleep((nth * SPREAD_STEP_MS) % SPREAD_MS);
      const killedAt = preciseNow();
      const control = await put('countersign.kill-switch.set', scope);
      const last = await lastCall(calls, killedAt, (after) => (callsAfter += after));
      latencies.push(Math.max(0, last - killedAt));
      await put('countersign.kill-switch.lifted', { ...scope, lifts: control });
      if ((nth + 1) % 10 === 0) say(`${nth + 1} of ${kills} kills: p99 ${percentile(latencies, 0.99).toFixed(0)} ms so far`);
    }
    load.abort();
    const runs = await loaded;
    await driver.close();
    const seconds = (performance.now() - began) / 1_000;
    return { kills, goalMs: GOAL_MS, p50Ms: median(latencies), p99Ms: percentile(latencies, 0.99), maxMs: Math.max(...latencies), callsAfter, runsPerSecond: runs / seconds, machine };
  } finally {
    await stack.close();
  }
};

const until = async (what: string, isThere: () => boolean): Promise<void> => {
  const end = performance.now() + PATIENCE_MS;
  while (!isThere()) {
    if (performance.now() > end) throw new Error(`${what}: none in ${PATIENCE_MS / 1_000} s`);
    await sleep(LOOK_EVERY_MS);
  }
};

const busyWith = (calls: () => readonly number[]): (() => boolean) => {
  let seen = 0;
  return () => (seen += calls().length) >= CALLS_BEFORE_KILL;
};

/** When the last call began, once none has begun for a while. */
const lastCall = async (calls: () => readonly number[], killedAt: number, count: (after: number) => void): Promise<number> => {
  let last = killedAt;
  while (preciseNow() - last < QUIET_MS) {
    const after = calls().filter((at) => at > killedAt);
    count(after.length);
    last = Math.max(last, ...after);
    await sleep(LOOK_EVERY_MS);
  }
  return last;
};

export const killTable = ({ kills, goalMs, p50Ms, p99Ms, maxMs, callsAfter, runsPerSecond, machine }: KillFigures): string =>
  [
    `${kills} kills of a workflow, under ${runsPerSecond.toFixed(0)} runs/s`,
    `  to the last side effect started   p50 ${p50Ms.toFixed(0)} ms   p99 ${p99Ms.toFixed(0)} ms   most ${maxMs.toFixed(0)} ms   (goal: p99 at most ${goalMs} ms)`,
    `  calls that began after a kill     ${callsAfter} in all`,
    `  machine                           ${Object.values(machine).join(', ')}`,
  ].join('\n');
