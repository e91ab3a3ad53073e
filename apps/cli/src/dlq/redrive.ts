import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { publishControls, requireRole, type NewControl } from '../controls/publish-controls.js';
import { EXIT } from '../exit-codes.js';
import { requireYes } from '../terminal/require-yes.js';
import { viewOf } from '../terminal/view.js';
import { letterObject, lettersTable } from './letter-text.js';
import { parseLetterId, readLetter, type Letter } from './letters.js';

export interface RedriveOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What asks a service to take the original record once more, where it lies. */
export const redriveControl = ({ service, topic, partition, offset }: Letter): NewControl => ({
  type: 'countersign.dlq.redriven',
  subject: `${service}/${topic}/${partition}/${offset}`,
  data: { service, topic, partition, offset },
});

export const redriveDeadLetters: Action<RedriveOptions> = async (context, { args, options }) => {
  // Ids first: a slip of the pen in the last one must not leave the others done.
  const view = viewOf(context);
  for (const id of args) parseLetterId(id, view);
  const { terminal, clock } = context;
  const root = readRoot(context);
  return withKafka(context, async (kafka) => {
    const { state } = await readControlLog(kafka.broker, kafka.namespace, root);
    const letters = await Promise.all([...new Set(args)].map((id) => readLetter(kafka, id, state, view)));
    const object = (redriven: boolean): object => ({ redriven, letters: letters.map(letterObject) });
    if (options.dryRun) {
      terminal.result(
        () => lettersTable(letters, view),
        () => object(false),
      );
      terminal.message(view.colors.dim('a dry run: nothing was asked for'));
      return EXIT.ok;
    }
    const person = readPerson(context);
    requireRole(root, person, ['countersign.dlq.redriven']);
    if (!terminal.json) terminal.message(lettersTable(letters, view));
    if (!(await requireYes(context, options.yes === true, `have ${letters.length === 1 ? 'this record' : `these ${letters.length} records`} handled once more?`))) return EXIT.error;
    await publishControls(kafka.broker, kafka.namespace, person, letters.map(redriveControl), clock.now());
    terminal.result(
      () => `asked for: ${letters.map(({ id }) => id).join(', ')}`,
      () => object(true),
    );
    terminal.message(view.colors.dim(`what cannot be handled comes back: \`${view.command('dlq list')}\``));
    return EXIT.ok;
  });
};
