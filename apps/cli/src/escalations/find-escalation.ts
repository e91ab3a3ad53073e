import type { Ledger } from '../ledger/ledger-client.js';
import { PREFIX_LIMIT, theOne } from '../ledger/find-by-prefix.js';
import type { EscalationView } from '../ledger/shapes.js';
import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';

/** The question that a person means by an id or its start, as it was asked. Throws `NOT_FOUND` and `USAGE`. */
export const fetchEscalation = async (ledger: Pick<Ledger, 'escalation' | 'escalations'>, typed: string, { command }: Pick<View, 'command'>): Promise<EscalationView> => {
  const { id } = theOne({
    kind: 'question',
    typed,
    found: (await ledger.escalations({ prefix: typed, limit: PREFIX_LIMIT })).escalations,
    describe: (found) => `${found.id}  ${found.status}  ${oneLine(found.message)}`,
    hint: `\`${command('escalations list')}\` shows the open ones`,
  });
  return ledger.escalation(id);
};
