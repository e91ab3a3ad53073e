import { CLOUDEVENTS_JSON, HEADERS, partitionOf, topicName } from '@countersign/contracts';
import { parseDuration, runIdOf, type Millis } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { sharedExitCode } from '../exit-codes.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { readTaskFile, tenantOf, type TaskFile } from './task-file.js';
import { exitCodeOfTask, taskObject, taskText, type TaskOutcome } from './task-text.js';
import { waitForTasks } from './wait-for-tasks.js';

export interface SubmitOptions {
  readonly tenant?: string;
  readonly wait?: boolean;
  readonly timeout: string;
}

/** A task and its repeats lie in one partition, in their order. */
const keyOf = ({ source, id }: TaskFile): string => `${source}/${id}`;

const send = async ({ broker, namespace, partitions }: Kafka, tenant: string, task: TaskFile): Promise<void> => {
  const key = keyOf(task);
  await broker.append({ topic: topicName(namespace, 'inbox', tenant), partition: partitionOf(key, partitions) }, [
    { key: Buffer.from(key), value: Buffer.from(JSON.stringify(task.event)), headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON } },
  ]);
};

const report = (context: CommandContext, outcomes: readonly TaskOutcome[], waited: boolean): void => {
  const { terminal } = context;
  const view = viewOf(context);
  terminal.result(
    () => outcomes.map((outcome) => (waited ? taskText(outcome, view) : `${view.colors.bold(oneLine(outcome.id))}  ${shortId(outcome.run)}  sent to the inbox of ${outcome.tenant}`)).join('\n'),
    () => ({ tasks: outcomes.map((outcome) => (waited ? taskObject(outcome) : { file: outcome.file, tenant: outcome.tenant, task: outcome.id, source: outcome.source, run: outcome.run })) }),
  );
  const [first] = outcomes;
  if (!waited && first) terminal.message(`${view.colors.cyan('next')}: ${view.command(`why ${shortId(first.run)}`)}`);
};

export const submitTasks: Action<SubmitOptions> = async (context, { args, options }) => {
  const deadline: Millis = parseDuration(options.timeout);
  const files: TaskFile[] = [];
  for (const name of args) files.push(await readTaskFile(context, name));
  const { terminal } = context;
  for (const { name, id, filledIn } of files) if (filledIn.includes('id')) terminal.message(viewOf(context).colors.dim(`${name} has no id; it is sent as ${id}, and sending it again is another task`));

  return withKafka(context, async (kafka) => {
    const tenant = tenantOf(options.tenant, kafka.tenants);
    const names = files.map((file) => ({ file: file.name, tenant, id: file.id, source: file.source, run: runIdOf(tenant, file.source, file.id), workflow: file.workflow }));
    const sendAll = async (): Promise<void> => {
      for (const file of files) await send(kafka, tenant, file);
    };
    if (!options.wait) {
      await sendAll();
      report(context, names.map((name) => ({ ...name, state: { kind: 'sent' } })), false);
      return undefined;
    }
    const states = await waitForTasks(context, kafka, { tenant, tasks: names, deadline, send: sendAll });
    const outcomes = names.map((name, index) => ({ ...name, state: states[index] ?? { kind: 'sent' as const } }));
    report(context, outcomes, true);
    return sharedExitCode(outcomes.map(({ state }) => exitCodeOfTask(state)));
  });
};
