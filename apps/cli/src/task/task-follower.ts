import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '@countersign/bus/client';
import { millis, type Millis } from '@countersign/kernel';
import type { Topic } from '@countersign/contracts';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { openLedger, type Ledger } from '../ledger/ledger-client.js';
import { LogChecker } from '@countersign/audit';
import { endsOf, partitionsOf } from '../log/places.js';
import { watch } from '../log/watch.js';
import { stateFromLedger } from './ledger-state.js';
import { evolveTask, isOver, isSettled, type TaskName, type TaskState } from './task-watch.js';

/** A task and where it has got to. */
export interface Followed {
  readonly task: TaskName;
  state: TaskState;
}

/** Where answers and progress appear; and what people put in force meanwhile, by which the others are judged. */
const WATCHED: readonly Topic[] = ['outcomes', 'approvals', 'proposals', 'decisions', 'executions', 'controls'];
/** How often the ledger is asked about a task that the log says nothing new of: a repeated one is answered by its first run. */
const LEDGER_EVERY = millis(1_000);

/** Why there is no ledger does not matter here: the log alone tells all but repeats. */
const ledgerIfAny = (context: CommandContext): Ledger | undefined => {
  try {
    return openLedger(context);
  } catch {
    return undefined;
  }
};

/** Follows what the log says of tasks of one tenant, from when it was opened on. */
export class TaskFollower {
  private readonly followed = new Set<Followed>();
  private readonly listeners = new Set<() => void>();
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly ledger: Ledger | undefined;
  private watching: Promise<unknown> = Promise.resolve();

  private constructor(
    context: CommandContext,
    private readonly checker: LogChecker,
  ) {
    this.signal = AbortSignal.any([this.stop.signal, context.signal]);
    this.ledger = ledgerIfAny({ ...context, signal: this.signal });
  }

  /** Everything that is said of a task that is handed in after this is heard. */
  static async open(context: CommandContext, kafka: Kafka, tenant: string): Promise<TaskFollower> {
    const root = readRoot(context);
    const { state: controls } = await readControlLog(kafka.broker, kafka.namespace, root);
    const follower = new TaskFollower(context, new LogChecker(kafka, root, controls));
    const marks = await endsOf(kafka, WATCHED.flatMap((topic) => partitionsOf(kafka, topic, [tenant])));
    follower.watching = watch(kafka.broker, marks, (records) => follower.look(records), { signal: follower.signal });
    // Told to whoever waits.
    follower.watching.catch(() => undefined);
    return follower;
  }

  follow(task: TaskName): Followed {
    const followed: Followed = { task, state: { kind: 'sent' } };
    this.followed.add(followed);
    return followed;
  }

  /** Nothing more of it is of interest. */
  forget(followed: Followed): void {
    this.followed.delete(followed);
  }

  /** Waits until `done`, which is asked whenever something was heard of a task, and at most for `deadline`. Throws `Interrupted`, and why the log cannot be read any more. */
  async until(done: () => boolean, deadline: Millis): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = (): void => {
      if (done()) resolve();
    };
    const over = new AbortController();
    const timer = setTimeout(resolve, deadline);
    this.listeners.add(listener);
    listener();
    this.askLedger(over.signal).catch(() => undefined);
    try {
      await Promise.race([promise, this.watching]);
    } finally {
      clearTimeout(timer);
      over.abort();
      this.listeners.delete(listener);
    }
  }

  async close(): Promise<void> {
    this.stop.abort();
    // It was told to end, and says so.
    await Promise.allSettled([this.watching]);
  }

  private look(records: readonly LogRecord[]): undefined {
    for (const checked of this.checker.check(records)) {
      if (checked.kind !== 'event') continue;
      for (const each of this.followed) each.state = evolveTask(each.state, checked.event, each.task);
    }
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  /** Puts into tasks what the ledger knows and the log did not say. Of one that waits for people only its end is news: the log may be ahead. */
  private async askLedger(signal: AbortSignal): Promise<void> {
    const { ledger } = this;
    if (!ledger) return;
    for (;;) {
      await sleep(LEDGER_EVERY, undefined, { signal: AbortSignal.any([signal, this.signal]) });
      for (const each of this.followed) {
        if (isOver(each.state)) continue;
        const found = await stateFromLedger(ledger, each.task);
        if (found && !isOver(each.state) && (isOver(found) || !isSettled(each.state))) each.state = found;
      }
      this.tell();
    }
  }
}
