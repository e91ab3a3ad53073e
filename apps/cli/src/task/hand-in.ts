import { CLOUDEVENTS_JSON, HEADERS, partitionOf, topicName } from '@countersign/contracts';
import { runIdOf, type Millis } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import type { TaskFile } from './task-file.js';
import type { TaskOutcome } from './task-text.js';
import { waitForTasks } from './wait-for-tasks.js';

/** A task and its repeats lie in one partition, in their order. */
const keyOf = ({ source, id }: TaskFile): string => `${source}/${id}`;

/** Publishes a task to the inbox of a tenant, as any upstream system would. */
export const sendTask = async ({ broker, namespace, partitions }: Kafka, tenant: string, task: TaskFile): Promise<void> => {
  const key = keyOf(task);
  await broker.append({ topic: topicName(namespace, 'inbox', tenant), partition: partitionOf(key, partitions) }, [
    { key: Buffer.from(key), value: Buffer.from(JSON.stringify(task.event)), headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON } },
  ]);
};

/** What the answers to a task will name. */
export const nameOf = (file: TaskFile, tenant: string) => ({ file: file.name, tenant, id: file.id, source: file.source, run: runIdOf(tenant, file.source, file.id), workflow: file.workflow });

/** Hands tasks in, and waits until each has come to its end or waits for a person. */
export const handIn = async (context: CommandContext, kafka: Kafka, tenant: string, files: readonly TaskFile[], deadline: Millis): Promise<readonly TaskOutcome[]> => {
  const tasks = files.map((file) => nameOf(file, tenant));
  const send = async (): Promise<void> => {
    for (const file of files) await sendTask(kafka, tenant, file);
  };
  const states = await waitForTasks(context, kafka, { tenant, tasks, deadline, send });
  return tasks.map((task, index) => ({ ...task, state: states[index] ?? { kind: 'sent' as const } }));
};
