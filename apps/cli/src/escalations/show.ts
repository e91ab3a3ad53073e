import type { Action } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { openLedger } from '../ledger/ledger-client.js';
import { viewOf } from '../terminal/view.js';
import { escalationCard, nextForEscalation } from './escalation-text.js';
import { fetchEscalation } from './find-escalation.js';

export const showEscalation: Action = async (context, { args: [typed = ''] }) => {
  const view = viewOf(context);
  const escalation = await fetchEscalation(openLedger(context), typed, view);
  context.terminal.result(
    () => escalationCard(escalation, view),
    () => ({ escalation }),
  );
  context.terminal.message(`\n${nextForEscalation(escalation, view)}`);
  return escalation.status === 'open' ? EXIT.pending : EXIT.ok;
};
