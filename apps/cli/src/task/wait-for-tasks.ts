import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '@countersign/bus/client';
import { millis, type Millis } from '@countersign/kernel';
import type { Topic } from '@countersign/contracts';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { openLedger, type Ledger } from '../ledger/ledger-client.js';
import { LogChecker } from '../log/log-checker.js';
import { endsOf, partitionsOf } from '../log/places.js';
import { watch } from '../log/watch.js';
import { stateFromLedger } from './ledger-state.js';
import { evolveTask, isSettled, type TaskName, type TaskState } from './task-watch.js';

interface Waiting {
  readonly tenant: string;
  readonly tasks: readonly TaskName[];
  readonly deadline: Millis;
  /** Hands the tasks in; called once everything that could answer is watched. */
  readonly send: () => Promise<void>;
}

/** Where answers and progress appear. */
const WATCHED: readonly Topic[] = ['outcomes', 'approvals', 'proposals', 'decisions', 'executions'];
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

/** Puts into `states` what the ledger knows to be settled; resolves once all are, and only then. Ends with the context's signal. */
const askLedger = async (context: CommandContext, tasks: readonly TaskName[], states: TaskState[]): Promise<void> => {
  const ledger = ledgerIfAny(context);
  if (!ledger) return new Promise(() => undefined);
  do {
    await sleep(LEDGER_EVERY, undefined, { signal: context.signal });
    for (const [index, task] of tasks.entries()) {
      const before = states[index];
      if (before && !isSettled(before)) states[index] = (await stateFromLedger(ledger, task)) ?? before;
    }
  } while (!states.every(isSettled));
};

/** Hands tasks in and waits until each has come to its end or waits for a person; gives where each was at the deadline. */
export const waitForTasks = async (context: CommandContext, kafka: Kafka, { tenant, tasks, deadline, send }: Waiting): Promise<readonly TaskState[]> => {
  const { terminal, signal } = context;
  const root = readRoot(context);
  const { state: controls } = await readControlLog(kafka.broker, kafka.namespace, root);
  const checker = new LogChecker(kafka, root, controls);
  const marks = await endsOf(kafka, WATCHED.flatMap((topic) => partitionsOf(kafka, topic, [tenant])));
  const states: TaskState[] = tasks.map(() => ({ kind: 'sent' }));

  const show = (): void => {
    const open = states.filter((state) => !isSettled(state));
    const [first] = open;
    const doing = first?.kind === 'under-way' ? first.doing : 'waiting for the gateway';
    terminal.progress(tasks.length === 1 ? doing : `${tasks.length - open.length} of ${tasks.length} done; ${doing}`);
  };
  const look = (records: readonly LogRecord[]): true | undefined => {
    for (const checked of checker.check(records)) {
      if (checked.kind !== 'event') continue;
      for (const [index, task] of tasks.entries()) states[index] = evolveTask(states[index] ?? { kind: 'sent' }, checked.event, task);
    }
    show();
    return states.every(isSettled) ? true : undefined;
  };

  const stop = new AbortController();
  const ended = AbortSignal.any([stop.signal, signal]);
  show();
  const watching = watch(kafka.broker, marks, look, { deadline, signal: ended });
  const asking = askLedger({ ...context, signal: ended }, tasks, states);
  try {
    await send();
    await Promise.race([watching, asking]);
  } finally {
    stop.abort();
    // They were told to end, and say so.
    await Promise.allSettled([watching, Promise.race([asking, watching])]);
    terminal.progress('');
  }
  return states;
};
