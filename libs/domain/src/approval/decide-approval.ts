import type { Event } from '@countersign/contracts';
import type { Output } from '../output.js';
import { STOPPED_KILLED } from '../reason-codes.js';
import { cut } from '../room.js';
import type { ApprovalContext } from './approval-context.js';
import type { ApprovalState, OpenApproval } from './approval-state.js';
import { isBallot, decideBallot } from './decide-ballot.js';
import { LONGEST_REASON } from './constants.js';
import { placeOf } from './place-of.js';
import { showPreview } from './preview.js';
import { requestApproval } from './request-approval.js';
import { ended } from './standing.js';

/** What approvals does about an event of decisions or executions, or about what a person put on `ballots`. */
export const decideApproval = (event: Event, state: ApprovalState, context: ApprovalContext): readonly Output[] => {
  if (isBallot(event)) return decideBallot(event, state, context);
  if (event.type === 'countersign.approval.required') return requestApproval(event, state, context);
  if (event.type === 'countersign.action.previewed') return showPreview(event, state);
  if (event.type === 'countersign.action.allowed') return tell(event);
  if (event.type === 'countersign.action.denied') return takeBack(event, state);
  if (event.type === 'countersign.context.closed') return withdrawOfRun(event, state);
  return [];
};

/** People are not asked, but told. */
const tell = ({ tenant, workflow, run, step, data }: Event<'countersign.action.allowed'>): readonly Output[] => {
  const { jti, action, actionHash, notice } = data;
  if (!notice || tenant === undefined || workflow === undefined || run === undefined || step === undefined) return [];
  const { reasons, roles, undoUntil } = notice;
  return [{ type: 'countersign.approval.notified', tenant, workflow, run, step, data: { jti, action, actionHash, reasons, roles, ...(undoUntil !== undefined && { undoUntil }) } }];
};

/** A kill ends what people are being asked about: nobody should go on answering. */
const takeBack = ({ data }: Event<'countersign.action.denied'>, state: ApprovalState): readonly Output[] => {
  const stop = data.reasons.find(({ code }) => code === STOPPED_KILLED);
  if (!stop) return [];
  return withdrawn([...state.open.values()].filter(({ actionHash }) => actionHash === data.actionHash), 'stopped', stop.message);
};

/** What a run was asked about, and what was said beforehand for it, ends with it. */
const withdrawOfRun = ({ run, data }: Event<'countersign.context.closed'>, state: ApprovalState): readonly Output[] => [
  ...withdrawn(
    [...state.open.values()].filter((open) => open.run === run),
    'run-closed',
    `the run is over: ${data.outcome}`,
  ),
  ...[...state.consents.values()]
    .filter((consent) => consent.run === run)
    .map((consent) => ended(consent, 'run-closed')),
];

const withdrawn = (asked: readonly OpenApproval[], why: 'stopped' | 'run-closed', reason: string): readonly Output[] =>
  asked.map((open) => ({ type: 'countersign.approval.withdrawn', ...placeOf(open), subject: open.approval, data: { approval: open.approval, actionHash: open.actionHash, why, reason: cut(reason, LONGEST_REASON) } }));
