import type { Action, Event, Extension, Reason } from '@countersign/contracts';
import { idempotencyKeyOf, parseTimestamp, sealOf, type Instant, type Principal } from '@countersign/kernel';
import { NOTHING } from '../budget/amounts.js';
import { actionHashOf } from '../action-hash.js';
import { onceKey } from '../ended-actions.js';
import { isAmong } from '../event-type.js';
import type { AgentContract } from '../config/agent-contract.js';
import type { Pinned } from '../config/document.js';
import type { ToolContract } from '../config/tool-contract.js';
import { contractFor, newestKeyOf, toolNamed } from '../control/lookups.js';
import { agentPrincipal } from '../run/plan-context.js';
import { isDecidedAnew, PREVIEW_CHANGED, RUN_DEADLINE } from '../reason-codes.js';
import { sealsAt } from '../context/classed.js';
import type { RunContext } from '../context/run-context.js';
import { argsHashOf, undoneStep } from '../undo/undo.js';
import type { QuestionContext } from './decision-context.js';
import type { Approved, Ask, Case, DecisionState, Deferral, Until } from './decision-state.js';
import { renewalAfter, renewalFaults, renewalOf, type Renewal } from './renewal.js';
import { rightsFaults } from './rights.js';
import { stopFaults, TOO_OLD, waitOf } from './stopping.js';
import type { Question } from './verdict.js';

/** A case that has to be decided now. */
export interface Consideration {
  readonly about: Case;
  /** Present after people have voted. */
  readonly approved?: Approved;
  /** People have let it go over limits of its run. The caller leaves it out where the votes' signatures do not hold. */
  readonly extension?: Extension;
  readonly renews?: Renewal;
  /** Why it is denied whatever an engine says; empty where there is a question. */
  readonly faults: readonly Reason[];
  /** What an engine has to answer. */
  readonly question?: Question;
  /** It is not decided yet, and there is no question. */
  readonly wait?: Wait;
}

export interface Wait {
  readonly until: Until;
  readonly effect: 'read' | 'write';
  /** Since when it has been waiting; absent where it has not. */
  readonly since?: Instant;
}

type Found = Pick<Consideration, 'about' | 'approved' | 'extension' | 'renews'> & { readonly since?: Instant; readonly epoch?: number; readonly notBefore?: Instant | undefined };

/**
 * What an event makes policy decide; `undefined` where that is nothing, or nothing that is still open. Where there is a question,
 * the caller verifies the votes' signatures, asks the engine, and hands the answer to `decideAction` with the consideration.
 */
export const consider = (event: Event, state: DecisionState, context: QuestionContext): Consideration | undefined => {
  const found = caseOf(event, state, context);
  return found && considerCase(found, event, [], state, context);
};

/** The same for what was left open and is decided now though nothing was heard of it, see `dueDecisions`. */
export const considerAgain = (open: Ask | Deferral, tooOld: boolean, state: DecisionState, context: QuestionContext): Consideration => {
  const renews = 'until' in open ? renewalAfter(open, state) : undefined;
  const since = 'until' in open ? { since: open.since, ...(open.approved && { approved: open.approved }), ...(open.extension && { extension: open.extension }) } : {};
  return considerCase({ about: open, ...since, ...(renews && { renews }), epoch: open.epoch }, open.action, tooOld ? [TOO_OLD] : [], state, context);
};

const considerCase = ({ since, epoch, notBefore, ...found }: Found, place: Place, before: readonly Reason[], state: DecisionState, context: QuestionContext): Consideration => {
  const { controls } = context;
  const { action, actionHash, sub, act } = found.about;
  const tool = toolNamed(controls, action.tool);
  const contract = contractFor(controls, action.tenant, action.workflow);
  const run = state.contexts.get(action.run);
  const faults = [
    ...stopFaults(found.about, controls, run?.epoch ?? epoch),
    ...before,
    ...standingFaults(place, found.about, run, tool, contract, context),
    ...(found.renews ? renewalFaults(found.renews) : []),
  ];
  if (faults.length > 0 || !run || !tool || !contract) return { ...found, faults };
  const until = waitOf(found.about, tool.document, state, context, notBefore);
  if (until) return { ...found, faults, wait: { until, effect: tool.document.effect, ...(since !== undefined && { since }) } };
  return { ...found, faults, question: { action, actionHash, sub, act, run, tool, contract, votes: found.approved?.votes ?? [], ...(undoneStep(action.step) !== undefined && { undoes: true }) } };
};

type Place = Pick<Event, 'tenant' | 'workflow' | 'run' | 'step'>;

