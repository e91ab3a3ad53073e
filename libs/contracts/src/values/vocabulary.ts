/** Closed lists of words in payloads. */

// In the kernel, where cores may use the list itself.
export { DESTINATION_KINDS, type DestinationKind } from '@countersign/kernel';

const ENDS = ['succeeded', 'denied', 'stopped', 'disapproved', 'expired', 'invalid', 'failed', 'unverified', 'unknown'] as const;

/**
 * How a run ended. `disapproved` and `expired` come from people, `denied` from policy, `invalid` from a schema, `stopped` from a kill switch.
 * `compensated`: it ended badly, and all that it had done was undone.
 */
export const RUN_OUTCOMES = [...ENDS, 'compensated'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** How a step ended: what ends a run badly, `succeeded`, or not done because its condition does not hold. */
export const STEP_OUTCOMES = ['skipped', ...ENDS] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

/**
 * Why a run goes to a person: a step needs a value that nobody gave; its playbook is not sure enough; policy said no; a call failed and is not
 * tried again; what was read back is not as it should be; nobody knows what a call did.
 */
export const RUN_ESCALATION_REASONS = ['data.missing', 'confidence.low', 'policy.denied', 'retries.exhausted', 'effect.diverged', 'effect.unknown'] as const;
export type RunEscalationReason = (typeof RUN_ESCALATION_REASONS)[number];

/**
 * What a person can say to that. `answer`: here is what is missing. `resume`: look at it again. `done` and `not-done`: what became of a call
 * that nobody knew the end of. `accept`: the effect is taken as it is. `stop`: the run ends.
 */
export const ANSWER_CHOICES = ['answer', 'resume', 'done', 'not-done', 'accept', 'stop'] as const;
export type AnswerChoice = (typeof ANSWER_CHOICES)[number];

/** What a run knows of a change that it made. `confirmed`: a person has looked. */
export const SIDE_EFFECT_STATES = ['verified', 'not-verifiable', 'confirmed', 'unverified', 'unknown'] as const;
export type SideEffectState = (typeof SIDE_EFFECT_STATES)[number];

/** What an agent contract limits. `repeats`: the same call with the same arguments; `error-rate`: a tool fails too often. */
export const LIMIT_NAMES = ['usd', 'tool-calls', 'writes', 'records', 'retries', 'steps', 'wall-clock', 'rate', 'repeats', 'error-rate'] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/** Of what a limit is: one run, or a local day or month of its workflow. */
export const LIMIT_SCOPES = ['run', 'day', 'month', 'workflow'] as const;
export type LimitScope = (typeof LIMIT_SCOPES)[number];

/** What happens to what would pass a limit. */
export const LIMIT_ACTIONS = ['stop', 'escalate', 'ask_user_to_confirm', 'degrade_to_read_only'] as const;
export type LimitAction = (typeof LIMIT_ACTIONS)[number];

/** What something can be held to. `safe`: as under the mode of that name, everything waits. */
export const DEGRADED_TO = [...LIMIT_ACTIONS, 'safe'] as const;
export type DegradedTo = (typeof DEGRADED_TO)[number];

/** How a person shows once more that exactly this is meant. */
export const STEP_UPS = ['typed', 'fresh-login'] as const;
export type StepUp = (typeof STEP_UPS)[number];

/** Why a question goes to the fallback roles: its time came, a person said so, or nobody who was asked is there. */
export const ESCALATION_REASONS = ['time', 'called', 'away'] as const;
export type EscalationReason = (typeof ESCALATION_REASONS)[number];

/** Where a preview comes from: the tool's own dry run, a read of what the action is about, or nowhere. */
export const PREVIEW_KINDS = ['dry-run', 'read', 'none'] as const;
export type PreviewKind = (typeof PREVIEW_KINDS)[number];

/** Longest text of a value that is shown whole; a longer one is its beginning and its hash. */
export const MAX_SHOWN_TEXT = 200;
/** More lines than these nobody looks at before they say yes. */
export const MAX_CHANGES = 20;

/** `usd-cents`: whole cents; `usd`: dollars; `count`: a whole number; `text`: as it is. */
export const CHANGE_UNITS = ['usd-cents', 'usd', 'count', 'text'] as const;
export type ChangeUnit = (typeof CHANGE_UNITS)[number];

/** Kinds of configuration files. */
export const CONFIG_KINDS = ['contract', 'tool', 'policy', 'playbook', 'approvers', 'tenant', 'webhook'] as const;
export type ConfigKind = (typeof CONFIG_KINDS)[number];

/** What a kill switch or a mode is for. */
export const STOP_SCOPES = ['all', 'tenant', 'workflow', 'run', 'agent', 'tool'] as const;
export type StopScope = (typeof STOP_SCOPES)[number];

/** `read-only`: reads go on, writes queue. `safe`: nothing executes, everything queues. */
export const MODES = ['normal', 'read-only', 'safe'] as const;
export type Mode = (typeof MODES)[number];

/** What can happen to a card after it was opened. */
export const CARD_CHANGES = [
  'previewed', 'reminded', 'escalated', 'approved', 'denied', 'granted', 'rejected', 'expired', 'withdrawn',
  'started', 'done', 'verified', 'diverged', 'failed', 'unknown', 'refused', 'undoing', 'undone', 'claimed', 'answered', 'closed',
] as const;
export type CardChange = (typeof CARD_CHANGES)[number];
