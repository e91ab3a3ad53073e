import { parseTimestamp, timestamp, type Instant } from '@countersign/kernel';
import type { ActionRow, ApprovalRow, ConfigFileRow, EscalationRow, RulingRow, RunRow, StandingRow, Tables, VoteRow } from '../tables.js';

type Part<Row, Key extends keyof Row> = Partial<Row> & Pick<Row, Key>;

/** What one event says about one row. */
export type Patch =
  | { readonly table: 'runs'; readonly row: Part<RunRow, 'id' | 'tenant' | 'workflow'> }
  | { readonly table: 'actions'; readonly row: Part<ActionRow, 'run' | 'step'> }
  | { readonly table: 'approvals'; readonly row: Part<ApprovalRow, 'id'> }
  | { readonly table: 'votes'; readonly row: VoteRow }
  | { readonly table: 'rulings'; readonly row: RulingRow }
  | { readonly table: 'escalations'; readonly row: Part<EscalationRow, 'id'> }
  | { readonly table: 'standing'; readonly row: Part<StandingRow, 'id'> }
  | { readonly table: 'config_files'; readonly row: ConfigFileRow };

export type MergedTable = Patch['table'];

/** How rows of a table grow: of `first` columns the first value stays, of `newest` ones the last one that is not null counts. */
export interface Merging {
  readonly key: readonly string[];
  readonly first: readonly string[];
  readonly newest: readonly string[];
}

const merging = <Name extends MergedTable>(
  _table: Name,
  key: readonly (keyof Tables[Name] & string)[],
  first: readonly (keyof Tables[Name] & string)[],
  newest: readonly (keyof Tables[Name] & string)[],
): Merging => ({ key, first, newest });

/** In the order in which tables are written. */
export const MERGING: Readonly<Record<MergedTable, Merging>> = {
  runs: merging(
    'runs',
    ['id'],
    // The run's id is made of tenant, source and task: they are the same whoever says them. A repeated task is no second submission.
    ['tenant', 'workflow', 'task', 'source', 'submitted_at'],
    [
      'agent',
      'subject',
      'contract',
      'contract_version',
      'contract_hash',
      'playbook',
      'playbook_version',
      'playbook_hash',
      'undoes_run',
      'undoes_step',
      'opened_at',
      'deadline',
      'closed_at',
      'outcome',
      'reason',
      'prompt_tokens',
      'completion_tokens',
      'micro_usd',
    ],
  ),
  actions: merging(
    'actions',
    ['run', 'step'],
    [],
    [
      'proposal',
      'tool',
      'effect',
      'destination',
      'action_hash',
      'args_hash',
      'proposed_at',
      'proposal_reasons',
      'observed',
      'observed_at',
      'undone_by',
      'decision',
      'decided_at',
      'decision_reasons',
      'approval',
      'grant_jti',
      'grant_expires_at',
      'execution',
      'execution_jti',
      'executed_at',
      'execution_ended',
      'execution_code',
      'attempt_deadline',
      'latency_ms',
      'outside_id',
      'used_micro_usd',
    ],
  ),
  approvals: merging(
    'approvals',
    ['id'],
    [],
    [
      'policy_set',
      'tenant',
      'workflow',
      'run',
      'step',
      'tool',
      'sub',
      'act',
      'tier',
      'quorum',
      'roles',
      'confirmation',
      'action_hash',
      'deadline',
      'requested_at',
      'requested_partition',
      'requested_offset',
      'rules',
      'authors',
      'escalate_to',
      'escalated_at',
      'preview',
      'verdict',
      'decided_at',
      'decided_by',
      'reason',
    ],
  ),
  votes: merging('votes', ['approval', 'voter'], ['choice', 'cast_at', 'on_behalf_of', 'consent'], []),
  rulings: merging('rulings', ['rule', 'run'], [], []),
  escalations: merging(
    'escalations',
    ['id'],
    ['tenant', 'workflow', 'run', 'step', 'tool', 'reason', 'message', 'choices', 'role', 'escalate_to', 'otherwise', 'deadline', 'asked_at', 'asked_partition', 'asked_offset', 'reminded_at', 'escalated_at', 'ended', 'ended_at', 'answered_by', 'choice', 'said'],
    ['claimed_by', 'claimed_until'],
  ),
  standing: merging('standing', ['id'], ['kind', 'tenant', 'workflow', 'run', 'person', 'stand_in', 'name', 'roles', 'tools', 'tier', 'begins_at', 'ends_at', 'ended_at'], []),
  config_files: merging('config_files', ['kind', 'id', 'hash'], ['version', 'path', 'body'], []),
};

/** The last moment of the year 9999: later ones have no RFC 3339 form. */
const LAST_TIME = 253_402_300_799_999;

/** A time in milliseconds as the tables take it. What upstream systems stamp on their records can be any number. */
export const timeAt = (at: number): string => timestamp(Math.min(Math.max(at, 0), LAST_TIME) as Instant);

/** A time as the tables take it. Writers' times passed a pattern only: the 30th of February is not PostgreSQL's to refuse. */
export const timeOf = (text: string, otherwise: number): string => timeAt(parseTimestamp(text) ?? otherwise);
