import type { Action } from '../../command-context.js';
import { EXIT } from '../../exit-codes.js';
import { openLedger } from '../../ledger/ledger-client.js';
import { viewOf } from '../../terminal/view.js';
import { findRun } from '../find-run.js';
import { loggedOf } from '../logged.js';
import { areDifferent, compareRuns } from './compare-runs.js';
import { diffText } from './diff-text.js';
import { factsOf } from './facts-of-run.js';

export interface DiffOptions {
  readonly all?: boolean;
}

/** Exit code 9 where the runs differ in anything but ids and times. */
export const diffRuns: Action<DiffOptions> = async (context, { args: [first = '', second = ''], options: { all = false } }) => {
  const ledger = openLedger(context);
  const view = viewOf(context);
  const [a, b] = [await findRun(ledger, first, view), await findRun(ledger, second, view)];
  const [one, other] = await Promise.all([a, b].map(async ({ id }) => factsOf(loggedOf((await ledger.events(id)).events))));
  const rows = compareRuns(one ?? [], other ?? []);
  const isDifferent = areDifferent(rows);
  context.terminal.result(
    () => diffText(a, b, rows, all, view),
    () => ({ a: a.id, b: b.id, equal: !isDifferent, facts: rows.filter(({ differs }) => all || differs) }),
  );
  return isDifferent ? EXIT.drift : EXIT.ok;
};
