import type { AnswerChoice, RunEscalationReason, RunOutcome, StepOutcome } from '@countersign/contracts';

/**
 * The tables as Kysely sees them. Times are RFC 3339 in UTC, on the way in and out.
 *
 * A rule holds for all of them, and makes a rebuilt model equal to the one before whatever the order in which topics were read: a column is
 * written from one topic only, and events of one run in one topic always come in the order of the log. What rests on several
 * topics, an action's status above all, is computed when it is read.
 */
export interface Tables {
  readonly events: EventRow;
  readonly positions: PositionRow;
  readonly runs: RunRow;
  readonly actions: ActionRow;
  readonly approvals: ApprovalRow;
  readonly votes: VoteRow;
  readonly rulings: RulingRow;
  readonly escalations: EscalationRow;
  readonly standing: StandingRow;
  readonly config_files: ConfigFileRow;
  readonly rejected_records: RejectedRow;
}

/** Place of a record; the topic without its namespace. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** One record that passed every check. Of what upstream systems sent only the place and the hash are kept: it is not ours to spread. */
export interface EventRow extends Place {
  readonly id: string | null;
  readonly type: string | null;
  readonly tenant: string | null;
  readonly workflow: string | null;
  readonly run: string | null;
  readonly step: string | null;
  readonly actor: string | null;
  /** When its writer decided. */
  readonly time: string | null;
  readonly causes: string | null;
  readonly sha256: string;
  /** Kafka's timestamp. */
  readonly recorded_at: string;
  /** The value as it stands on the log. Text: PostgreSQL's own JSON knows no `\u0000` and not every depth. */
  readonly event: string | null;
}

/** How far the model has come in a topic partition, and what the verifying reader has to know to go on. */
export interface PositionRow {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: number;
  readonly reader: string;
}

export interface RunRow {
  readonly id: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly task: string | null;
  readonly source: string | null;
  // From `tasks`.
  readonly submitted_at: string | null;
  // From `proposals`.
  readonly agent: string | null;
  readonly subject: string | null;
  readonly contract: string | null;
  readonly contract_version: number | null;
  readonly contract_hash: string | null;
  readonly playbook: string | null;
  readonly playbook_version: number | null;
  readonly playbook_hash: string | null;
  /** The action of another run that this one undoes. */
  readonly undoes_run: string | null;
  readonly undoes_step: string | null;
  readonly opened_at: string | null;
  readonly deadline: string | null;
  readonly closed_at: string | null;
  readonly outcome: RunOutcome | null;
  readonly reason: string | null;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly micro_usd: number | null;
  /** When it was submitted, else started, else closed: what lists are sorted by. PostgreSQL computes it. */
  readonly seen_at: string;
}

export interface ActionRow {
  readonly run: string;
  readonly step: string;
  // From `proposals`.
  readonly proposal: 'proposed' | 'invalid' | null;
  readonly tool: string | null;
  readonly effect: string | null;
  readonly destination: string | null;
  readonly action_hash: string | null;
  /** SHA-256 of the canonical arguments; the arguments themselves are in the event alone. */
  readonly args_hash: string | null;
  readonly proposed_at: string | null;
  /** JSON text of `Reason[]`: why the step never reached policy. */
  readonly proposal_reasons: string | null;
  /** Empty where the step is proposed once more. */
  readonly observed: StepOutcome | '' | null;
  readonly observed_at: string | null;
  /** Step of the same run that undid it. */
  readonly undone_by: string | null;
  // From `decisions`.
  readonly decision: 'asked' | 'allowed' | 'deferred' | 'denied' | 'expired' | 'disapproved' | 'withdrawn' | null;
  readonly decided_at: string | null;
  /** JSON text of `Reason[]`. */
  readonly decision_reasons: string | null;
  readonly approval: string | null;
  /** The grant in force, empty where the newest decision is none. */
  readonly grant_jti: string | null;
  readonly grant_expires_at: string | null;
  // From `executions`.
  readonly execution: 'running' | 'succeeded' | 'verified' | 'failed' | 'unknown' | 'diverged' | 'refused' | null;
  /** The grant that `execution` is about. */
  readonly execution_jti: string | null;
  readonly executed_at: string | null;
  /** Whether the executor has ended the grant. */
  readonly execution_ended: boolean | null;
  readonly execution_code: string | null;
  readonly attempt_deadline: string | null;
  readonly latency_ms: number | null;
  readonly outside_id: string | null;
  readonly used_micro_usd: number | null;
}

