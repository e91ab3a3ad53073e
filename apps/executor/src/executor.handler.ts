import { setTimeout as sleep } from 'node:timers/promises';
import type { Guard, Moment, Outgoing, Received, Step } from '@countersign/bus';
import type { Cause, Event, LookMade } from '@countersign/contracts';
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
  INTERRUPTED,
  KEY_WRONG,
  KILLED,
  needsToken,
  openExecutionWork,
  PREVIEW_CHANGED,
  previewOf,
  READ_BACK_WAITS,
  REPEATED_TIER,
  rolesThatAnswer,
  slackKeysAt,
  stopCheck,
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
  type Pinned,
  type PreviewOutcome,
  type ReadBackOutcome,
  type ToolContract,
} from '@countersign/domain';
import { verifyGrant, verifyPreviewGrant } from '@countersign/identity';
import { codeOf, CountersignError, millis, seconds, timestamp, type Clock, type Instant, type KeyId } from '@countersign/kernel';
import type { Grant, Question } from './adapters/grant-log.js';
import type { GrantMemory } from './adapters/grant-memory.js';
import { observedCall } from './adapters/observed-call.js';
import type { NotSent } from './adapters/tool-client.js';
import { within, type Tools } from './adapters/tools.js';
import type { Errand } from './credentials/credential.js';
import type { GrantTokens } from './credentials/grant-tokens.js';

/** No side effect unless a fetch within this time showed that no newer control lies in the log. */
export const CONTROLS_FRESH = seconds(1);

/** What came of work; which of them it is follows from the kind of the work. */
type Outcome = CallOutcome | ReadBackOutcome | PreviewOutcome;

export interface ExecutorParts {
  readonly keys: readonly KeyId[];
  readonly tools: Tools;
  readonly grants: GrantMemory;
  readonly tokens: GrantTokens;
  readonly controls: () => ControlState;
  /** Called whenever controls were read; gives what takes the listener off again. */
  readonly onControls: (listener: () => void) => () => void;
  readonly clock: Clock;
  /** Of the namespace. */
  readonly partitions: number;
}

/** The only one who acts, and only under a grant that it has checked itself. It evaluates no policy. */
export class ExecutorHandler implements Step<ExecutionState, ControlState, ExecutionWork, Outcome> {
  readonly service = 'executor';
  /** 1: ended actions are remembered. 2: so are breakers, turns and the calls of open grants. 3: and previews. 4: what is done once more. */
  readonly stateVersion = 4;

  constructor(private readonly parts: ExecutorParts) {}

  initialState(): ExecutionState {
    return initialExecutions();
  }

