import { setTimeout as sleep } from 'node:timers/promises';
import { millis, seconds } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import type { Ledger } from '../ledger/ledger-client.js';
import { Fault } from '../terminal/failure.js';
import type { View } from '../terminal/view.js';
import { fetchApproval, type CheckedApproval } from './checked-approval.js';

/** The approvals service itself waits for half a minute. */
const PATIENCE = seconds(40);
const AGAIN = millis(300);

/** The approval with what would change, which is looked at right after people are asked. Throws `TIMED_OUT` where nobody says it. */
export const onceShown = async ({ terminal, signal, clock }: Pick<CommandContext, 'terminal' | 'signal' | 'clock'>, ledger: Pick<Ledger, 'approval' | 'approvals'>, asked: CheckedApproval, view: Pick<View, 'command'>): Promise<CheckedApproval> => {
  const until = clock.now() + PATIENCE;
  let newest = asked;
  while (newest.approval.preview === 'pending' && newest.approval.status === 'pending') {
    if (clock.now() > until) throw new Fault(EXIT.pending, 'TIMED_OUT', 'what would change is still being looked at, and no yes counts before', { hint: `\`${view.command('doctor')}\` says what is missing` });
    terminal.progress('what would change is being looked at');
    await sleep(AGAIN, undefined, { signal });
    newest = await fetchApproval(ledger, asked.approval.id, view);
  }
  return newest;
};
