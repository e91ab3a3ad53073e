import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, noJitterGenerator } from 'cockatiel';
import { messageOf, millis, seconds, type Millis } from '@countersign/kernel';
import { describeExit } from './child.js';
import { stopByPid, type ProcessIdentity } from './process-table.js';
import type { Part, PartPlan } from './service-process.js';

export interface RestartPolicy {
  /** The pause before the first new start; it doubles with each failure in a row. */
  readonly firstDelay: Millis;
  readonly longestDelay: Millis;
  /** A part that was up for this long did well: its next failure is a first one. */
  readonly stableAfter: Millis;
  /** After this many failures in a row a part is given up: it would only fill the log. */
  readonly attempts: number;
}

/** A killed service is back within a tenth of a second and its own start; one that cannot start is given up after about half a minute. */
export const DEFAULT_RESTART_POLICY: RestartPolicy = { firstDelay: millis(100), longestDelay: seconds(10), stableAfter: seconds(10), attempts: 8 };

export type PartState = 'starting' | 'ready' | 'restarting' | 'gave-up' | 'stopped';

/** What is known of a part; `reason` says why it is not up. */
export interface PartReport extends ProcessIdentity {
  readonly state: PartState;
  readonly restarts: number;
  readonly http?: string;
  readonly reason?: string;
}

export interface KeptPart {
  readonly plan: PartPlan;
  /** The first start. Rejects when it fails: a mistake in the set-up is told at once, not tried eight times. */
  start(): Promise<void>;
  /** Ends it whatever it is doing, and does not start it again. */
  stop(): Promise<void>;
}

const NOBODY: ProcessIdentity = { pid: 0, startedAt: '' };

/** Keeps a part running: starts it again when it ends, with growing pauses, and gives it up when it cannot stay up. */
export const keepRunning = (plan: PartPlan, report: (state: PartReport) => void, policy: RestartPolicy = DEFAULT_RESTART_POLICY): KeptPart => {
  const backoff = new ExponentialBackoff({ initialDelay: policy.firstDelay, maxDelay: policy.longestDelay, generator: noJitterGenerator });
  const stopping = new AbortController();
  const how = { signal: plan.stopSignal, deadline: plan.stopDeadline };
  let identity = NOBODY;
  let restarts = 0;
  let failures = 0;
  let pause = backoff.next();
  let running: Promise<void> = Promise.resolve();

  const tell = (state: PartState, more: { http?: string; reason?: string } = {}): void => report({ ...identity, state, restarts, ...more });

  const launch = async (): Promise<Part> => {
    const part = await plan.launch((spawned) => {
      identity = { pid: spawned.pid, startedAt: spawned.startedAt };
      tell('starting');
      // It was told to stop while there was no process yet.
      if (stopping.signal.aborted) void stopByPid(identity, how);
    });
    tell('ready', part.http === undefined ? {} : { http: part.http });
    return part;
  };

  /** Starts it until it is up; `undefined` when it was given up or told to stop. */
  const relaunch = async (why: string): Promise<Part | undefined> => {
    let reason = why;
    for (failures += 1; failures <= policy.attempts; failures += 1) {
      tell('restarting', { reason });
      await sleep(pause.duration, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return undefined;
      pause = pause.next(undefined);
      restarts += 1;
      try {
        return await launch();
      } catch (fault) {
        reason = messageOf(fault);
      }
      if (stopping.signal.aborted) return undefined;
    }
    tell('gave-up', { reason });
    return undefined;
  };

  const watch = async (first: Part): Promise<void> => {
    let part: Part | undefined = first;
    while (part) {
      const upSince = performance.now();
      const exit = await part.exited;
      if (stopping.signal.aborted) return;
      if (performance.now() - upSince >= policy.stableAfter) {
        failures = 0;
        pause = backoff.next();
      }
      part = await relaunch(describeExit(exit));
    }
  };

  return {
    plan,
    start: async () => {
      const first = launch();
      running = first.then(watch, () => undefined);
      await first;
    },
    stop: async () => {
      stopping.abort();
      await stopByPid(identity, how);
      await running;
      tell('stopped');
    },
  };
};
