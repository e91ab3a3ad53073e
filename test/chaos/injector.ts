import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess, type ProcessIdentity } from '@countersign/stack';
import { freezeAtJoin, hasHit, type JoinFreeze } from './freeze-at-join.ts';
import type { GroupWatch } from './group-watch.ts';
import type { Violation } from './judge/record.ts';
import { armFault } from './payments.ts';
import type { Injection } from './schedule.ts';
import { SESSION_TIMEOUT_MS, type ChaosStack } from './stack.ts';
import type { Timeline } from './timeline.ts';

/** A part that was killed a moment ago is on its way up: so long a service may take, and the broker on a machine that does much else. */
const PATIENCE_MS = 90_000;
const LOOK_MS = 20;

/** What was really done: a schedule only says what was meant. */
export interface Done {
  kills: number;
  killsByPart: Record<string, number>;
  freezes: number;
  joinFreezes: Record<JoinFreeze, number>;
  faults: number;
}

/** Does to the processes what the schedule says. */
export class Injector {
  /** What could not be done, and what did not come back from it. */
  readonly violations: Violation[] = [];
  readonly done: Done = { kills: 0, killsByPart: {}, freezes: 0, joinFreezes: { hit: 0, partly: 0, late: 0, 'no-join': 0, unclear: 0 }, faults: 0 };
  readonly #stack: ChaosStack;
  readonly #groups: GroupWatch;
  readonly #timeline: Timeline;
  readonly #patienceMs: number;
  /** What was killed is seen for a moment longer, and dies only once. */
  readonly #killed = new Set<number>();
  readonly #running = new Set<Promise<void>>();

  constructor(stack: ChaosStack, groups: GroupWatch, timeline: Timeline, patienceMs = PATIENCE_MS) {
    this.#stack = stack;
    this.#groups = groups;
    this.#timeline = timeline;
    this.#patienceMs = patienceMs;
  }

  /** Begins an injection; several may be under way at a time. */
  start(injection: Injection): void {
    const work = this.#inject(injection).catch((fault: unknown) => this.#fail('injection.failed', `${injection.kind} went wrong: ${String(fault)}`));
    const tracked: Promise<void> = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Resolves when nobody is frozen any more, and whatever was killed works again. */
  async finish(): Promise<void> {
    await Promise.all(this.#running);
    await Promise.all(Object.keys(this.done.killsByPart).map((part) => this.#expectBack(part)));
    await armFault(this.#stack.payments, { kind: 'none' });
  }

  /** SIGKILL; waits for the part to be there first. */
  async kill(part: string): Promise<void> {
    const target = await this.#alive(part);
    this.#killed.add(target.pid);
    if (!signalProcess(target, 'SIGKILL')) return this.kill(part);
    this.done.kills += 1;
    this.done.killsByPart[part] = (this.done.killsByPart[part] ?? 0) + 1;
    this.#timeline.note(`kill ${part} (${target.pid})`);
  }

  async #inject(injection: Injection): Promise<void> {
    switch (injection.kind) {
      case 'kill':
        return this.kill(injection.part);
      case 'kill-broker':
        return this.kill('kafka');
      case 'kill-both':
        await Promise.all([1, 2].map((replica) => this.kill(`${injection.service}-${replica}`)));
        return;
      case 'freeze': {
        const target = await this.#alive(injection.part);
        this.done.freezes += 1;
        return this.#freeze(injection.part, target, injection.beyondMs);
      }
      case 'freeze-at-join':
        return this.#freezeAtJoin(injection);
      case 'fault':
        await armFault(this.#stack.payments, injection.fault);
        this.done.faults += 1;
        this.#timeline.note(`payments: ${injection.fault.kind}${injection.fault.ms === undefined ? '' : ` ${injection.fault.ms} ms`} ${injection.fault.when ?? ''} ${injection.fault.method} ${injection.fault.path}`);
    }
  }

  async #freezeAtJoin(wanted: Extract<Injection, { kind: 'freeze-at-join' }>): Promise<void> {
    const { outcome, what, release } = await freezeAtJoin(wanted, this.#stack, this.#groups, (part) => this.kill(part));
    this.done.joinFreezes[outcome] += 1;
    this.#timeline.note(`${what}: ${outcome}`);
    await sleep(SESSION_TIMEOUT_MS + wanted.beyondMs);
    release();
    // The moment it is there is the surest one.
    if (!hasHit(outcome) && wanted.attempts > 1) await this.#freezeAtJoin({ ...wanted, afterMs: 0, attempts: wanted.attempts - 1 });
  }

  async #freeze(part: string, target: ProcessIdentity, beyondMs: number): Promise<void> {
    if (!signalProcess(target, 'SIGSTOP')) return;
    this.#timeline.note(`freeze ${part} (${target.pid}) for ${SESSION_TIMEOUT_MS + beyondMs} ms`);
    await sleep(SESSION_TIMEOUT_MS + beyondMs);
    const woke = signalProcess(target, 'SIGCONT');
    this.#timeline.note(woke ? `${part} (${target.pid}) goes on` : `${part} (${target.pid}) died frozen`);
  }

  async #alive(part: string): Promise<ProcessIdentity> {
    const found = await this.#until(() => {
      const target = this.#stack.process(part);
      return target && !this.#killed.has(target.pid) ? target : undefined;
    });
    if (!found) throw new Error(`${part} was not started again in ${this.#patienceMs / 1_000} s`);
    return found;
  }

  async #expectBack(part: string): Promise<void> {
    const isBack = (): true | undefined => {
      const target = this.#stack.process(part);
      return target && !this.#killed.has(target.pid) && this.#stack.isReady(part) ? true : undefined;
    };
    if (!(await this.#until(isBack))) this.#fail('part.not-back', `${part} did not work again ${this.#patienceMs / 1_000} s after the storm`);
  }

  /** What is found, or `undefined` where patience has run out. */
  async #until<Found>(find: () => Found | undefined): Promise<Found | undefined> {
    const end = performance.now() + this.#patienceMs;
    for (;;) {
      const found = find();
      if (found !== undefined || performance.now() > end) return found;
      await sleep(LOOK_MS);
    }
  }

  #fail(rule: string, message: string): void {
    this.violations.push({ rule, message });
    this.#timeline.note(message);
  }
}