/** The action and the reasons are in the event that asked. */
export interface ApprovalRow {
  readonly id: string;
  // From `decisions`.
  readonly policy_set: string | null;
  // From `approvals`.
  readonly tenant: string | null;
  readonly workflow: string | null;
  readonly run: string | null;
  readonly step: string | null;
  readonly tool: string | null;
  readonly sub: string | null;
  readonly act: string | null;
  readonly tier: number | null;
  readonly quorum: number | null;
  readonly roles: readonly string[] | null;
  readonly confirmation: boolean | null;
  readonly action_hash: string | null;
  readonly deadline: string | null;
  readonly requested_at: string | null;
  readonly requested_partition: number | null;
  readonly requested_offset: number | null;
  /** Names of the rules that ask. */
  readonly rules: readonly string[] | null;
  readonly authors: readonly string[] | null;
  readonly escalate_to: readonly string[] | null;
  readonly escalated_at: string | null;
  /** What people are shown, as JSON; `"pending"` while it is being looked at. */
  readonly preview: string | null;
  readonly verdict: 'granted' | 'rejected' | 'expired' | 'withdrawn' | null;
  readonly decided_at: string | null;
  readonly decided_by: string | null;
  readonly reason: string | null;
}

export interface VoteRow {
  readonly approval: string;
  readonly voter: string;
  readonly choice: 'approve' | 'deny';
  readonly cast_at: string;
  readonly on_behalf_of: string | null;
  readonly consent: string | null;
}

/** A rule that policy named in a decision of a run: one that matched, asked or denied. From `decisions`. */
export interface RulingRow {
  readonly rule: string;
  readonly run: string;
}

/** What a run asks of people. */
export interface EscalationRow {
  readonly id: string;
  // From `proposals`, all of it.
  readonly tenant: string | null;
  readonly workflow: string | null;
  readonly run: string | null;
  readonly step: string | null;
  readonly tool: string | null;
  readonly reason: RunEscalationReason | null;
  readonly message: string | null;
  readonly choices: readonly AnswerChoice[] | null;
  readonly role: string | null;
  readonly escalate_to: readonly string[] | null;
  /** How the run ends where nobody answers. */
  readonly otherwise: RunOutcome | null;
  readonly deadline: string | null;
  readonly asked_at: string | null;
  readonly asked_partition: number | null;
  readonly asked_offset: number | null;
  readonly reminded_at: string | null;
  readonly escalated_at: string | null;
  readonly claimed_by: string | null;
  readonly claimed_until: string | null;
  readonly ended: 'answered' | 'expired' | null;
  readonly ended_at: string | null;
  readonly answered_by: string | null;
  readonly choice: AnswerChoice | null;
  readonly said: string | null;
}

/** A delegation, an absence or a consent. */
export interface StandingRow {
  readonly id: string;
  // From `approvals`.
  readonly kind: 'delegation' | 'consent' | null;
  readonly tenant: string | null;
  readonly workflow: string | null;
  /** Of a consent. */
  readonly run: string | null;
  readonly person: string | null;
  /** Of a delegation; `null` where the person is only away. */
  readonly stand_in: string | null;
  readonly name: string | null;
  readonly roles: readonly string[] | null;
  readonly tools: readonly string[] | null;
  readonly tier: number | null;
  readonly begins_at: string | null;
  readonly ends_at: string | null;
  readonly ended_at: string | null;
}

/** A file of the configuration as it was published. */
export interface ConfigFileRow {
  readonly kind: string;
  readonly id: string;
  readonly hash: string;
  readonly version: number;
  readonly path: string;
  /** JSON text. */
  readonly body: string;
}

/** A record that no reader acts on. */
export interface RejectedRow extends Place {
  readonly code: string;
  readonly message: string;
  readonly sha256: string | null;
  readonly recorded_at: string;
}
