import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';
import { theOne } from './find-by-prefix.js';

const PREFIX = 'run-';

/** For whoever looks for something in the archive that is not there. */
export const ARCHIVED_SOON = 'what has just happened is archived within half a minute';

/** The run of an archive that a person means by an id or its start, with or without `run-`. Throws `NOT_FOUND` and `USAGE`. */
export const theRun = <Found extends { readonly id: string }>(runs: readonly Found[], typed: string, { command }: Pick<View, 'command'>, describe: (found: Found) => string = ({ id }) => id): Found => {
  const start = typed.startsWith(PREFIX) ? typed : `${PREFIX}${typed}`;
  const found = runs.filter(({ id }) => id.startsWith(start));
  return theOne({ kind: 'run in the archive', typed: start, found, describe: (each) => oneLine(describe(each)), hint: `\`${command('runs list')}\` shows them; ${ARCHIVED_SOON}` });
};
