import type { Action, CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { sharedExitCode } from '../exit-codes.js';
import { durationOption } from '../terminal/option-values.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { asMe, handIn, namesOf, sendTask } from './hand-in.js';
import { readTaskFile, tenantOf, type TaskFile } from './task-file.js';
import { exitCodeOfTask, taskObject, taskText, type TaskOutcome } from './task-text.js';

export interface SubmitOptions {
  readonly tenant?: string;
  readonly asMe?: boolean;
  readonly wait?: boolean;
  readonly timeout: string;
}

const report = (context: CommandContext, outcomes: readonly TaskOutcome[], waited: boolean): void => {
  const { terminal } = context;
  const view = viewOf(context);
  terminal.result(
    () => outcomes.map((outcome) => (waited ? taskText(outcome, outcomes.length === 1, view) : `${view.colors.bold(oneLine(outcome.id))}  ${shortId(outcome.run)}  sent to the inbox of ${outcome.tenant}`)).join('\n'),
    () => ({ tasks: outcomes.map((outcome) => (waited ? taskObject(outcome) : { file: outcome.file, tenant: outcome.tenant, task: outcome.id, source: outcome.source, run: outcome.run })) }),
  );
  const [first] = outcomes;
  if (!waited && first) terminal.message(`${view.colors.cyan('next')}: ${view.command(`why ${shortId(first.run)}`)}`);
};

export const submitTasks: Action<SubmitOptions> = async (context, { args, options }) => {
  const deadline = durationOption('--timeout', options.timeout);
  const given: TaskFile[] = [];
  for (const name of args) given.push(await readTaskFile(context, name));
  const { terminal } = context;
  for (const { name, id, filledIn } of given) if (filledIn.includes('id')) terminal.message(viewOf(context).colors.dim(`${name} has no id; it is sent as ${id}, and sending it again is another task`));

  return withKafka(context, async (kafka) => {
    const tenant = tenantOf(options.tenant, kafka.tenants);
    const files = options.asMe ? await asMe(context, kafka, tenant, given) : given;
    if (!options.wait) {
      const tasks = await namesOf(context, kafka, tenant, files);
      for (const file of files) await sendTask(kafka, tenant, file);
      report(context, tasks.map((task) => ({ ...task, state: { kind: 'sent' } })), false);
      return undefined;
    }
    const outcomes = await handIn(context, kafka, tenant, files, deadline);
    report(context, outcomes, true);
    return sharedExitCode(outcomes.map(({ state }) => exitCodeOfTask(state)));
  });
};
