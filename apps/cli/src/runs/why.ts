import type { Action } from '../command-context.js';
import { openLedger } from '../ledger/ledger-client.js';
import { viewOf } from '../terminal/view.js';
import { findRun } from './find-run.js';
import { whyText } from './why-text.js';

export const whyRun: Action = async (context, { args: [typed = ''] }) => {
  const ledger = openLedger(context);
  const view = viewOf(context);
  const { id } = await findRun(ledger, typed, view);
  const [why, run] = await Promise.all([ledger.why(id), ledger.run(id)]);
  context.terminal.result(
    () => whyText(why, run, view),
    () => ({ why }),
  );
};
