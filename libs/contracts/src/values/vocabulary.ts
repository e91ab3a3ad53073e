/** Closed lists of words in payloads. */

/** How a run ended. `disapproved` and `expired` come from people, `denied` from policy, `invalid` from a schema, `stopped` from a kill switch. */
export const RUN_OUTCOMES = ['succeeded', 'denied', 'stopped', 'disapproved', 'expired', 'invalid', 'failed', 'unverified', 'unknown'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** How a step ended: what ends a run badly, `succeeded`, or not done because its condition does not hold. */
export const STEP_OUTCOMES = ['skipped', ...RUN_OUTCOMES] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

/** What a destination is, which says how it is normalised before it is compared. */
export const DESTINATION_KINDS = ['email', 'host', 'url', 'channel', 'account', 'id'] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

/** Kinds of configuration files. */
export const CONFIG_KINDS = ['contract', 'tool', 'policy', 'playbook', 'approvers', 'tenant'] as const;
export type ConfigKind = (typeof CONFIG_KINDS)[number];

/** What a kill switch or a mode is for. */
export const STOP_SCOPES = ['all', 'tenant', 'workflow', 'run', 'agent', 'tool'] as const;
export type StopScope = (typeof STOP_SCOPES)[number];

/** `read-only`: reads go on, writes queue. `safe`: nothing executes, everything queues. */
export const MODES = ['normal', 'read-only', 'safe'] as const;
export type Mode = (typeof MODES)[number];
