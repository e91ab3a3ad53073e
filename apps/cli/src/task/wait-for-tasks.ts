import type { Millis } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { TaskFollower } from './task-follower.js';
import { isSettled, type TaskName, type TaskState } from './task-watch.js';

interface Waiting {
  readonly tenant: string;
  readonly tasks: readonly TaskName[];
  readonly deadline: Millis;
  /** Hands the tasks in; called once everything that could answer is watched. */
  readonly send: () => Promise<void>;
}

/** Hands tasks in and waits until each has come to its end or waits for a person; gives where each was at the deadline. */
export const waitForTasks = async (context: CommandContext, kafka: Kafka, { tenant, tasks, deadline, send }: Waiting): Promise<readonly TaskState[]> => {
  const { terminal } = context;
  const follower = await TaskFollower.open(context, kafka, tenant);
  const followed = tasks.map((task) => follower.follow(task));
  const areSettled = (): boolean => {
    const open = followed.filter(({ state }) => !isSettled(state));
    const [first] = open;
    const doing = first?.state.kind === 'under-way' ? first.state.doing : 'waiting for the gateway';
    terminal.progress(tasks.length === 1 ? doing : `${tasks.length - open.length} of ${tasks.length} done; ${doing}`);
    return open.length === 0;
  };
  try {
    await send();
    await follower.until(areSettled, deadline);
  } finally {
    await follower.close();
    terminal.progress('');
  }
  return followed.map(({ state }) => state);
};
