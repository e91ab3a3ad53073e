import type { Event, Preview } from '@countersign/contracts';
import { timestamp } from '@countersign/kernel';
import { toolByHash } from '../control/lookups.js';
import type { Output } from '../output.js';
import { previewHashOf } from '../preview-hash.js';
import { BREAKER_OPEN, GRANT_EXPIRED } from '../reason-codes.js';
import { cut } from '../room.js';
import { shutUntil } from './breakers.js';
import type { ExecutionContext, ExecutionWork, GrantCheck, PreviewOutcome } from './execution-context.js';
import type { ExecutionState, OpenPreview } from './execution-state.js';
import { placeOf, type Place } from './outputs.js';
import { stopCheck } from './stopped.js';

type Of = Pick<OpenPreview, 'approval' | 'actionHash' | 'jti'> & { readonly runDeadline: string };

/** Nothing can be shown, and why, in our own words. */
export const noPreview = (code: string, message: string): Preview => {
  return { kind: 'none', changes: [], reason: { code, message: cut(message, LONGEST_MESSAGE) }, hash: previewHashOf({ kind: 'none', changes: [] }) };
};

const LONGEST_MESSAGE = 300;

/** What the executor does about a preview grant: it announces that it asks the tool, or says at once why there is nothing to be shown. Nothing for one that it has seen. */
export const decidePreviewGrant = (event: Event<'countersign.approval.required'>, check: GrantCheck, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const { tenant, workflow, run, step, data } = event;
  const { approval, action, actionHash, preview, runDeadline } = data;
  if (!preview || tenant === undefined || workflow === undefined || run === undefined || step === undefined) return [];
  const { jti, exp } = preview;
  if (state.previews.has(jti) || state.shown.has(approval)) return [];
  const place = { tenant, workflow, run, step };
  const none = (code: string, message: string): readonly Output[] => [previewed(place, { approval, actionHash, jti, runDeadline }, noPreview(code, message))];
  if (!check.ok) return none(check.code, check.message);
  const tool = toolByHash(context.controls, action.toolContractHash)?.document;
  if (tool?.id !== action.tool) return none('tool.unknown', `the contract of \`${action.tool}\` that the action pins was never published`);
  if (!tool.preview) return none('preview.not-offered', `the contract of \`${action.tool}\` says of no way to look at what it would do`);
  if (context.now >= exp * 1_000) return none(GRANT_EXPIRED, 'it was asked for too long ago');
  const stop = stopCheck({ action, act: data.act, controlEpoch: data.controlEpoch }, context.controls, 'read');
  if (!stop.ok) return none(stop.code, stop.message);
  if (shutUntil({ tenant, tool: tool.id }, state, context.now) !== undefined) return none(BREAKER_OPEN, `too many calls of \`${tool.id}\` failed`);
  return [{ type: 'countersign.preview.started', ...place, subject: approval, data: { jti, actionHash, approval, tool: tool.id, toolContractHash: action.toolContractHash, exp, runDeadline } }];
};

/** What follows from asking the tool (work `preview`); nothing where it was answered already. */
export const decidePreview = (work: Pick<ExecutionWork, 'jti'>, outcome: PreviewOutcome, state: ExecutionState): readonly Output[] => {
  const open = state.previews.get(work.jti);
  return open ? [{ ...previewed(placeOf(open), { ...open, runDeadline: timestamp(open.runDeadline) }, previewOf(outcome)), causes: [open.grant] }] : [];
};

/** A preview with its hash. */
export const previewOf = (outcome: PreviewOutcome): Preview => {
  if (outcome.kind === 'none') return noPreview(outcome.code, outcome.message);
  const { kind, changes, more } = outcome;
  const shown = { kind, changes: [...changes], ...(more !== undefined && { more }) };
  return { ...shown, hash: previewHashOf(shown) };
};

const previewed = (place: Place, { approval, actionHash, jti, runDeadline }: Of, preview: Preview): Output => ({ type: 'countersign.action.previewed', ...place, subject: approval, data: { approval, actionHash, jti, preview, runDeadline } });

/** Whether what people voted on is what was shown for their approval, by the executor's own memory: nobody's word for it is needed. */
export const shownFault = ({ approval, previewHash, extension }: Event<'countersign.action.allowed'>['data'], { shown }: ExecutionState): string | undefined => {
  const other = [{ approval, previewHash }, ...(extension ? [extension] : [])].find((given) => given.previewHash !== undefined && shown.get(given.approval ?? '')?.hash !== given.previewHash);
  return other && `the votes of approval \`${other.approval ?? ''}\` are on another preview than the one that was made for it`;
};
