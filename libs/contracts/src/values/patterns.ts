/** Shapes of texts on the wire. Each is anchored, free of nested repetition, and read the same by class-validator and by ajv. */

/** `charges.get`, `send_money`: names joined by dots; lower case, because Cedar's `like` is case-sensitive. */
export const TOOL_PATTERN = /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$/;

/** A SPIFFE id: the segments of its path are letters, digits, `.`, `_` and `-`. */
export const PRINCIPAL_PATTERN = /^spiffe:\/\/[a-z0-9][a-z0-9._-]*(\/[A-Za-z0-9._-]+)+$/;

/** RFC 3339 in UTC, as `timestamp` writes it; in ranges, so that it always can be read back. */
export const TIMESTAMP_PATTERN = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;

export const SHA256_PATTERN = /^[0-9a-f]{64}$/;
export const KEY_PATTERN = /^[0-9a-f]{16}$/;
/** A deterministic id of the kernel. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;
export const RUN_PATTERN = /^run-[A-Za-z0-9_-]{22}$/;
/** A local day and month: `2026-11-28`, `2026-11`. As texts they are in order of time. */
export const DAY_PATTERN = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
export const MONTH_PATTERN = /^\d{4}-(0[1-9]|1[0-2])$/;
/** A reason for programs: `args.invalid`. */
export const CODE_PATTERN = /^[a-z0-9][a-z0-9.-]{0,80}$/;
/** `TOOL_TIMEOUT`, `http.409`, ... : a code, never the tool's words. */
export const OUTCOME_CODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/;
/** What a stop is for: empty for `all`; `acme`, `acme/refund-desk`, `acme/refund-desk/<run or agent>`, `payments.refund`. */
export const STOP_VALUE_PATTERN = /^([A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*){0,2})?$/;

/** Ids that Slack gives: of a workspace (or of an organisation), of a member, and of what a message can be posted to. */
export const SLACK_TEAM_PATTERN = /^[TE][A-Z0-9]{1,30}$/;
export const SLACK_USER_PATTERN = /^[UW][A-Z0-9]{1,30}$/;
export const SLACK_CHANNEL_PATTERN = /^[CGD][A-Z0-9]{1,30}$/;
/** Slack's id of a message in its channel. */
export const SLACK_TS_PATTERN = /^\d{1,12}\.\d{6}$/;
