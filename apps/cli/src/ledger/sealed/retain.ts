import type { Action } from '../../command-context.js';
import { withKafka } from '../../connection/kafka.js';
import { exitCodeOfTask, taskObject, taskText } from '../../task/task-text.js';
import { tenantOf } from '../../task/task-file.js';
import { durationOption } from '../../terminal/option-values.js';
import { viewOf } from '../../terminal/view.js';
import { ask } from './ask.js';

export interface RetainOptions {
  readonly tenant?: string;
  readonly timeout: string;
}

/** Asks that everything be let go of that a tenant has kept for as long as its file says. */
export const applyRetention: Action<RetainOptions> = async (context, { options }) => {
  const deadline = durationOption('--timeout', options.timeout);
  return withKafka(context, async (kafka) => {
    const outcome = await ask(context, kafka, tenantOf(options.tenant, kafka.tenants), 'retain', { retain: true }, deadline);
    context.terminal.result(
      () => taskText(outcome, true, viewOf(context)),
      () => taskObject(outcome),
    );
    return exitCodeOfTask(outcome.state);
  });
};
