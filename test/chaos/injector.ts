import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess, type ProcessIdentity } from '@countersign/stack';
import { freezeAtJoin, type JoinFreeze } from './freeze-at-join.ts';
import type { GroupWatch } from './group-watch.ts';
import { armFault } from './payments.ts';
import type { Injection } from './schedule.ts';
import { SESSION_TIMEOUT_MS, type ChaosStack } from './stack.ts';
import type { Timeline } from './timeline.ts';

/** A part that was killed a moment ago is on its way up. */
const PATIENCE_MS = 30_000;
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
  readonly done: Done = { kills: 0, killsByPart: {}, freezes: 0, joinFreezes: { hit: 0, partly: 0, late: 0, 'no-join': 0, unclear: 0 }, faults: 0 };
  readonly #stack: ChaosStack;
  readonly #groups: GroupWatch;
  readonly #timeline: Timeline;
  /** What was killed is seen for a moment longer, and dies only once. */
  readonly #killed = new Set<number>();
  readonly #running = new Set<Promise<void>>();

  constructor(stack: ChaosStack, groups: GroupWatch, timeline: Timeline) {
    this.#stack = stack;
    this.#groups = groups;
    this.#timeline = timeline;
  }

  /** Begins an injection; several may be under way at a time. */
  start(injection: Injection): void {
    const work = this.#inject(injection).catch((fault: unknown) => this.#timeline.note(`${injection.kind} went wrong: ${String(fault)}`));
    const tracked: Promise<void> = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Resolves when nobody is frozen any more. */
  async finish(): Promise<void> {
    await Promise.all(this.#running);
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
      case 'freeze-at-join': {
        const { outcome, what, release } = await freezeAtJoin(injection, this.#stack, this.#groups, (part) => this.kill(part));
        this.done.joinFreezes[outcome] += 1;
        this.#timeline.note(`${what}: ${outcome}`);
        await sleep(SESSION_TIMEOUT_MS + injection.beyondMs);
        release();
        return;
      }
      case 'fault':
        await armFault(this.#stack.payments, injection.fault);
        this.done.faults += 1;
        this.#timeline.note(`payments: ${injection.fault.kind}${injection.fault.ms === undefined ? '' : ` ${injection.fault.ms} ms`} ${injection.fault.when ?? ''} ${injection.fault.method} ${injection.fault.path}`);
    }
  }

  async #freeze(part: string, target: ProcessIdentity, beyondMs: number): Promise<void> {
    if (!signalProcess(target, 'SIGSTOP')) return;
    this.#timeline.note(`freeze ${part} (${target.pid}) for ${SESSION_TIMEOUT_MS + beyondMs} ms`);
    await sleep(SESSION_TIMEOUT_MS + beyondMs);
    const woke = signalProcess(target, 'SIGCONT');
    this.#timeline.note(woke ? `${part} (${target.pid}) goes on` : `${part} (${target.pid}) died frozen`);
  }

  async #alive(part: string): Promise<ProcessIdentity> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#stack.process(part);
      if (found && !this.#killed.has(found.pid)) return found;
      if (performance.now() > end) throw new Error(`${part} was not started again in ${PATIENCE_MS / 1_000} s`);
      await sleep(LOOK_MS);
    }
  }
}
