import { setTimeout as sleep } from 'node:timers/promises';
import type { Guard, Moment, Outgoing, Received, Step } from '@countersign/bus';
import type { Cause, Event, LookMade } from '@countersign/contracts';
import {
  authorsFor,
  decideCall,
  decideGrant,
  decideReadBack,
  evolveExecutions,
  freezeExecutions,
  initialExecutions,
  INTERRUPTED,
  KEY_WRONG,
  KILLED,
  needsToken,
  openExecutionWork,
  READ_BACK_WAITS,
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
  type ReadBackOutcome,
  type ToolContract,
} from '@countersign/domain';
import { verifyGrant } from '@countersign/identity';
import { codeOf, CountersignError, millis, seconds, timestamp, type Clock, type Instant, type KeyId } from '@countersign/kernel';
import type { Grant } from './adapters/grant-log.js';
import type { GrantMemory } from './adapters/grant-memory.js';
import { observedCall } from './adapters/observed-call.js';
import type { NotSent } from './adapters/tool-client.js';
import { within, type Tools } from './adapters/tools.js';
import type { Errand } from './credentials/credential.js';
import type { GrantTokens } from './credentials/grant-tokens.js';

/** No side effect unless a fetch within this time showed that no newer control lies in the log. */
export const CONTROLS_FRESH = seconds(1);

/** What came of work; which of the two it is follows from the kind of the work. */
type Outcome = CallOutcome | ReadBackOutcome;

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
  /** 1: ended actions are remembered. 2: so are breakers, turns and the calls of open grants. */
  readonly stateVersion = 2;

  constructor(private readonly parts: ExecutorParts) {}

  initialState(): ExecutionState {
    return initialExecutions();
  }

  handle({ event }: Received, state: ExecutionState, { now, controls, controlEpoch }: Moment<ControlState>): readonly Outgoing[] | Promise<readonly Outgoing[]> {
    if (event.type !== 'countersign.action.allowed') return [];
    const check = this.check(event, now, controls, controlEpoch);
    const context = { now, controls, partitions: this.parts.partitions };
    // What needs no token does not wait for one.
    if (!check.ok || !needsToken(event.data.action, controls)) return this.decided(event, check, state, context);
    return this.parts.tokens.open(event.data, { now, controls }).then((opened) => this.decided(event, opened.ok ? check : opened, state, context));
  }

  evolve(state: ExecutionState, event: Event, cause: Cause): ExecutionState {
    const next = evolveExecutions(state, event, cause);
    const jti = jtiOf(event);
    if (jti !== undefined && !next.open.has(jti)) {
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
    const grant = await this.parts.grants.grantOf(work);
    const tool = toolByHash(this.parts.controls(), work.toolContractHash);
    if (!tool) throw new CountersignError('TOOL_UNKNOWN', `no tool contract has the hash \`${work.toolContractHash}\``);
    return work.kind === 'call' ? this.call(work, tool, grant, signal, guard) : this.lookAt(tool, grant, signal);
  }

  done(work: ExecutionWork, outcome: { readonly result: Outcome } | { readonly fault: unknown }, state: ExecutionState, { now, controls }: Moment<ControlState>): readonly Outgoing[] {
    const context = { now, controls, partitions: this.parts.partitions };
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
      authors: authorsFor(controls, grant.data.action.tenant, grant.data.action.workflow),
      toolContractHash: tool?.hash,
      tool: tool?.document,
    });
    return !verdict.ok && verdict.code === KEY_WRONG && key !== undefined ? { ...verdict, key } : verdict;
  }

  private async call(work: ExecutionWork, tool: Pinned<ToolContract>, grant: Grant, signal: AbortSignal, guard: Guard): Promise<CallOutcome> {
    if (!guard.controlsFresh(CONTROLS_FRESH)) await guard.controlsCaughtUp();
    const forbids = (): NotSent | undefined => this.forbids(work, grant, signal, guard);
    const forbidden = forbids();
    if (forbidden) return { ...forbidden, latencyMs: 0 };
    const left = millis(work.deadline - this.parts.clock.now());
    return this.unlessKilled(grant, (killed) => observedCall(grant.data.action, work, () => this.parts.tools.call(tool, this.errandOf(grant), within(AbortSignal.any([signal, killed]), left), forbids)));
  }

  /** The last look before the side effect: still the owner, time left, and nothing that stops it in what people put in force since the grant was taken. */
  private forbids(work: ExecutionWork, grant: Grant, signal: AbortSignal, guard: Guard): NotSent | undefined {
    const now = this.parts.clock.now();
    if (signal.aborted || work.deadline <= now || !guard.canAct()) return { kind: 'not-sent', code: INTERRUPTED };
    const controls = this.parts.controls();
    const valid = this.check(grant, now, controls, controls.epoch);
    const check = valid.ok ? stopCheck(grant, controls) : valid;
    return check.ok ? undefined : { kind: 'not-sent', code: check.code, ...(check.key !== undefined && { key: check.key }) };
  }

  /** A call under way is broken off by a kill over it; a mode lets it end, because a call broken off leaves a doubt. */
  private async unlessKilled(grant: Grant, call: (killed: AbortSignal) => Promise<CallOutcome>): Promise<CallOutcome> {
    const kill = new AbortController();
    const off = this.parts.onControls(() => {
      const check = stopCheck(grant, this.parts.controls());
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
