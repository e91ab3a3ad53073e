import type { Action, CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { readApprover } from '../connection/person.js';
import { sharedExitCode } from '../exit-codes.js';
import { catchUp } from '../ledger/catch-up.js';
import { openLedger } from '../ledger/ledger-client.js';
import { durationOption } from '../terminal/option-values.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { asMe, handIn, namesOf, sendTask } from './hand-in.js';
import { sealTasks } from './seal-tasks.js';
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

/** Who is told that a task waits, or how it ended, asks the ledger next. One that does not answer says so then. */
const letLedgerCatchUp = async (context: CommandContext, kafka: Kafka, outcomes: readonly TaskOutcome[]): Promise<void> => {
  try {
    const ledger = openLedger(context);
    for (const topic of new Set(outcomes.map(({ state }) => (state.kind === 'pending' ? 'approvals' : 'proposals')))) await catchUp(kafka, ledger, topic);
  } catch {
    // Nothing that was found out about the tasks depends on it.
  }
};

export const submitTasks: Action<SubmitOptions> = async (context, { args, options }) => {
  const deadline = durationOption('--timeout', options.timeout);
  const given: TaskFile[] = [];
  for (const name of args) given.push(await readTaskFile(context, name));
  const { terminal } = context;
  for (const { name, id, filledIn } of given) if (filledIn.includes('id')) terminal.message(viewOf(context).colors.dim(`${name} has no id; it is sent as ${id}, and sending it again is another task`));

  return withKafka(context, async (kafka) => {
    const tenant = tenantOf(options.tenant, kafka.tenants);
    const sealed = await sealTasks(context, kafka, tenant, given, options.asMe ? readApprover(context).subject : undefined);
    const files = options.asMe ? await asMe(context, kafka, tenant, sealed) : sealed;
    if (!options.wait) {
      const tasks = await namesOf(context, kafka, tenant, files);
      for (const file of files) await sendTask(kafka, tenant, file);
      report(context, tasks.map((task) => ({ ...task, state: { kind: 'sent' } })), false);
      return undefined;
    }
    const outcomes = await handIn(context, kafka, tenant, files, deadline);
    await letLedgerCatchUp(context, kafka, outcomes);
    report(context, outcomes, true);
    return sharedExitCode(outcomes.map(({ state }) => exitCodeOfTask(state)));
  });
};
