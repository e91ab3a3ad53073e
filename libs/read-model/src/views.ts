import type { Action, AnswerChoice, EventData, Preview, Reason, RunEscalationReason, RunOutcome } from '@countersign/contracts';
import type { JsonObject } from '@countersign/kernel';
import type { ActionStatus } from './action-status.js';

/** What the model answers, as JSON. Times are RFC 3339 in UTC, money is in micro-USD; what does not apply, or is not known yet, is absent. */

export interface PinnedFile {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
}

/** `submitted`: the planner has not taken it up. `waiting`: people are asked. */
export type RunStatus = 'submitted' | 'running' | 'waiting' | 'closed';

export interface RunSummary {
  readonly id: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly task?: string;
  readonly source?: string;
  readonly status: RunStatus;
  readonly outcome?: RunOutcome;
  readonly reason?: string;
  readonly submittedAt?: string;
  readonly openedAt?: string;
  readonly closedAt?: string;
  /** The run is closed as failed at this time at the latest. */
  readonly deadline?: string;
  /** As the end of the run said, or so far. */
  readonly cost: { readonly promptTokens: number; readonly completionTokens: number; readonly microUsd: number };
  /** Id of the approval that the run waits for. */
  readonly waitingOn?: string;
  /** Id of the question that it has asked people, and waits for. */
  readonly asking?: string;
}

export interface ActionView {
  readonly step: string;
  readonly tool?: string;
  readonly effect?: string;
  readonly destination?: string;
  readonly actionHash?: string;
  /** SHA-256 of the canonical arguments. */
  readonly argsHash?: string;
  readonly status: ActionStatus;
  /** Nothing more will come of it. */
  readonly ended: boolean;
  /** How often the tool was called, over all grants. */
  readonly attempts: number;
  readonly reasons: readonly Reason[];
  readonly approval?: string;
  /** Code of a failed, unknown or refused execution. */
  readonly code?: string;
  /** Of the last call, without its read-back. */
  readonly latencyMs?: number;
  readonly outsideId?: string;
  readonly usedMicroUsd?: number;
  readonly proposedAt?: string;
  readonly decidedAt?: string;
  readonly executedAt?: string;
  readonly observedAt?: string;
}

export interface VoteView {
  readonly voter: string;
  readonly choice: 'approve' | 'deny';
  readonly castAt: string;
  /** Whom the voter stood in for. */
  readonly onBehalfOf?: string;
  /** Id of the consent that was the vote. */
  readonly consent?: string;
}

export type ApprovalStatus = 'pending' | 'granted' | 'rejected' | 'expired' | 'withdrawn';

export interface ApprovalSummary {
  readonly id: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly run: string;
  readonly step: string;
  readonly tool: string;
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
  /** Only `sub` can answer, whether to go on. Absent where approvers are asked. */
  readonly confirmation?: true;
  readonly actionHash: string;
  readonly requestedAt: string;
  readonly deadline: string;
  readonly status: ApprovalStatus;
  readonly votes: readonly VoteView[];
  readonly decidedAt?: string;
  /** Who said no, and why. */
  readonly decidedBy?: string;
  readonly reason?: string;
  /** Whom the run acts for, and the agent that acts: they may not vote, but on a confirmation. */
  readonly sub: string;
  readonly act: string;
  /** Who put the agent's contract in force: they may not vote either. */
  readonly authors: readonly string[];
  /** Names of the rules that ask. */
  readonly rules: readonly string[];
  /** Roles that are asked besides once it escalates, and when it did. */
  readonly escalateTo?: readonly string[];
  readonly escalatedAt?: string;
  /** What people are shown of what the action would do; absent where its tool has no way to say it. */
  readonly preview?: 'pending' | Preview;
}

export type EscalationStatus = 'open' | 'answered' | 'expired';

/** What a run asks of people. */
export interface EscalationSummary {
  readonly id: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly run: string;
  readonly step: string;
  readonly tool?: string;
  readonly reason: RunEscalationReason;
  readonly message: string;
  /** What can be said to it. */
  readonly choices: readonly AnswerChoice[];
  readonly role: string;
  /** Roles that are asked besides once it escalates, and when it did. */
  readonly escalateTo?: readonly string[];
  readonly escalatedAt?: string;
  readonly remindedAt?: string;
  readonly askedAt: string;
  readonly deadline: string;
  /** How the run ends where nobody answers. */
  readonly otherwise: RunOutcome;
  /** The newest; it may be over. */
  readonly claimed?: { readonly by: string; readonly until: string };
  readonly status: EscalationStatus;
  readonly endedAt?: string;
  readonly answeredBy?: string;
  readonly choice?: AnswerChoice;
  /** What whoever answered wrote. */
  readonly said?: string;
}

