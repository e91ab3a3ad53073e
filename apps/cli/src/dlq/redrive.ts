import { CountersignError } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { publishControls, requireRole, type NewControl } from '../controls/publish-controls.js';
import { EXIT } from '../exit-codes.js';
import { requireYes } from '../terminal/require-yes.js';
import { viewOf, type View } from '../terminal/view.js';
import { letterObject, lettersTable } from './letter-text.js';
import { parseLetterId, readLetter, type FoundLetter, type Letter } from './letters.js';
import { compareWithLog } from './original.js';

export interface RedriveOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** Also what is not as on the log. */
  readonly force?: boolean;
}

/** What asks a service to take the original record once more, where it lies. */
export const redriveControl = ({ service, topic, partition, offset }: FoundLetter): NewControl => ({
  type: 'countersign.dlq.redriven',
  subject: `${service}/${topic}/${partition}/${offset}`,
  data: { service, topic, partition, offset },
});

/** A letter with other bytes than the log was not written by what refused the record: nobody should sign for it unseen. */
const requireOnLog = (letters: readonly Letter[], { command }: Pick<View, 'command'>): void => {
  const [other] = letters.filter(({ onLog }) => onLog === 'other');
  if (other) throw new CountersignError('SIGNATURE_INVALID', `the dead letter \`${other.id}\` is not as on the log: the record that it speaks of is another one, or none`, { hint: `treat it as forged: \`${command(`dlq show ${other.id}`)}\`; \`--force\` has the record on the log handled once more all the same` });
};

export const redriveDeadLetters: Action<RedriveOptions> = async (context, { args, options }) => {
  // Ids first: a slip of the pen in the last one must not leave the others done.
  const view = viewOf(context);
  for (const id of args) parseLetterId(id, view);
  const { terminal, clock } = context;
  const root = readRoot(context);
  return withKafka(context, async (kafka) => {
    const { state } = await readControlLog(kafka.broker, kafka.namespace, root);
    const letters = await compareWithLog(kafka, await Promise.all([...new Set(args)].map((id) => readLetter(kafka, id, state, view))));
    const object = (redriven: boolean): object => ({ redriven, letters: letters.map(letterObject) });
    if (options.dryRun) {
      terminal.result(
        () => lettersTable(letters, view),
        () => object(false),
      );
      terminal.message(view.colors.dim('a dry run: nothing was asked for'));
      return EXIT.ok;
    }
    if (options.force !== true) requireOnLog(letters, view);
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
