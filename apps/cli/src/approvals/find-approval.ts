import type { Ledger } from '../ledger/ledger-client.js';
import { PREFIX_LIMIT, theOne } from '../ledger/find-by-prefix.js';
import type { ApprovalSummary } from '../ledger/shapes.js';
import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';

/** The approval that a person means by an id or its start. Throws `NOT_FOUND` and `USAGE`. */
export const findApproval = async (ledger: Pick<Ledger, 'approvals'>, typed: string, { command }: Pick<View, 'command'>): Promise<ApprovalSummary> =>
  theOne({
    kind: 'approval',
    typed,
    found: (await ledger.approvals({ prefix: typed, limit: PREFIX_LIMIT })).approvals,
    describe: ({ id, status, tool }) => `${id}  ${status}  ${oneLine(tool)}`,
    hint: `\`${command('approvals list')}\` shows the open ones`,
  });