export interface EscalationView extends EscalationSummary {
  /** As it stands in its event: whoever answers binds the hash of it. */
  readonly question: EventData<'countersign.run.input-requested'>;
  /** The event that asked. */
  readonly event: { readonly id: string; readonly sha256: string };
  /** Who can answer, by the directory in force. */
  readonly people: readonly string[];
  /** Whom the run acts for. */
  readonly subject?: string;
  /** What the task says; absent where no task was handed in, as for an order to undo. */
  readonly task?: TaskView;
}

/** A task in the words of whoever handed it in: data of strangers, whole. */
export interface TaskView {
  readonly id: string;
  readonly source: string;
  /** As the upstream calls it. */
  readonly type: string;
  readonly input: JsonObject;
  /** The event that holds it. */
  readonly event: { readonly id: string; readonly sha256: string };
}

/** A delegation, an absence or a consent: what somebody said once and what counts for a while. */
export interface StandingView {
  readonly id: string;
  readonly kind: 'delegation' | 'consent';
  readonly tenant: string;
  readonly workflow: string;
  readonly person: string;
  /** Who stands in; absent where the person is only away. */
  readonly standIn?: string;
  readonly roles?: readonly string[];
  readonly run?: string;
  readonly name?: string;
  readonly tools?: readonly string[];
  readonly tier?: number;
  readonly beginsAt: string;
  readonly endsAt: string;
}

export interface ApprovalView extends ApprovalSummary {
  readonly action: Action;
  readonly reasons: readonly Reason[];
  readonly policySet?: string;
  /** The tool's contract says that nothing takes it back. */
  readonly irreversible?: true;
  readonly escalateAt?: string;
  /** Who can still vote, by the directory in force; delegates apart. */
  readonly people: readonly string[];
}

/** An action by the id that an outside system gave to its effect. */
export interface EffectView {
  readonly run: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly step: string;
  readonly tool?: string;
  readonly destination?: string;
  readonly outsideId: string;
  readonly at?: string;
}

/** What undid an action, or is to. */
export interface Undoing {
  /** The step that is undone. */
  readonly step: string;
  /** Run that undoes it: the same, or one that a person has ordered. */
  readonly run: string;
  /** Step of the same run that did. */
  readonly by?: string;
  /** Absent while it is open. */
  readonly outcome?: RunOutcome;
}

/** What a person has signed about the readiness of a workflow. */
export interface SignOffView extends EventData<'countersign.readiness.signed'> {
  readonly id: string;
  readonly person: string;
  /** Kafka's time. */
  readonly at: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly sha256: string;
}

/** A file of the configuration as it was published. */
export interface ConfigFileView {
  readonly kind: string;
  readonly id: string;
  readonly hash: string;
  readonly version: number;
  readonly path: string;
  readonly body: JsonObject;
}

export interface RunView extends RunSummary {
  readonly agent?: string;
  readonly subject?: string;
  readonly contract?: PinnedFile;
  readonly playbook?: PinnedFile;
  readonly actions: readonly ActionView[];
  readonly approvals: readonly ApprovalSummary[];
  readonly escalations: readonly EscalationSummary[];
  /** What of it was undone, and by what. */
  readonly undoings: readonly Undoing[];
}

export interface EventView {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka's time. */
  readonly recordedAt: string;
  readonly sha256: string;
  /** The event itself; absent for what upstream systems sent. */
  readonly event?: JsonObject;
}

/** Something that a run waits for. */
export interface Wait {
  /** Absent where the run itself waits. */
  readonly step?: string;
  readonly tool?: string;
  readonly for: 'planner' | 'policy' | 'approvals' | 'people' | 'executor' | 'outside';
  readonly since: string;
  /** What is waited for, to stand after "waits for". */
  readonly message: string;
  readonly approval?: string;
  /** The question of the run. */
  readonly escalation?: string;
  /** Where people are asked: one of these roles (any approver if there are none), how many must say yes, how many have. */
  readonly roles?: readonly string[];
  readonly quorum?: number;
  readonly votes?: number;
  /** Whom the run acts for is asked, and nobody else. */
  readonly confirmation?: true;
  /** Principals of those who can still vote. */
  readonly people?: readonly string[];
  /** When the wait ends by itself. */
  readonly until?: string;
}

/** What comes by itself next, if nobody does anything. */
export interface Expiry {
  readonly what: 'approval' | 'escalation' | 'grant' | 'attempt' | 'run';
  readonly at: string;
  readonly then: string;
}

export interface Why {
  readonly run: RunSummary;
  readonly waits: readonly Wait[];
  readonly expiresNext?: Expiry;
}

