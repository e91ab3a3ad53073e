import type { BlobRef, RunOutcome } from '@countersign/contracts';
import { isJsonObject, operandOf, type Json, type JsonObject } from '@countersign/kernel';
import type { ApprovalView, RunView } from '../ledger/shapes.js';
import type { TaskState } from '../task/task-watch.js';

/** What became of a call, as far as that is known. */
export type CallStatus = 'executed' | 'pending_approval' | 'running' | 'safe_mode' | 'denied' | 'budget_exceeded' | 'rejected_schema' | 'expired' | 'failed' | 'unknown';

/** The same for every call and every tool. */
export interface CallAnswer {
  readonly status: CallStatus;
  /** Of the run: `why`, `runs show`, `action_status` and `action_wait` take it. Absent where there is none. */
  readonly actionId?: string;
  readonly tool?: string;
  /** In words, for people and models. */
  readonly reason: string;
  readonly ruleId?: string;
  readonly code?: string;
  readonly faults?: readonly { readonly pointer: string; readonly message: string }[];
  readonly approvalId?: string;
  /** What a person types to say yes. */
  readonly approveWith?: string;
  /** When nobody has answered until then, nobody will. */
  readonly expiresAt?: string;
  /** Before that there is no news. */
  readonly retryAfterMs?: number;
  /** What the tool gave: data, whoever has written it. */
  readonly result?: JsonObject;
  readonly trust?: 'untrusted';
}

/** All that is known of a call. */
export interface Known {
  readonly actionId: string;
  readonly tool?: string;
  readonly state: TaskState;
  /** As the ledger has it; absent where it does not know it yet. */
  readonly run?: RunView | undefined;
  /** Of the run, in their order. */
  readonly events: readonly JsonObject[];
  readonly approval?: ApprovalView | undefined;
  /** What a person types to run a command. */
  readonly command: (args: string) => string;
}

/** Nothing more will come of the call. */
export const isEnd = ({ status }: Pick<CallAnswer, 'status'>): boolean => status !== 'pending_approval' && status !== 'running' && status !== 'safe_mode';

/** The agent has to be told so as a failure. */
export const isError = ({ status }: Pick<CallAnswer, 'status'>): boolean => isEnd({ status }) && status !== 'executed';

/** The door refuses what breaks a schema, and what nobody may hand in. */
const BROKEN = /^(?:input|event|number)\./;

/** Long enough that nobody asks in circles. */
const RETRY_AFTER_MS = 5_000;

const STATUS_OF: Readonly<Record<RunOutcome, CallStatus>> = {
  succeeded: 'executed',
  denied: 'denied',
  stopped: 'denied',
  disapproved: 'denied',
  expired: 'expired',
  invalid: 'rejected_schema',
  failed: 'failed',
  unverified: 'unknown',
  unknown: 'unknown',
  compensated: 'failed',
};

const dataOf = (events: readonly JsonObject[], ...types: readonly string[]): JsonObject | undefined => {
  const event = events.findLast(({ type }) => typeof type === 'string' && types.includes(type));
  const data = event?.['data'];
  return data !== undefined && isJsonObject(data) ? data : undefined;
};

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

interface ReasonGiven {
  readonly rule?: string;
  readonly code?: string;
  readonly message?: string;
}

const firstReason = (data: JsonObject | undefined): ReasonGiven => {
  const reasons = data?.['reasons'];
  const first: Json | undefined = Array.isArray(reasons) ? (reasons as readonly Json[])[0] : undefined;
  if (first === undefined || !isJsonObject(first)) return {};
  const [rule, code, message] = [text(first['rule']), text(first['code']), text(first['message'])];
  return { ...(rule !== undefined && { rule }), ...(code !== undefined && { code }), ...(message !== undefined && { message }) };
};

const resultOf = (events: readonly JsonObject[]): { readonly result?: JsonObject; readonly blob?: BlobRef } => {
  const data = dataOf(events, 'countersign.action.verified', 'countersign.action.succeeded');
  const { result, blob } = data ?? {};
  if (result !== undefined && isJsonObject(result)) return { result };
  return blob !== undefined && isJsonObject(blob) ? { blob: blob as unknown as BlobRef } : {};
};

/** Where the result lies, if that is beside the log. */
export const blobOf = ({ events }: Pick<Known, 'events'>): BlobRef | undefined => resultOf(events).blob;

type Told = Omit<CallAnswer, 'actionId' | 'tool'>;

/** Codes of a failure that say what to do about it. */
const adviceOn = (code: string, command: Known['command']): string => {
  if (code === 'tool.quarantined') return `the server says something else of this tool than what was pinned, and nobody has read it yet; a person reads and pins it with \`${command('mcp pin')}\``;
  if (code === 'mcp.tool-error') return 'the tool says that it failed; its own words are kept nowhere';
  return `the tool could not be called, or failed: ${code}`;
};