const caseOf = (event: Event, state: DecisionState, context: QuestionContext): Found | undefined => {
  if (!isAmong(event, ASKING)) return undefined;
  switch (event.type) {
    case 'countersign.action.proposed': {
      const { action, actionHash, subject, agent, runDeadline } = event.data;
      // Whoever can write proposals can write one twice. What is known of the step stays true, so nothing is written over it.
      const again = state.contexts.get(action.run)?.again.get(action.step)?.escalation;
      if (state.open.has(actionHash) || state.ended.has(onceKey(idempotencyKeyOf(action.tenant, action.run, action.step), again), context.now)) return undefined;
      // The planner's word on the deadline can only shorten it.
      const deadline = Math.min(parseTimestamp(runDeadline) ?? 0, state.contexts.get(action.run)?.deadline ?? 0) as Instant;
      return { about: { action, actionHash, sub: subject, act: agent, runDeadline: deadline } };
    }
    case 'countersign.approval.granted': {
      const ask = state.asks.get(event.data.approval);
      if (ask?.actionHash !== event.data.actionHash) return undefined;
      const { approval, tier, quorum, roles, over, confirmation, escalateTo, epoch } = ask;
      const { previewHash } = event.data;
      const given = { ...(event.data.escalated && escalateTo && { fallback: [...escalateTo] }), ...(previewHash !== undefined && { previewHash }) };
      if (over) {
        const extension = { approval, tier, quorum, roles: [...roles], ...given, votes: event.data.votes, over: [...over], by: NOTHING, ...(confirmation && { confirmation }) };
        return { about: ask, ...(ask.approved && { approved: ask.approved }), extension, epoch };
      }
      return { about: ask, approved: { approval, tier, quorum, roles, ...given, votes: event.data.votes }, epoch };
    }
    case 'countersign.grant.refused': {
      const grant = state.grants.get(event.data.jti);
      // What waits already is decided when its time comes.
      if (!grant || !isDecidedAnew(event.data.code) || state.waiting.byAction.has(grant.actionHash)) return undefined;
      const notBefore = event.data.until === undefined ? undefined : parseTimestamp(event.data.until);
      // Who voted on something else than what would be done now is asked anew.
      const stands = grant.approved && event.data.code !== PREVIEW_CHANGED;
      return { about: grant, notBefore, renews: renewalOf(event, grant, context), ...(stands && { approved: grant.approved }) };
    }
  }
};

const ASKING = ['countersign.action.proposed', 'countersign.approval.granted', 'countersign.grant.refused'] as const;

/** `example.org` of `spiffe://example.org/...`. */
export const trustDomainOf = (principal: Principal): string => principal.split('/')[2] ?? '';

const isSealedFor = ({ tenant, run }: Action, sealed: string): boolean => {
  const seal = sealOf(sealed);
  return seal?.tenant === tenant && seal.run === run;
};

/** What has to hold before rules are looked at: a proposal is a wish, and nothing that it says of itself is believed. */
const standingFaults = (
  place: Place,
  about: Case,
  run: RunContext | undefined,
  tool: Pinned<ToolContract> | undefined,
  contract: Pinned<AgentContract> | undefined,
  context: QuestionContext,
): readonly Reason[] => {
  const { action, actionHash, sub, act, runDeadline } = about;
  const reasons: Reason[] = [];
  const deny = (code: string, message: string): void => {
    reasons.push({ rule: 'action', code, message });
  };
  if (!run) return [{ rule: 'action', code: 'run.unknown', message: 'no task that the gateway admitted opened this run, or the run is closed' }];
  if (run.tenant !== action.tenant || run.workflow !== action.workflow) deny('action.misplaced', 'the run is of another tenant or workflow');
  if (run.subject !== sub) deny('subject.differs', `the run acts for \`${run.subject}\``);
  if (actionHashOf(action) !== actionHash) deny('action.hash-differs', 'the hash of the action is not the hash of what it says');
  if (action.tenant !== place.tenant || action.workflow !== place.workflow || action.run !== place.run || action.step !== place.step) deny('action.misplaced', 'the action is of another run or step than its event');
  if (action.idempotencyKey !== idempotencyKeyOf(action.tenant, action.run, action.step)) deny('action.key-differs', 'the idempotency key is not that of the step');
  const undone = undoneStep(action.step);
  if (undone !== undefined || run.undoes) {
    const undo = undone === undefined ? undefined : run.undo.get(undone);
    if (undo?.tool !== action.tool || undo.argsHash !== argsHashOf(action.args)) deny('undo.differs', 'the call is not the one that undoes what was done, as the log and the tool contract say it');
  }
  if (action.dryRun) deny('action.dry-run', 'a dry run has no effect to decide on');
  if (!contract) deny('workflow.unknown', `no contract in force covers workflow \`${action.workflow}\` of tenant \`${action.tenant}\``);
  // For whom the run acts was checked when policy opened it, and so was the trust domain.
  else if (act !== agentPrincipal(action, contract.document.id, { trustDomain: trustDomainOf(run.subject) })) deny('agent.unknown', `contract \`${contract.document.id}\` is not that of agent \`${act}\``);
  if (!tool) deny('tool.unknown', `no tool \`${action.tool}\` is in force`);
  else if (tool.hash !== action.toolContractHash) deny('tool.changed', `the contract of \`${action.tool}\` has changed since the action was proposed`);
  else {
    if (tool.document.connection !== action.destination) deny('destination.differs', `\`${action.tool}\` acts on \`${tool.document.connection}\``);
    for (const fault of context.argumentFaults(tool, action.args)) deny('args.invalid', `\`${fault.pointer}\` ${fault.message}`);
    // What undoes an action has the values of its run, which are pinned.
    if (!run.undoes && sealsAt(tool.document.args, action.args).some((sealed) => !isSealedFor(action, sealed))) deny('seal.foreign', 'a sealed argument was sealed for another run');
    if (contract) reasons.push(...rightsFaults(action, tool.document, contract.document));
  }
  if (!newestKeyOf(context.controls, 'executor')) deny('executor.unknown', 'no key of the executor is announced');
  if (context.now >= runDeadline) reasons.push({ rule: 'run', code: RUN_DEADLINE, message: 'the time of the run is over' });
  return reasons;
};
