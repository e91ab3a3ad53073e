import type { Moment, Outgoing, Received, Step } from '@countersign/bus';
import type { Cause, Event, EventType } from '@countersign/contracts';
import {
  authorsFor,
  decideCall,
  decideGrant,
  decidePreview,
  decidePreviewGrant,
  decideReadBack,
  evolveExecutions,
  freezeExecutions,
  initialExecutions,
  KEY_WRONG,
  needsToken,
  openExecutionWork,
  rolesThatAnswer,
  slackKeysAt,
  thawExecutions,
  toolByHash,
  toolNamed,
  workForExecution,
  type CallOutcome,
  type ControlState,
  type ExecutionContext,
  type ExecutionState,
  type ExecutionWork,
  type GrantCheck,
  type PreviewOutcome,
  type ReadBackOutcome,
} from '@countersign/domain';
import { verifyGrant, verifyPreviewGrant, type OpenedToken } from '@countersign/identity';
import { codeOf, type Instant, type KeyId } from '@countersign/kernel';

type Grant = Event<'countersign.action.allowed'>;
/** A question to people, with leave to ask the tool what they would say yes to. */
type Question = Event<'countersign.approval.required'>;

/** Grants, and questions to people that let it look at what they are about. */
export const EXECUTOR_INPUTS = ['countersign.action.allowed', 'countersign.approval.required'] as const satisfies readonly EventType[];

/** What came of work; which of them it is follows from the kind of the work. */
export type Outcome = CallOutcome | ReadBackOutcome | PreviewOutcome;

export interface StepParts {
  readonly keys: readonly KeyId[];
  /** Where what was verified is kept until its work is done. */
  readonly grants: { remember(grant: Grant | Question): void; forget(jti: string): void };
  readonly tokens: { open(grant: Grant['data'], at: { readonly now: Instant; readonly controls: ControlState }): Promise<OpenedToken> };
  /** Of the namespace. */
  readonly partitions: number;
}

/** What the executor decides: whether a grant holds, and what follows from the outcome of a call. It reaches no tool: that is the handler's. */
export class ExecutorStep implements Step<ExecutionState, ControlState, ExecutionWork, Outcome> {
  readonly service = 'executor';
  /** 1: ended actions are remembered. 2: so are breakers, turns and the calls of open grants. 3: and previews. 4: what is done once more. */
  readonly stateVersion = 4;

  constructor(private readonly step: StepParts) {}

  initialState(): ExecutionState {
    return initialExecutions();
  }

  handle({ event }: Received, state: ExecutionState, { now, controls, controlEpoch }: Moment<ControlState>): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    const context = { now, controls, partitions: this.step.partitions };
    if (event.type === 'countersign.approval.required') {
      const check = this.checkQuestion(event, now, controls, controlEpoch);
      if (check.ok) this.step.grants.remember(event);
      return decidePreviewGrant(event, check, state, context);
    }
    if (event.type !== 'countersign.action.allowed') return [];
    const check = this.check(event, now, controls, controlEpoch);
    // What needs no token does not wait for one.
    if (!check.ok || !needsToken(event.data.action, controls)) return this.decided(event, check, state, context);
    return this.step.tokens.open(event.data, { now, controls }).then((opened) => this.decided(event, opened.ok ? check : opened, state, context));
  }

  evolve(state: ExecutionState, event: Event, cause: Cause): ExecutionState {
    const next = evolveExecutions(state, event, cause);
    const jti = jtiOf(event);
    if (jti !== undefined && isOver(jti, next)) this.step.grants.forget(jti);
    return next;
  }

  workFor(state: ExecutionState, event: Event, cause: Cause): readonly ExecutionWork[] {
    return workForExecution(state, event, cause);
  }

  widthOf(tool: string, controls: ControlState): number | undefined {
    return toolNamed(controls, tool)?.document.concurrency;
  }

  openWork(state: ExecutionState): readonly ExecutionWork[] {
    return openExecutionWork(state);
  }

  done(work: ExecutionWork, outcome: { readonly result: Outcome } | { readonly fault: unknown }, state: ExecutionState, { now, controls }: Moment<ControlState>): readonly Outgoing[] {
    const context = { now, controls, partitions: this.step.partitions };
    if (work.kind === 'preview') {
      const seen = 'fault' in outcome ? ({ kind: 'none', code: codeOf(outcome.fault), message: 'the executor could not ask the tool' } as const) : (outcome.result as PreviewOutcome);
      return decidePreview(work, seen, state);
    }
    if (work.kind === 'read-back') {
      const found = 'fault' in outcome ? ({ kind: 'unanswered', code: codeOf(outcome.fault), latencyMs: 0 } as const) : (outcome.result as ReadBackOutcome);
      return decideReadBack(work, found, state, context);
    }
    // A fault of ours in the middle of a call: the request may have left.
    const answer = 'fault' in outcome ? ({ kind: 'broken', code: codeOf(outcome.fault), latencyMs: 0 } as const) : (outcome.result as CallOutcome);
    return decideCall(work, answer, state, context);
  }

  freeze(state: ExecutionState): unknown {
    return freezeExecutions(state);
  }

  thaw(frozen: unknown): ExecutionState {
    return thawExecutions(frozen);
  }

  private decided(grant: Grant, check: GrantCheck, state: ExecutionState, context: ExecutionContext): readonly Outgoing[] {
    if (check.ok) this.step.grants.remember(grant);
    return decideGrant(grant, check, state, context);
  }

  protected check(grant: Grant, now: Instant, controls: ControlState, controlEpoch: number): GrantCheck {
    const [key] = this.step.keys;
    const tool = toolByHash(controls, grant.data.action.toolContractHash);
    const verdict = verifyGrant(grant, {
      now,
      executorKeys: this.step.keys,
      controlEpoch,
      directory: controls.active?.approvers?.document,
      slackKeys: slackKeysAt(controls, now),
      authors: authorsFor(controls, grant.data.action.tenant, grant.data.action.workflow),
      answering: rolesThatAnswer(controls, grant.data.action.tenant, grant.data.action.workflow),
      toolContractHash: tool?.hash,
      tool: tool?.document,
    });
    return !verdict.ok && verdict.code === KEY_WRONG && key !== undefined ? { ...verdict, key } : verdict;
  }

  protected checkQuestion(question: Question, now: Instant, controls: ControlState, controlEpoch: number): GrantCheck {
    return verifyPreviewGrant(question, { now, executorKeys: this.step.keys, controlEpoch, toolContractHash: toolByHash(controls, question.data.action.toolContractHash)?.hash });
  }
}

export const jtiOf = ({ data }: Event): string | undefined => ('jti' in data ? data.jti : undefined);

/** Nothing more is done under a grant. */
export const isOver = (jti: string, { open, previews }: Pick<ExecutionState, 'open' | 'previews'>): boolean => !open.has(jti) && !previews.has(jti);