/** Actions of one workflow and tool that policy has put off for the same reason. */
export interface BacklogLine {
  readonly tenant: string;
  readonly workflow: string;
  readonly tool: string;
  readonly effect: string;
  /** The scope whose mode holds them, such as `all` or `tenant:acme`; `outcomes` where earlier actions of their runs do. */
  readonly waitsFor: string;
  readonly count: number;
  /** How many of them have waited since before the time that was asked about. */
  readonly older: number;
  readonly oldest: string;
  readonly newest: string;
}

/** An open run that nothing has happened to for a while, and what it waits for; nothing of it is a person, a mode or a tool that is down. */
export interface StuckRun {
  readonly run: RunSummary;
  readonly waits: readonly Wait[];
}

/** An effect of which nobody knows whether it is there, or that is not as it should be. */
export interface DoubtfulEffect {
  readonly run: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly step: string;
  readonly tool: string;
  readonly is: 'unknown' | 'diverged';
  readonly code?: string;
  readonly at: string;
  /** The run waits for somebody to look. */
  readonly open: boolean;
}

/** A run that waits for a role to look at it. */
export interface WaitingEscalation extends Omit<EscalationSummary, 'askedAt'> {
  readonly since: string;
}

/** A tool that is not called for a tenant, because it failed too often. */
export interface OpenBreaker {
  readonly tenant: string;
  readonly tool: string;
  readonly partition: number;
  readonly since: string;
  /** Then one call is let through. */
  readonly until: string;
}

/** What somebody on call has to know of, at one moment. Each list has at most `MOST_OF_EACH` entries, the most urgent ones. */
export interface Attention {
  /** When it was so, by the ledger's clock. */
  readonly at: string;
  /** How far the model had come. */
  readonly positions: readonly { readonly topic: string; readonly partition: number; readonly nextOffset: number }[];
  readonly stuck: readonly StuckRun[];
  /** All that are open, the next to expire first, and how many there are. */
  readonly approvals: readonly ApprovalSummary[];
  readonly approvalsOpen: number;
  readonly escalations: readonly WaitingEscalation[];
  readonly doubtful: readonly DoubtfulEffect[];
  readonly breakers: readonly OpenBreaker[];
  /** Of the ledger that answers; the model knows nothing of it. */
  readonly archive?: readonly ArchiveTrouble[];
}

/** The archive does not answer, or one of its logs stands still. */
export interface ArchiveTrouble {
  readonly code: string;
  /** Where it was noticed first. */
  readonly topic: string;
  readonly partition: number;
  readonly message: string;
  readonly since: string;
}

/** How people have answered, by rule or by approver, since a time. Definitions: docs/approvals.md, "Figures". */
export interface ApprovalFigures {
  readonly since: string;
  readonly by: 'rule' | 'approver';
  /** The most questions or votes first. */
  readonly figures: readonly FigureRow[];
}

export interface FigureRow {
  /** Name of the rule, or principal of the approver. */
  readonly name: string;
  /** The lowest and the highest tier that was asked at. */
  readonly tiers: readonly [number, number];
  /** Of a rule: questions that were answered, expired or were taken back. Of an approver: votes. */
  readonly count: number;
  readonly yes: number;
  readonly no: number;
  /** Of a rule alone. */
  readonly expired?: number;
  readonly withdrawn?: number;
  /** Answers that a person gave to this very question, from which times are taken: what was said yes to beforehand is none. */
  readonly timed: number;
  /** From the question to the answer, in milliseconds; absent where nothing is timed. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  /** Of `timed`: in under `QUICK`. */
  readonly quick: number;
  /** Of a rule: granted questions. Of an approver: those among them that they said yes to. */
  readonly granted: number;
  /** Of `granted`: what was overridden or rolled back afterwards, each once; and why, which may be several. */
  readonly overridden: number;
  readonly undone: number;
  readonly diverged: number;
  readonly deniedAfter: number;
}

/** One run as the auditors' JSON Lines have it. */
export interface RunRecord {
  readonly run_id: string;
  readonly agent: string | null;
  readonly tenant_id: string;
  /** `null` where the run followed a playbook. */
  readonly model: string | null;
  readonly budget_usd: number | null;
  readonly tool_calls: readonly { readonly tool: string; readonly input_hash: string | null; readonly status: ActionStatus; readonly latency_ms: number | null }[];
  readonly approvals: readonly { readonly type: string; readonly required: boolean; readonly approved: boolean }[];
  readonly outcome: { readonly status: string; readonly reason: string | null };
  readonly cost: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly usd: number };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; absent at the end. */
  readonly cursor?: string;
}
