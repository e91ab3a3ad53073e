import type { Ledger } from '../ledger/ledger-client.js';
import { PREFIX_LIMIT, theOne } from '../ledger/find-by-prefix.js';
import type { RunSummary } from '../ledger/shapes.js';
import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';
import { stateOf } from './paint.js';

const PREFIX = 'run-';

/** The run that a person means by an id or its start, with or without `run-`. Throws `NOT_FOUND` and `USAGE`. */
export const findRun = async (ledger: Pick<Ledger, 'runs'>, typed: string, { command }: Pick<View, 'command'>): Promise<RunSummary> => {
  const start = typed.startsWith(PREFIX) ? typed : `${PREFIX}${typed}`;
  return theOne({
    kind: 'run',
    typed: start,
    found: (await ledger.runs({ prefix: start, limit: PREFIX_LIMIT })).runs,
    describe: (run) => `${run.id}  ${stateOf(run)}  ${oneLine(run.task ?? '')}`,
    hint: `\`${command('runs list')}\` shows them`,
  });
};
