import { CLOUDEVENTS_JSON, HEADERS, partitionOf, topicName } from '@countersign/contracts';
import { contractAccepting, type ControlState } from '@countersign/domain';
import { runIdOf, type Millis } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { readApprover } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { signedBy } from './as-me.js';
import type { TaskFile } from './task-file.js';
import type { TaskOutcome } from './task-text.js';
import { waitForTasks } from './wait-for-tasks.js';

/** A task and its repeats lie in one partition, in their order. */
const keyOf = ({ source, id }: TaskFile): string => `${source}/${id}`;

/** Puts bytes into the inbox of a tenant, as any upstream system would; with the JWS of the person who says it in their own name. */
export const putIntoInbox = async ({ broker, namespace, partitions }: Kafka, tenant: string, key: string, value: Buffer, jws?: string): Promise<void> => {
  await broker.append({ topic: topicName(namespace, 'inbox', tenant), partition: partitionOf(key, partitions) }, [
    { key: Buffer.from(key), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, ...(jws !== undefined && { [HEADERS.personSignature]: jws }) } },
  ]);
};

/** Publishes a task to the inbox of a tenant. */
export const sendTask = (kafka: Kafka, tenant: string, task: TaskFile): Promise<void> => putIntoInbox(kafka, tenant, keyOf(task), Buffer.from(JSON.stringify(task.event)), task.jws);

/** As the door finds it: the workflow that is named, else that of the contract that takes the type. Empty where the door will refuse. */
const workflowOf = ({ workflow, event }: TaskFile, tenant: string, controls: ControlState | undefined): string => {
  const { type } = event;
  return workflow ?? (controls && typeof type === 'string' ? contractAccepting(controls, tenant, type)?.document.workflow : undefined) ?? '';
};

const nameOf = (file: TaskFile, tenant: string, workflow: string): TaskToHandIn => ({ file: file.name, tenant, id: file.id, source: file.source, run: runIdOf(tenant, workflow, file.source, file.id, file.signer), ...(file.signer !== undefined && { signer: file.signer }) });

export type TaskToHandIn = Omit<TaskOutcome, 'state'>;

/** What the answers to tasks will name. What is in force is looked at only where a task leaves its workflow to the door. */
export const namesOf = async (context: CommandContext, { broker, namespace }: Kafka, tenant: string, files: readonly TaskFile[]): Promise<readonly TaskToHandIn[]> => {
  const controls = files.some(({ workflow }) => workflow === undefined) ? (await readControlLog(broker, namespace, readRoot(context))).state : undefined;
  return files.map((file) => nameOf(file, tenant, workflowOf(file, tenant, controls)));
};

/** The tasks signed by the person of this connection, under what is in force. Throws what `readApprover` and `signedBy` throw. */
export const asMe = async (context: CommandContext, { broker, namespace }: Kafka, tenant: string, files: readonly TaskFile[]): Promise<readonly TaskFile[]> => {
  const person = readApprover(context);
  const { state } = await readControlLog(broker, namespace, readRoot(context));
  return files.map((file) => signedBy(person, file, tenant, state, context.clock.now()));
};

/** Hands tasks in, and waits until each has come to its end or waits for a person. */
export const handIn = async (context: CommandContext, kafka: Kafka, tenant: string, files: readonly TaskFile[], deadline: Millis): Promise<readonly TaskOutcome[]> => {
  const tasks = await namesOf(context, kafka, tenant, files);
  const send = async (): Promise<void> => {
    for (const file of files) await sendTask(kafka, tenant, file);
  };
  const states = await waitForTasks(context, kafka, { tenant, tasks, deadline, send });
  return tasks.map((task, index) => ({ ...task, state: states[index] ?? { kind: 'sent' as const } }));
};
