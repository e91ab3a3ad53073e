import type { LogRecord } from '@countersign/bus';
import { HEADERS, type EventData, type SignedWord } from '@countersign/contracts';
import { contractFor, NEWEST_TASK, OLDEST_TASK, UNDO_SOURCE, type ControlState } from '@countersign/domain';
import { signedUndoOrder, UNDO_REQUESTED, type UndoOrder } from '@countersign/identity';
import { codeOf, messageOf, runIdOf, type ErrorCode, type Instant, type RunId, type Tenant } from '@countersign/kernel';

/** An order that a person signed, or why it is none. */
export type UndoReception =
  | { readonly order: UndoOrder; readonly run: RunId; readonly task: string; readonly data: EventData<'countersign.undo.ordered'> }
  | { readonly refusal: EventData<'countersign.task.refused'>; readonly workflow?: UndoOrder['workflow'] };

/** What an order is refused with that nobody has signed so. */
const REFUSALS: Partial<Record<ErrorCode, string>> = { EVENT_INVALID: 'undo.invalid', SIGNATURE_MISSING: 'signature.missing', SIGNER_UNKNOWN: 'signer.unknown' };

/** Cheap: most records are tasks. */
export const isUndoOrder = ({ value }: Pick<LogRecord, 'value'>): boolean => {
  if (!value?.includes(UNDO_REQUESTED)) return false;
  try {
    return (JSON.parse(String(value)) as { readonly type?: unknown } | null)?.type === UNDO_REQUESTED;
  } catch {
    return false;
  }
};

/**
 * The run's id is made of who ordered and the order's own id, so an order that is sent twice is one, and nobody takes the place of another's.
 * Beyond the signature nothing is decided here.
 */
export const receiveUndo = ({ value, headers }: LogRecord, { tenant, now, controls }: { readonly tenant: Tenant; readonly now: Instant; readonly controls: ControlState }): UndoReception => {
  const bytes = value ?? Buffer.alloc(0);
  const jws = headers[HEADERS.personSignature]?.toString('latin1');
  let order: UndoOrder;
  try {
    order = signedUndoOrder(bytes, jws, controls.active?.approvers?.document);
  } catch (fault) {
    return { refusal: { code: REFUSALS[codeOf(fault)] ?? 'signature.invalid', message: messageOf(fault), faults: [] } };
  }
  const task = `${order.run}/${order.step}`;
  const refuse = (code: string, message: string): UndoReception => ({ refusal: { code, message, faults: [], task, source: UNDO_SOURCE }, workflow: order.workflow });
  if (order.tenant !== tenant) return refuse('undo.invalid', 'the order is for another tenant');
  if (!contractFor(controls, tenant, order.workflow)) return refuse('workflow.unknown', `no agent contract of tenant \`${tenant}\` covers workflow \`${order.workflow}\``);
  if (order.time < now - OLDEST_TASK) return refuse('task.too-old', 'the order is more than 24 hours old');
  if (order.time > now + NEWEST_TASK) return refuse('task.in-future', 'the order is more than an hour ahead');
  const signed: SignedWord = { value: bytes.toString(), jws: jws ?? '' };
  const { run, step, by, reason } = order;
  return { order, run: undoRunOf(order), task, data: { undoes: { run, step }, by, reason, order: signed } };
};

const undoRunOf = ({ tenant, workflow, by, id }: UndoOrder): RunId => runIdOf(tenant, workflow, UNDO_SOURCE, id, by);
