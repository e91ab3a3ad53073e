import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readApprover } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { openLedger } from '../ledger/ledger-client.js';
import { catchUp } from '../ledger/catch-up.js';
import { operand, shortId } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { ballotOf } from './ballot.js';
import { fetchApproval } from './checked-approval.js';
import { castBallot } from './counted.js';

/** Has the fallback roles asked now, and not when their time comes. */
export const escalateApproval: Action<{ readonly reason: string }> = async (context, { args: [typed = ''], options: { reason } }) => {
  const { terminal, clock } = context;
  const view = viewOf(context);
  const person = readApprover(context);
  const root = readRoot(context);
  await withKafka(context, async (kafka) => {
    const ledger = openLedger(context);
    await catchUp(kafka, ledger, 'approvals');
    const { approval } = await fetchApproval(ledger, typed, view);
    const { state: controls } = await readControlLog(kafka.broker, kafka.namespace, root);
    const ballot = ballotOf({ type: 'countersign.escalation.called', data: { approval: approval.id, reason }, of: approval.action, subject: approval.id }, person, clock.now(), kafka);
    const { events } = await castBallot(context, { kafka, root, controls }, ballot, `\`${view.command(`approvals show ${operand(approval.id)}`)}\` shows whether it is`);
    const to = events.flatMap((event) => (event.type === 'countersign.approval.escalated' ? event.data.to : []));
    terminal.result(
      () => `${shortId(approval.id)}: ${to.join(' and ')} ${to.length === 1 ? 'is' : 'are'} asked now too`,
      () => ({ approval: approval.id, escalatedTo: to }),
    );
  });
};
