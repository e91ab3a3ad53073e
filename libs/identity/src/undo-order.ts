import type { Event } from '@countersign/contracts';
import { CountersignError, isName, type Instant, type StepId } from '@countersign/kernel';
import { requireOfTheseDays } from './of-these-days.js';
import { requestBytes, signedRequest, type People, type PersonsRequest, type RequestKind } from './signed-request.js';

/** `type` of the CloudEvent by which a person orders an action undone. It comes to the inbox of the tenant, and its JWS in the header of a person's signature. */
export const UNDO_REQUESTED = 'countersign.undo.requested';

/** `run` and `step`: the action that is to be undone. */
export interface UndoOrder extends PersonsRequest {
  readonly step: StepId;
}

const KIND: RequestKind<UndoOrder> = {
  type: UNDO_REQUESTED,
  name: 'order to undo',
  rest: ({ step }) => (typeof step === 'string' && isName(step) ? { step: step as StepId } : undefined),
};

/** The bytes that a person signs. */
export const undoOrderBytes = (order: Omit<UndoOrder, 'time'> & { readonly time: string }): Buffer => requestBytes(KIND, order);

/** The order that bytes are. Whether the action can be undone, the planner and policy say. Throws what `signedRequest` throws. */
export const signedUndoOrder = (bytes: Buffer, jws: Uint8Array | string | undefined, directory: People): UndoOrder => signedRequest(KIND, bytes, jws, directory);

/** That a run undoes an action for a person is not the gateway's word alone: it is what that person has signed, of these days. Throws what `signedUndoOrder` throws. */
export const checkUndo = ({ tenant, workflow, data }: Event<'countersign.undo.ordered'>, directory: People, now: Instant): void => {
  const order = signedUndoOrder(Buffer.from(data.order.value), data.order.jws, directory);
  const { undoes, by, reason } = data;
  const isSaid = order.tenant === tenant && order.workflow === workflow && order.run === undoes.run && order.step === undoes.step && order.by === by && order.reason === reason;
  if (!isSaid) throw new CountersignError('SIGNATURE_INVALID', `what \`${order.by}\` has signed is another order`);
  requireOfTheseDays(order.by, order.time, now);
};
