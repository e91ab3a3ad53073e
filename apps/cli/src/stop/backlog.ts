import { codeOf } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { openLedger } from '../ledger/ledger-client.js';
import type { BacklogLine } from '../ledger/shapes.js';

/** What has queued; `undefined` where the ledger gives no answer: whoever has to stop or resume is not held up by that. */
export const askBacklog = async (context: CommandContext, before?: string): Promise<readonly BacklogLine[] | undefined> => {
  try {
    return (await openLedger(context).backlog({ before })).backlog;
  } catch (fault) {
    if (['STACK_NOT_RUNNING', 'DATABASE_UNREACHABLE', 'CONFIG_INVALID'].includes(codeOf(fault))) return undefined;
    throw fault;
  }
};
