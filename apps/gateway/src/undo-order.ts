import type { LogRecord } from '@countersign/bus';
import { HEADERS, type SignedWord } from '@countersign/contracts';
import { contractFor, NEWEST_TASK, OLDEST_TASK, undoRunOf, UNDO_SOURCE, type ControlState } from '@countersign/domain';
import { signedUndoOrder, UNDO_REQUESTED, type UndoOrder } from '@countersign/identity';
import { codeOf, deterministicId, messageOf, type Instant, type Tenant } from '@countersign/kernel';
import { isRequest, signatureRefusal, type FromInbox } from './from-inbox.js';

/** Cheap: most records are tasks. */
export const isUndoOrder = (record: Pick<LogRecord, 'value'>): boolean => isRequest(record, UNDO_REQUESTED);

/**
 * The run's id is made of who ordered and the order's own id, so an order that is sent twice is one, and nobody takes the place of another's.
 * Beyond the signature nothing is decided here.
 */
export const receiveUndo = ({ value, headers }: LogRecord, { tenant, now, controls }: { readonly tenant: Tenant; readonly now: Instant; readonly controls: ControlState }): FromInbox => {
  const bytes = value ?? Buffer.alloc(0);
  const jws = headers[HEADERS.personSignature]?.toString('latin1');
  let order: UndoOrder;
  try {
    order = signedUndoOrder(bytes, jws, controls.active?.approvers?.document);
  } catch (fault) {
    return { refusal: { code: codeOf(fault) === 'EVENT_INVALID' ? 'undo.invalid' : signatureRefusal(fault), message: messageOf(fault), faults: [] } };
  }
  const task = `${order.run}/${order.step}`;
  const refuse = (code: string, message: string): FromInbox => ({ refusal: { code, message, faults: [], task, source: UNDO_SOURCE }, workflow: order.workflow });
  if (order.tenant !== tenant) return refuse('undo.invalid', 'the order is for another tenant');
  if (!contractFor(controls, tenant, order.workflow)) return refuse('workflow.unknown', `no agent contract of tenant \`${tenant}\` covers workflow \`${order.workflow}\``);
  if (order.time < now - OLDEST_TASK) return refuse('task.too-old', 'the order is more than 24 hours old');
  if (order.time > now + NEWEST_TASK) return refuse('task.in-future', 'the order is more than an hour ahead');
  const signed: SignedWord = { value: bytes.toString(), jws: jws ?? '' };
  const { id, workflow, run, step, by, reason } = order;
  return {
    id: deterministicId('undo', tenant, workflow, by, id),
    told: { task, source: UNDO_SOURCE },
    outgoing: { type: 'countersign.undo.ordered', data: { undoes: { run, step }, by, reason, order: signed }, tenant, workflow, run: undoRunOf(tenant, workflow, by, id) },
  };
};
