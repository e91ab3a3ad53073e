import { setTimeout as sleep } from 'node:timers/promises';
import type { Guard, Step } from '@countersign/bus';
import type { Cause, Event, LookMade } from '@countersign/contracts';
import {
  INTERRUPTED,
  KILLED,
  PREVIEW_CHANGED,
  previewOf,
  READ_BACK_WAITS,
  REPEATED_TIER,
  stopCheck,
  toolByHash,
  type CallOutcome,
  type ControlState,
  type ExecutionState,
  type ExecutionWork,
  type Pinned,
  type PreviewOutcome,
  type ReadBackOutcome,
  type ToolContract,
} from '@countersign/domain';
import { CountersignError, millis, seconds, timestamp, type Clock } from '@countersign/kernel';
import type { Grant, Question } from './adapters/grant-log.js';
import type { GrantMemory } from './adapters/grant-memory.js';
import { observedCall } from './adapters/observed-call.js';
import type { NotSent } from './adapters/tool-client.js';
import { within, type Tools } from './adapters/tools.js';
import type { Errand } from './credentials/credential.js';
import { ExecutorStep, isOver, jtiOf, type Outcome, type StepParts } from './executor.step.js';

/** No side effect unless a fetch within this time showed that no newer control lies in the log. */
export const CONTROLS_FRESH = seconds(1);

export interface ExecutorParts extends StepParts {
  readonly tools: Tools;
  readonly grants: GrantMemory;
  readonly controls: () => ControlState;
  /** Called whenever controls were read; gives what takes the listener off again. */
  readonly onControls: (listener: () => void) => () => void;
  readonly clock: Clock;
}

/** The only one who acts, and only under a grant that it has checked itself. It evaluates no policy. */
export class ExecutorHandler extends ExecutorStep implements Step<ExecutionState, ControlState, ExecutionWork, Outcome> {
  constructor(private readonly parts: ExecutorParts) {
    super(parts);
  }

  override evolve(state: ExecutionState, event: Event, cause: Cause): ExecutionState {
    const next = super.evolve(state, event, cause);
    const jti = jtiOf(event);
    if (jti !== undefined && isOver(jti, next)) this.parts.tools.forget(jti);
    return next;
  }

  async perform(work: ExecutionWork, signal: AbortSignal, guard: Guard): Promise<Outcome> {
    if (work.kind === 'interrupted') return { kind: 'interrupted' };
    const tool = toolByHash(this.parts.controls(), work.toolContractHash);
    if (!tool) throw new CountersignError('TOOL_UNKNOWN', `no tool contract has the hash \`${work.toolContractHash}\``);
    if (work.kind === 'preview') return this.preview(work, tool, await this.parts.grants.questionOf(work), signal, guard);
    const grant = await this.parts.grants.grantOf(work);
    return work.kind === 'call' ? this.call(work, tool, grant, signal, guard) : this.lookAt(tool, grant, signal);
  }

  private errandOf({ data }: Grant): Errand {
    const { action, jti, exp } = data;
    return { action, jti, exp, subjectToken: () => this.parts.tokens.open(data, { now: this.parts.clock.now(), controls: this.parts.controls() }) };
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