  handle({ event }: Received, state: ExecutionState, { now, controls, controlEpoch }: Moment<ControlState>): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    const context = { now, controls, partitions: this.parts.partitions };
    if (event.type === 'countersign.approval.required') {
      const check = this.checkQuestion(event, now, controls, controlEpoch);
      if (check.ok) this.parts.grants.remember(event);
      return decidePreviewGrant(event, check, state, context);
    }
    if (event.type !== 'countersign.action.allowed') return [];
    const check = this.check(event, now, controls, controlEpoch);
    // What needs no token does not wait for one.
    if (!check.ok || !needsToken(event.data.action, controls)) return this.decided(event, check, state, context);
    return this.parts.tokens.open(event.data, { now, controls }).then((opened) => this.decided(event, opened.ok ? check : opened, state, context));
  }

  evolve(state: ExecutionState, event: Event, cause: Cause): ExecutionState {
    const next = evolveExecutions(state, event, cause);
    const jti = jtiOf(event);
    if (jti !== undefined && !next.open.has(jti) && !next.previews.has(jti)) {
      this.parts.grants.forget(jti);
      this.parts.tools.forget(jti);
    }
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

  async perform(work: ExecutionWork, signal: AbortSignal, guard: Guard): Promise<Outcome> {
    if (work.kind === 'interrupted') return { kind: 'interrupted' };
    const tool = toolByHash(this.parts.controls(), work.toolContractHash);
    if (!tool) throw new CountersignError('TOOL_UNKNOWN', `no tool contract has the hash \`${work.toolContractHash}\``);
    if (work.kind === 'preview') return this.preview(work, tool, await this.parts.grants.questionOf(work), signal, guard);
    const grant = await this.parts.grants.grantOf(work);
    return work.kind === 'call' ? this.call(work, tool, grant, signal, guard) : this.lookAt(tool, grant, signal);
  }

  done(work: ExecutionWork, outcome: { readonly result: Outcome } | { readonly fault: unknown }, state: ExecutionState, { now, controls }: Moment<ControlState>): readonly Outgoing[] {
    const context = { now, controls, partitions: this.parts.partitions };
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
    if (check.ok) this.parts.grants.remember(grant);
    return decideGrant(grant, check, state, context);
  }

  private errandOf({ data }: Grant): Errand {
    const { action, jti, exp } = data;
    return { action, jti, exp, subjectToken: () => this.parts.tokens.open(data, { now: this.parts.clock.now(), controls: this.parts.controls() }) };
  }

  private check(grant: Grant, now: Instant, controls: ControlState, controlEpoch: number): GrantCheck {
    const [key] = this.parts.keys;
    const tool = toolByHash(controls, grant.data.action.toolContractHash);
    const verdict = verifyGrant(grant, {
      now,
      executorKeys: this.parts.keys,
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

  private checkQuestion(question: Question, now: Instant, controls: ControlState, controlEpoch: number): GrantCheck {
    return verifyPreviewGrant(question, { now, executorKeys: this.parts.keys, controlEpoch, toolContractHash: toolByHash(controls, question.data.action.toolContractHash)?.hash });
  }

  /** Asks the tool what the action of a question would do: under the leave that the question gives, and never longer. */
  private async preview(work: ExecutionWork, tool: Pinned<ToolContract>, question: Question, signal: AbortSignal, guard: Guard): Promise<PreviewOutcome> {
    if (!guard.controlsFresh(CONTROLS_FRESH)) await guard.controlsCaughtUp();
    const { preview } = tool.document;
    const { action, act, controlEpoch } = question.data;
    const forbids = (): NotSent | undefined => {
      const controls = this.parts.controls();
      if (signal.aborted || !guard.canAct()) return { kind: 'not-sent', code: INTERRUPTED };
      const valid = this.checkQuestion(question, this.parts.clock.now(), controls, controls.epoch);
      const check = valid.ok ? stopCheck({ action, act, controlEpoch }, controls, 'read') : valid;
      return check.ok ? undefined : { kind: 'not-sent', code: check.code };
    };
    const forbidden = forbids();
    if (forbidden || !preview) return { kind: 'none', code: forbidden?.code ?? 'preview.not-offered', message: 'the tool was not asked' };
    const left = millis(Math.min(work.deadline - this.parts.clock.now(), tool.document.timeout));
    return this.parts.tools.preview(tool, preview, { action, jti: work.jti, exp: work.deadline / 1_000 }, within(signal, left), forbids);
  }

  /**
   * What people voted on at a high tier is looked at once more, right before it is done: what keeps the call from leaving, where it would do
   * something else now, or where nobody can say. Not where an earlier call may have had its effect: that is in what the tool says now.
   */
  private async otherThanShown(work: ExecutionWork, tool: Pinned<ToolContract>, grant: Grant, signal: AbortSignal, forbids: () => NotSent | undefined): Promise<NotSent | undefined> {
    const { tier, previewHash } = grant.data;
    const { preview } = tool.document;
    if (work.mayBeDone || previewHash === undefined || tier < REPEATED_TIER || !preview) return undefined;
    const seen = await this.parts.tools.preview(tool, preview, this.errandOf(grant), signal, forbids);
    if (seen.kind === 'none' && seen.unanswered) return forbids() ?? { kind: 'not-sent', code: seen.code };
    return previewOf(seen).hash === previewHash ? undefined : { kind: 'not-sent', code: PREVIEW_CHANGED };
  }

  private async call(work: ExecutionWork, tool: Pinned<ToolContract>, grant: Grant, signal: AbortSignal, guard: Guard): Promise<CallOutcome> {
    if (!guard.controlsFresh(CONTROLS_FRESH)) await guard.controlsCaughtUp();
    const forbids = (): NotSent | undefined => this.forbids(work, grant, signal, guard);
    const forbidden = forbids();
    if (forbidden) return { ...forbidden, latencyMs: 0 };
    const left = millis(work.deadline - this.parts.clock.now());
    return this.unlessKilled(grant, async (killed) => {
      const until = within(AbortSignal.any([signal, killed]), left);
      const other = await this.otherThanShown(work, tool, grant, until, forbids);
      if (other) return { ...other, latencyMs: 0 };
      return observedCall(grant.data.action, work, () => this.parts.tools.call(tool, this.errandOf(grant), until, forbids));
    });
  }

  /** The last look before the side effect: still the owner, time left, and nothing that stops it in what people put in force since the grant was taken. */
  private forbids(work: ExecutionWork, grant: Grant, signal: AbortSignal, guard: Guard): NotSent | undefined {
    const now = this.parts.clock.now();
    if (signal.aborted || work.deadline <= now || !guard.canAct()) return { kind: 'not-sent', code: INTERRUPTED };
    const controls = this.parts.controls();
    const valid = this.check(grant, now, controls, controls.epoch);
    const check = valid.ok ? stopCheck(grant.data, controls) : valid;
    return check.ok ? undefined : { kind: 'not-sent', code: check.code, ...(check.key !== undefined && { key: check.key }) };
  }

  /** A call under way is broken off by a kill over it; a mode lets it end, because a call broken off leaves a doubt. */
  private async unlessKilled(grant: Grant, call: (killed: AbortSignal) => Promise<CallOutcome>): Promise<CallOutcome> {
    const kill = new AbortController();
    const off = this.parts.onControls(() => {
      const check = stopCheck(grant.data, this.parts.controls());
      if (!check.ok && check.code === KILLED) kill.abort();
    });
    try {
      const outcome = await call(kill.signal);
      return kill.signal.aborted && (outcome.kind === 'timeout' || outcome.kind === 'broken') ? { kind: 'broken', code: KILLED, latencyMs: outcome.latencyMs } : outcome;
    } finally {
      off();
    }
  }

  /** Some systems show what they have done only a moment later. */
  private async lookAt(tool: Pinned<ToolContract>, grant: Grant, signal: AbortSignal): Promise<ReadBackOutcome> {
    const { readBack, timeout } = tool.document;
    let outcome: ReadBackOutcome = { kind: 'unanswered', code: 'read-back.none', latencyMs: 0 };
    const looks: LookMade[] = [];
    if (!readBack) return outcome;
    for (const wait of READ_BACK_WAITS) {
      if (wait > 0) await sleep(wait, undefined, { signal });
      outcome = await this.parts.tools.readBack(tool, readBack, this.errandOf(grant), within(signal, timeout));
      if (outcome.kind === 'found') {
        if (outcome.faults.length === 0) return outcome;
        continue;
      }
      const code = outcome.kind === 'absent' ? outcome.kind : outcome.code;
      looks.push({ at: timestamp(this.parts.clock.now()), code, ...(outcome.sha256 !== undefined && { sha256: outcome.sha256 }) });
    }
    return outcome.kind === 'found' ? outcome : { ...outcome, looks };
  }
}

const jtiOf = ({ data }: Event): string | undefined => ('jti' in data ? data.jti : undefined);