const ended = ({ state, events, run, command }: Known, outcome: RunOutcome, reason: string): Told => {
  switch (outcome) {
    case 'succeeded': {
      // A run whose steps were all skipped has done nothing, however it ended.
      if (!dataOf(events, 'countersign.action.succeeded', 'countersign.action.verified')) return { status: 'failed', reason: 'the playbook in force has no step for this tool: nothing was done' };
      const { result } = resultOf(events);
      return { status: 'executed', reason: 'done, once', ...(result && { result, trust: 'untrusted' }) };
    }
    case 'invalid': {
      const rejected = dataOf(events, 'countersign.proposal.rejected');
      const faults = rejected?.['faults'];
      const code = text(rejected?.['code']);
      return { status: 'rejected_schema', reason: text(rejected?.['message']) ?? reason, ...(code !== undefined && { code }), ...(Array.isArray(faults) && faults.length > 0 && { faults }) };
    }
    case 'denied':
    case 'stopped': {
      const { rule, code, message } = firstReason(dataOf(events, 'countersign.action.denied'));
      const status = code?.startsWith('budget.') === true ? 'budget_exceeded' : 'denied';
      return { status, reason: message ?? reason, ...(rule !== undefined && { ruleId: rule }), ...(code !== undefined && { code }) };
    }
    case 'disapproved': {
      const { rules = [], reason: words } = run?.approvals.at(-1) ?? {};
      return { status: 'denied', reason: `a person said no${words === undefined ? '' : `: ${words}`}`, code: 'approval.rejected', ...(rules[0] !== undefined && { ruleId: rules[0] }) };
    }
    case 'expired':
      return { status: 'expired', reason: 'nobody answered in time; nothing was done', code: 'approval.expired' };
    case 'failed':
    case 'compensated': {
      const code = text(dataOf(events, 'countersign.action.failed')?.['code']) ?? text(dataOf(events, 'countersign.grant.refused')?.['code']);
      return { status: 'failed', reason: code === undefined ? reason : adviceOn(code, command), ...(code !== undefined && { code }) };
    }
    case 'unverified':
    case 'unknown': {
      const code = text(dataOf(events, 'countersign.action.unknown', 'countersign.action.diverged')?.['code']);
      return { status: STATUS_OF[outcome], reason: 'nobody knows whether it was done: a person has to look, and it must not be tried again before', ...(code !== undefined && { code }) };
    }
  }
  return { status: STATUS_OF[outcome], reason: state.kind === 'finished' ? state.reason : reason };
};

const pending = (approvalId: string, { approval, command, state }: Known): Told => {
  const [first] = state.kind === 'pending' ? state.reasons : [];
  const ruleId = first?.rule ?? approval?.rules[0];
  return {
    status: 'pending_approval',
    reason: `a person has to agree${first === undefined ? '' : `: ${first.message}`}`,
    ...(ruleId !== undefined && { ruleId }),
    approvalId,
    approveWith: command(`approvals approve ${operandOf(approvalId)}`),
    ...(approval && { expiresAt: approval.deadline }),
    retryAfterMs: RETRY_AFTER_MS,
  };
};

const underWay = ({ state, events }: Known): Told => {
  const deferred = dataOf(events, 'countersign.decision.deferred', 'countersign.action.allowed', 'countersign.action.denied', 'countersign.approval.required');
  if (text(deferred?.['until']) === 'stop') return { status: 'safe_mode', reason: 'calls like this one wait until operators let them go; it goes on by itself then', retryAfterMs: RETRY_AFTER_MS };
  return { status: 'running', reason: state.kind === 'under-way' ? state.doing : 'handed in', retryAfterMs: RETRY_AFTER_MS };
};

const toldOf = (known: Known): Told => {
  const { state, run } = known;
  if (state.kind === 'refused') return { status: BROKEN.test(state.code) ? 'rejected_schema' : 'denied', reason: state.message, code: state.code, faults: state.faults };
  if (state.kind === 'finished') return ended(known, state.outcome, state.reason);
  if (run?.outcome !== undefined) return ended(known, run.outcome, run.reason ?? '');
  if (state.kind === 'pending') return pending(state.approval, known);
  if (run?.waitingOn !== undefined && state.kind === 'sent') return pending(run.waitingOn, known);
  return underWay(known);
};

/** What whoever called is told. Pure. */
export const answerOf = (known: Known): CallAnswer => {
  const { actionId, tool } = known;
  const { status, ...told } = toldOf(known);
  return { status, actionId, ...(tool !== undefined && { tool }), ...told };
};

/** What a tool said, as its text: the one text that it gave, else all of it as JSON. */
export const textOfResult = (result: JsonObject): string => {
  const values = Object.values(result);
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : JSON.stringify(result);
};
