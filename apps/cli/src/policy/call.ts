import { NAME_PATTERN, type Json, type JsonObject } from '@countersign/kernel';
import { TOOL_PATTERN } from '@countersign/contracts';

/** What a tool brought into the run before the call. */
export interface Happened {
  readonly tool: string;
  readonly args?: JsonObject;
  /** Without one it counts as all that the tool's schema could say. */
  readonly result?: JsonObject;
  /** The result is of strangers, whatever the tool contract says. */
  readonly untrusted?: boolean;
}

/** One call of a tool, and what is known of the run that makes it: `CALL.json`, a line of a file of calls, and the first half of a case. */
export interface Call {
  /** Whatever names it, in files of recorded calls. */
  readonly id?: Json;
  /** May be left out where one agent contract alone lists the tool, for one tenant. */
  readonly tenant?: string;
  readonly workflow?: string;
  readonly tool: string;
  readonly args?: JsonObject;
  /** The task's own words, or its data as the upstream sent it; a task that says nothing unless given. */
  readonly task?: string | JsonObject;
  readonly history?: readonly Happened[];
  /** Who says yes, should people be asked: a name to roles. */
  readonly approvals?: Readonly<Record<string, readonly string[]>>;
  /** When the call is made, RFC 3339; `USUAL_TIME` unless given. */
  readonly at?: string;
}

/** A Monday at noon UTC: inside of what most people call business hours. */
export const USUAL_TIME = '2026-01-05T12:00:00Z';

const name: JsonObject = { type: 'string', pattern: NAME_PATTERN };
const tool: JsonObject = { type: 'string', pattern: TOOL_PATTERN.source, maxLength: 120 };
const anyObject: JsonObject = { type: 'object' };

export const closed = (properties: JsonObject, required: readonly string[]): JsonObject => ({ type: 'object', additionalProperties: false, properties, required });
export const listOf = (items: Json): JsonObject => ({ type: 'array', items });

/** Keys of a call that a file of cases can state once for all of them. */
export const SHARED_KEYS: JsonObject = { tenant: name, workflow: name, task: { type: ['string', 'object'] }, at: { type: 'string', format: 'date-time' } };

export const CALL_KEYS: JsonObject = {
  ...SHARED_KEYS,
  tool,
  args: anyObject,
  history: listOf(closed({ tool, args: anyObject, result: anyObject, untrusted: { type: 'boolean' } }, ['tool'])),
  approvals: { type: 'object', propertyNames: name, additionalProperties: listOf(name) },
};

/** Of a call that stands alone. */
export const CALL_SHAPE: JsonObject = closed({ id: {}, ...CALL_KEYS }, ['tool']);
