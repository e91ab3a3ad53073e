import { CountersignError } from '@countersign/kernel';
import type { Action } from '../../command-context.js';
import { withKafka } from '../../connection/kafka.js';
import { EXIT } from '../../exit-codes.js';
import { keyStoreOf } from '../../task/seal-tasks.js';
import { exitCodeOfTask, taskObject, taskText } from '../../task/task-text.js';
import { tenantOf } from '../../task/task-file.js';
import { durationOption } from '../../terminal/option-values.js';
import { requireYes } from '../../terminal/require-yes.js';
import { oneLine } from '../../terminal/safe-text.js';
import { viewOf } from '../../terminal/view.js';
import { ask } from './ask.js';
import { keysIn, type ScopeOptions } from './keys.js';

export interface ShredOptions extends ScopeOptions {
  readonly reason: string;
  readonly yes?: boolean;
  readonly timeout: string;
}

/** As many as one request takes, see the tool contract. */
const MOST = 500;

/** Asks that the keys of a person or run be destroyed: what was sealed with them is gone then, in every topic, archive, database and copy. */
export const shredKeys: Action<ShredOptions> = async (context, { options }) => {
  const deadline = durationOption('--timeout', options.timeout);
  const { subject, run, reason } = options;
  if ((subject === undefined) === (run === undefined)) throw new CountersignError('USAGE', 'whose keys are to be destroyed is not said', { hint: 'either `--subject PERSON` or `--run RUN`' });
  return withKafka(context, async (kafka) => {
    const tenant = tenantOf(options.tenant, kafka.tenants);
    const keys = (await keysIn(keyStoreOf(context), tenant, options)).keys.filter(({ shreddedAt }) => shreddedAt === undefined);
    const whose = oneLine(subject ?? run ?? '');
    if (keys.length === 0) throw new CountersignError('NOT_FOUND', `there is no key of \`${whose}\` that is not destroyed`);
    if (keys.length > MOST) throw new CountersignError('USAGE', `\`${whose}\` has ${keys.length} keys, and one request takes ${MOST}`, { hint: 'begin with `--run`, run by run' });
    const { terminal } = context;
    const view = viewOf(context);
    const people = keys.filter(({ of }) => of === 'subject').length;
    if (!terminal.json) terminal.message(`${view.colors.bold(whose)} of ${tenant}: ${people} keys of the person, ${keys.length - people} of runs. What was sealed with them can be read by nobody afterwards, and nothing brings it back.`);
    if (!(await requireYes(context, options.yes === true, 'ask for exactly this?'))) return EXIT.error;
    const outcome = await ask(context, kafka, tenant, 'shred', { keys: keys.map(({ kid }) => kid), reason }, deadline);
    terminal.result(
      () => taskText(outcome, true, view),
      () => ({ keys: keys.map(({ kid }) => kid), ...taskObject(outcome) }),
    );
    return exitCodeOfTask(outcome.state);
  });
};
