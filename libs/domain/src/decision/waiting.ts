import type { Instant, RunId, Sha256 } from '@countersign/kernel';
import { isHeldBy, scopeKey, type ModeSetting, type Scope, type Stops } from '../control/stops.js';
import { DeadlineQueue } from '../deadline-queue.js';
import type { Deferral } from './decision-state.js';

/** What waits for one mode, reads and writes apart, oldest first. */
export interface Line {
  readonly stop: Scope;
  readonly effect: 'read' | 'write';
  readonly waiting: Map<Sha256, Deferral>;
  /** When the newest of them was decided again. */
  drainedAt?: Instant;
}

const lineKey = ({ stop, effect }: Pick<Line, 'stop' | 'effect'>): string => `${effect} ${scopeKey(stop)}`;

/** The cases of one partition that policy has put off, and the actions that they may wait for. A fold, changed in place. */
export class Waiting {
  /** Oldest first. */
  readonly byAction = new Map<Sha256, Deferral>();
  readonly lines = new Map<string, Line>();
  /** Runs in which somebody waits for outcomes and none is outstanding any more. */
  readonly ready = new Set<RunId>();
  readonly #deadlines = new DeadlineQueue((key, at) => this.byAction.get(key as Sha256)?.runDeadline === at);
  readonly #tools = new DeadlineQueue((key, at) => {
    const until = this.byAction.get(key as Sha256)?.until;
    return until?.what === 'tool' && until.at === at;
  });
  /** Waiting for outcomes, oldest first. */
  readonly #byRun = new Map<RunId, Map<Sha256, Deferral>>();
  /** Actions whose grants the executor may be acting on. */
  readonly #acting = new Map<RunId, Set<Sha256>>();

  defer(deferral: Deferral): void {
    const { actionHash, action, runDeadline, until } = deferral;
    this.byAction.set(actionHash, deferral);
    this.#deadlines.push(actionHash, runDeadline, this.byAction.size);
    if (until.what === 'stop') {
      const key = lineKey({ stop: until.stop, effect: deferral.effect });
      const line = this.lines.get(key) ?? { stop: until.stop, effect: deferral.effect, waiting: new Map<Sha256, Deferral>() };
      line.waiting.set(actionHash, deferral);
      this.lines.set(key, line);
    } else if (until.what === 'tool') {
      this.#tools.push(actionHash, until.at, this.byAction.size);
    } else {
      this.#byRun.set(action.run, (this.#byRun.get(action.run) ?? new Map<Sha256, Deferral>()).set(actionHash, deferral));
      this.#weigh(action.run);
    }
  }

  /** `at`: time of the event by which it waits no more. */
  end(deferral: Deferral, at: Instant): void {
    const { actionHash, action, until, effect } = deferral;
    this.byAction.delete(actionHash);
    if (until.what === 'outcomes') {
      const known = this.#byRun.get(action.run);
      known?.delete(actionHash);
      if (known?.size === 0) this.#byRun.delete(action.run);
      this.#weigh(action.run);
      return;
    }
    if (until.what === 'tool') return;
    const key = lineKey({ stop: until.stop, effect });
    const line = this.lines.get(key);
    if (!line) return;
    line.waiting.delete(actionHash);
    line.drainedAt = at;
    if (line.waiting.size === 0) this.lines.delete(key);
  }

  /** A grant is out, and until it comes to its end others of its run may have to wait. */
  acts(run: RunId, actionHash: Sha256): void {
    this.#acting.set(run, (this.#acting.get(run) ?? new Set()).add(actionHash));
    this.#weigh(run);
  }

  rests(run: RunId, actionHash: Sha256): void {
    const known = this.#acting.get(run);
    known?.delete(actionHash);
    if (known?.size === 0) this.#acting.delete(run);
    this.#weigh(run);
  }

  /** Whether another action of the run is granted and has no outcome yet. */
  isActingBesides(run: RunId, actionHash: Sha256): boolean {
    const known = this.#acting.get(run);
    return known !== undefined && known.size > (known.has(actionHash) ? 1 : 0);
  }

  /** The earliest end of a run in which something waits, or time at which a tool may be called again. */
  nextDeadline(): Instant | undefined {
    const next = Math.min(this.#deadlines.next() ?? Infinity, this.#tools.next() ?? Infinity);
    return next === Infinity ? undefined : (next as Instant);
  }

  /** Something that waits in a run that is over. */
  outOfTime(now: Instant): Deferral | undefined {
    return this.#due(this.#deadlines, now);
  }

  /** Something whose tool may be called again. */
  callable(now: Instant): Deferral | undefined {
    return this.#due(this.#tools, now);
  }

  #due(queue: DeadlineQueue, now: Instant): Deferral | undefined {
    const at = queue.next();
    return at !== undefined && at <= now ? this.byAction.get(queue.first() as Sha256) : undefined;
  }

  firstReady(): Deferral | undefined {
    const run = this.ready.values().next().value;
    return run && this.#byRun.get(run)?.values().next().value;
  }

  #weigh(run: RunId): void {
    if (this.#byRun.has(run) && !this.#acting.has(run)) this.ready.add(run);
    else this.ready.delete(run);
  }
}

/** The mode of a line's scope, where it lets go what was put off under control `epoch`; `undefined` where it does not. One that is no newer says nothing of what came after it: a workflow that was degraded since waits for the next. */
const lettingGo = ({ stop, effect }: Line, epoch: number, { modes }: Stops): ModeSetting | undefined => {
  const setting = modes.get(scopeKey(stop));
  return setting && setting.epoch > epoch && !isHeldBy(setting, effect) ? setting : undefined;
};

/** The next of a line that is let go, and when; `undefined` where the mode still holds it. What is too old does not keep to the pace. */
export const nextOf = (line: Line, stops: Stops): { readonly deferral: Deferral; readonly at: Instant; readonly tooOld: boolean } | undefined => {
  const deferral = line.waiting.values().next().value;
  const setting = deferral && lettingGo(line, deferral.epoch, stops);
  if (!setting) return undefined;
  const tooOld = setting.maxAgeMs !== undefined && setting.at - deferral.since > setting.maxAgeMs;
  return { deferral, at: (tooOld || line.drainedAt === undefined ? 0 : line.drainedAt + (setting.everyMs ?? 0)) as Instant, tooOld };
};
