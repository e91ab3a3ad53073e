import { RUN_PATTERN, type Event } from '@countersign/contracts';
import type { ApproverDirectory } from '@countersign/domain';
import { canonicalJson, CountersignError, isJsonObject, isName, parseTimestamp, timestamp, type Instant, type Json, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { requireOfTheseDays } from './of-these-days.js';
import { signerAlone } from './people.js';

/** `type` of the CloudEvent by which a person orders an action undone. It comes to the inbox of the tenant, and its JWS in the header of a person's signature. */
export const UNDO_REQUESTED = 'countersign.undo.requested';

export interface UndoOrder {
  readonly id: string;
  readonly time: Instant;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  /** The action that is to be undone. */
  readonly run: RunId;
  readonly step: StepId;
  readonly by: Principal;
  readonly reason: string;
}

/** As long as the event that carries the order allows. */
const LONGEST_REASON = 500;
const LONGEST_ID = 200;

/** The bytes that a person signs. */
export const undoOrderBytes = ({ id, time, ...data }: Omit<UndoOrder, 'time'> & { readonly time: string }): Buffer =>
  Buffer.from(canonicalJson({ specversion: '1.0', id, source: '/countersign/operator', type: UNDO_REQUESTED, time, data }));

const parse = (bytes: Buffer): Json => {
  try {
    return JSON.parse(bytes.toString()) as Json;
  } catch {
    return null;
  }
};

const orderOf = (event: Json): UndoOrder | undefined => {
  if (!isJsonObject(event)) return undefined;
  const { id, time, data } = event;
  if (typeof id !== 'string' || id === '' || !id.isWellFormed() || id.length > LONGEST_ID || typeof time !== 'string' || data === undefined || !isJsonObject(data)) return undefined;
  const { tenant, workflow, run, step, by, reason } = data;
  const at = parseTimestamp(time);
  const isNamed = (value: Json | undefined): value is string => typeof value === 'string' && isName(value);
  if (at === undefined || !isNamed(tenant) || !isNamed(workflow) || !isNamed(step) || typeof run !== 'string' || !RUN_PATTERN.test(run)) return undefined;
  if (typeof by !== 'string' || !by.isWellFormed() || typeof reason !== 'string' || reason.length > LONGEST_REASON || !reason.isWellFormed()) return undefined;
  return { id, time: at, tenant: tenant as Tenant, workflow: workflow as Workflow, run: run as RunId, step: step as StepId, by: by as Principal, reason };
};

type People = Pick<ApproverDirectory, 'people'> | undefined;

/**
 * The order that bytes are, signed by the person whom it names and nobody else. Whether the action can be undone, the planner and policy say.
 * No task and no ballot is signed under this type. Throws `EVENT_INVALID`, `SIGNER_WRONG`, and what `verifyPersons` throws.
 */
export const signedUndoOrder = (bytes: Buffer, jws: Uint8Array | string | undefined, directory: People): UndoOrder => {
  const order = orderOf(parse(bytes));
  if (!order || !bytes.equals(undoOrderBytes({ ...order, time: timestamp(order.time) }))) throw new CountersignError('EVENT_INVALID', 'the record is no order to undo, or not in its canonical form');
  const signer = signerAlone(bytes, jws, directory?.people ?? [], 'an order is given by one person');
  if (signer !== order.by) throw new CountersignError('SIGNER_WRONG', `\`${signer}\` has signed the order, which names \`${order.by}\``);
  return order;
};

/** That a run undoes an action for a person is not the gateway's word alone: it is what that person has signed, of these days. Throws what `signedUndoOrder` throws. */
export const checkUndo = ({ tenant, workflow, data }: Event<'countersign.undo.ordered'>, directory: People, now: Instant): void => {
  const order = signedUndoOrder(Buffer.from(data.order.value), data.order.jws, directory);
  const { undoes, by, reason } = data;
  const isSaid = order.tenant === tenant && order.workflow === workflow && order.run === undoes.run && order.step === undoes.step && order.by === by && order.reason === reason;
  if (!isSaid) throw new CountersignError('SIGNATURE_INVALID', `what \`${order.by}\` has signed is another order`);
  requireOfTheseDays(order.by, order.time, now);
};
