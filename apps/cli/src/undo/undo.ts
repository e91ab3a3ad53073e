import { randomUUID } from 'node:crypto';
import { UNDO_SOURCE, undoRunOf } from '@countersign/domain';
import { undoOrderBytes } from '@countersign/identity';
import { CountersignError, timestamp, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readApprover } from '../connection/person.js';
import { EXIT } from '../exit-codes.js';
import { openLedger } from '../ledger/ledger-client.js';
import { findRun } from '../runs/find-run.js';
import { putIntoInbox } from '../task/hand-in.js';
import { exitCodeOfTask, taskObject, taskText } from '../task/task-text.js';
import { waitForTasks } from '../task/wait-for-tasks.js';
import { durationOption } from '../terminal/option-values.js';
import { requireYes } from '../terminal/require-yes.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId, who } from '../terminal/short.js';
import { unknownName } from '../terminal/unknown-name.js';
import { viewOf } from '../terminal/view.js';

export interface UndoOptions {
  readonly reason: string;
  readonly yes?: boolean;
  readonly timeout: string;
}

/** `RUN/STEP`, as `runs show` prints the two. */
const parted = (typed: string): readonly [string, string] => {
  const slash = typed.indexOf('/');
  if (slash < 1 || slash === typed.length - 1) throw new CountersignError('USAGE', `\`${oneLine(typed)}\` is no action`, { hint: 'such as `run-w44LAfiJ/refund`: a run and one of its steps' });
  return [typed.slice(0, slash), typed.slice(slash + 1)];
};

/** Signs an order, sends it to the inbox of the run's tenant, and waits for the end of the run that follows it. */
export const undoAction: Action<UndoOptions> = async (context, { args: [typed = ''], options }) => {
  const deadline = durationOption('--timeout', options.timeout);
  const [start, named] = parted(typed);
  const view = viewOf(context);
  const person = readApprover(context);
  const ledger = openLedger(context);
  const found = await findRun(ledger, start, view);
  const { actions } = await ledger.run(found.id);
  const step = actions.find((action) => action.step === named)?.step;
  if (step === undefined) throw unknownName('step', named, actions.map((action) => action.step));
  const { terminal } = context;
  if (!terminal.json) terminal.message(`${view.colors.bold(`${oneLine(step)} of ${shortId(found.id)}`)} (${oneLine(found.task ?? '?')}) is to be undone, ordered by ${who(person.subject)}: ${oneLine(options.reason)}`);
  if (!(await requireYes(context, options.yes === true, 'order exactly this?'))) return EXIT.error;

  return withKafka(context, async (kafka) => {
    const tenant = found.tenant as Tenant;
    const workflow = found.workflow as Workflow;
    const id = randomUUID();
    const order = { id, time: timestamp(context.clock.now()), tenant, workflow, run: found.id as RunId, step: step as StepId, by: person.subject, reason: options.reason };
    const value = undoOrderBytes(order);
    const send = (): Promise<void> => putIntoInbox(kafka, tenant, id, value, person.sign(value));
    const task = { id: `${found.id}/${step}`, source: UNDO_SOURCE, run: undoRunOf(tenant, workflow, person.subject, id) };
    const [state = { kind: 'sent' as const }] = await waitForTasks(context, kafka, { tenant, tasks: [task], deadline, send });
    const outcome = { ...task, file: '', tenant, state };
    terminal.result(
      () => taskText(outcome, true, view),
      () => ({ undoes: { run: found.id, step }, ...taskObject(outcome) }),
    );
    return exitCodeOfTask(state);
  });
};
