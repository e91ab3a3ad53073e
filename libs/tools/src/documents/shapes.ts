import { NAME_PATTERN, type JsonObject } from '@countersign/kernel';
import { DESTINATION_KINDS, MAX_CHANGES, RUN_ESCALATION_REASONS, TOOL_PATTERN } from '@countersign/contracts';
import { ADAPTERS, ATTRIBUTE_UNITS, DATA_CLASSES, ENCODINGS, MAX_ATTEMPTS, MAX_CONCURRENCY, MAX_PAGES, MAX_PLAYBOOK_STEPS, MAX_QUORUM, METHODS, ON_BUDGET_EXCEEDED, ON_ERROR_RATE, RESULT_TRUST, RISKS, STAGES } from '@countersign/domain';
import { RATE_PATTERN } from './read-rate.js';

/** JSON Schemas of the configuration files, as people write them. */

const name = { type: 'string', pattern: NAME_PATTERN };
const tool = { type: 'string', pattern: TOOL_PATTERN.source, maxLength: 120 };
const version = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const pointer = { type: 'string', pattern: '^(/[^/]*)*$', maxLength: 300 };
const duration = { type: 'string', pattern: '^\\d{1,9}(ms|s|m|h|d)$' };
const usd = { type: ['number', 'string'] };
const schema = { type: 'object' };
const texts = { type: 'object', additionalProperties: { type: 'string' } };
const anything = {};

const closed = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({ type: 'object', additionalProperties: false, properties, required });
const listOf = (items: JsonObject): JsonObject => ({ type: 'array', items });
const mapOf = (values: JsonObject): JsonObject => ({ type: 'object', additionalProperties: values });

const pointers = mapOf(pointer);

const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const atLeastOne = { ...count, minimum: 1 };
const patterns = { ...listOf({ type: 'string', minLength: 1, maxLength: 300 }), uniqueItems: true };

const limits = { usd, tool_calls: count, writes: count, records: count, retries: count, steps: count, wall_clock: duration };

export const CONTRACT_SHAPE: JsonObject = closed(
  {
    id: name,
    version,
    owner: { type: 'string', minLength: 1, maxLength: 200 },
    tenants: { ...listOf(name), minItems: 1, uniqueItems: true },
    workflow: name,
    accepts: { ...listOf({ type: 'string', minLength: 1, maxLength: 200 }), uniqueItems: true },
    input: schema,
    data_subject: pointer,
    outcome: schema,
    tools: closed({ read: { ...listOf(tool), uniqueItems: true }, write: { ...listOf(tool), uniqueItems: true } }),
    resources: mapOf(mapOf(patterns)),
    writable_fields: mapOf(patterns),
    destinations: patterns,
    context: mapOf({
      ...closed({ task: pointer, tool, path: pointer, unit: { enum: [...ATTRIBUTE_UNITS] }, max_age: duration }, ['unit']),
      oneOf: [{ required: ['task'] }, { required: ['tool', 'path'] }],
      dependentRequired: { tool: ['path'], path: ['tool'], max_age: ['tool'] },
    }),
    stage: { enum: [...STAGES] },
    // The compiler of policies reads them, as those of rules.
    windows: patterns,
    playbook: name,
    budgets: closed({
      time_zone: { type: 'string', minLength: 1, maxLength: 100 },
      rate_per_minute: atLeastOne,
      run: closed({ ...limits, steps: atLeastOne, rate_per_minute: atLeastOne }),
      day: closed(limits),
      month: closed(limits),
    }),
    max_total_cost_usd: usd,
    max_tool_calls: atLeastOne,
    max_steps: atLeastOne,
    max_repeats: atLeastOne,
    timeouts: closed({ run: duration }),
    model_routing: texts,
    escalation: closed(
      {
        role: name,
        within: duration,
        reasons: { ...listOf({ enum: [...RUN_ESCALATION_REASONS] }), minItems: 1, uniqueItems: true },
        escalate_to: { ...listOf(name), minItems: 1, uniqueItems: true },
      },
      ['role', 'within'],
    ),
    fallbacks: closed({
      on_budget_exceeded: { enum: [...ON_BUDGET_EXCEEDED] },
      on_tool_error_rate_gt: { type: 'number', minimum: 0, maximum: 1 },
      action: { enum: [...ON_ERROR_RATE] },
      escalate_to: { ...listOf(name), uniqueItems: true },
    }),
  },
  ['id', 'version', 'owner', 'tenants', 'workflow', 'accepts', 'input', 'tools', 'playbook'],
);

const request = closed({ method: { enum: [...METHODS] }, path: { type: 'string', pattern: '^/' }, query: texts, headers: texts, body: anything, encoding: { enum: [...ENCODINGS] } }, ['method', 'path']);

const matcher: JsonObject = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: { equals: anything, contains: { type: 'string', minLength: 1 }, includes: anything, by: pointer },
};

const bound = { anyOf: [pointer, { type: 'number' }] };
const invariant: JsonObject = {
  ...closed({ of: pointer, by: pointer, at_most: bound, at_least: bound, equals: bound }, ['of']),
  oneOf: [{ required: ['at_most'] }, { required: ['at_least'] }, { required: ['equals'] }],
};

const undoSource: JsonObject = { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: false, properties: { arg: pointer, result: pointer, value: anything } };

/** A text is a pointer into the answer; sums are not nested. */
const shownValue = { anyOf: [pointer, { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: false, properties: { arg: pointer, value: { type: ['string', 'number', 'boolean'] } } }] };
const changeValue = { anyOf: [...shownValue.anyOf, closed({ sum: { ...listOf(shownValue), minItems: 1, maxItems: 10 } }, ['sum'])] };
const change: JsonObject = { ...closed({ field: { type: 'string', minLength: 1, maxLength: 60 }, now: changeValue, after: changeValue, unit: { enum: [...ATTRIBUTE_UNITS] } }, ['field']), anyOf: [{ required: ['now'] }, { required: ['after'] }] };
const preview = closed({ request, safe: { type: 'boolean' }, changes: { ...listOf(change), minItems: 1, maxItems: MAX_CHANGES } }, ['request', 'changes']);

export const TOOL_SHAPE: JsonObject = closed(
  {
    id: tool,
    version,
    description: { type: 'string', minLength: 1, maxLength: 2_000 },
    effect: { enum: ['read', 'write'] },
    reversible: { type: 'boolean' },
    risk: { ...listOf({ enum: [...RISKS] }), uniqueItems: true },
    args: schema,
    result: schema,
    connection: name,
    adapter: { enum: [...ADAPTERS] },
    credential: { enum: ['token-exchange'] },
    long_lived_credential: { type: 'boolean' },
    request,
    pick: pointers,
    outside_id: pointer,
    idempotency: closed({ kind: { enum: ['key', 'natural', 'none'] }, memory: duration }, ['kind']),
    read_back: closed(
      {
        request,
        find: closed({ in: pointer, where: mapOf(matcher) }, ['in', 'where']),
        pages: closed({ parameter: { type: 'string', minLength: 1, maxLength: 100 }, at_most: { type: 'integer', minimum: 1, maximum: MAX_PAGES } }, ['parameter', 'at_most']),
        expect: mapOf(matcher),
        invariants: { ...listOf(invariant), minItems: 1 },
        pick: pointers,
      },
      ['request', 'expect'],
    ),
    preview: { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: false, properties: { dry_run: preview, read: preview } },
    compensation: closed({ tool, args: mapOf(undoSource) }, ['tool']),
    undo_window: duration,
    timeout: duration,
    attempts: { type: 'integer', minimum: 1, maximum: MAX_ATTEMPTS },
    concurrency: { type: 'integer', minimum: 1, maximum: MAX_CONCURRENCY },
    rate: { type: 'string', pattern: RATE_PATTERN },
    cost_usd: usd,
    attributes: mapOf(closed({ arg: pointer, unit: { enum: [...ATTRIBUTE_UNITS] } }, ['arg', 'unit'])),
    destinations: listOf(closed({ arg: pointer, kind: { enum: [...DESTINATION_KINDS] } }, ['arg', 'kind'])),
    from_task: { ...listOf(pointer), uniqueItems: true },
    step_up: pointer,
    resources: pointers,
    fields: pointer,
    records: pointer,
    result_trust: { enum: [...RESULT_TRUST] },
    vouches_for: listOf(closed({ result: pointer, kind: { enum: [...DESTINATION_KINDS] } }, ['result', 'kind'])),
    result_limits: pointers,
    withhold: { ...listOf({ enum: [...DATA_CLASSES] }), uniqueItems: true },
    scan: { ...listOf(pointer), uniqueItems: true },
    description_hash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    max_result_bytes: { type: 'integer', minimum: 1, maximum: 64 * 1024 * 1024 },
  },
  ['id', 'version', 'description', 'effect', 'args', 'result', 'connection', 'adapter', 'request', 'timeout'],
);

const source: JsonObject = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: { task: pointer, step: name, path: pointer, value: anything, template: { type: 'string' } },
  dependentRequired: { step: ['path'], path: ['step'] },
};

const TESTS: JsonObject = {
  equals: anything,
  in: { type: 'array' },
  exists: { type: 'boolean' },
  greater: { type: 'number' },
  at_least: { type: 'number' },
  less: { type: 'number' },
  at_most: { type: 'number' },
  contains: { type: 'string', minLength: 1 },
};

export const PLAYBOOK_SHAPE: JsonObject = {
  ...closed(
    {
      id: name,
      version,
      description: { type: 'string', maxLength: 2_000 },
      on_failure: { enum: ['compensate'] },
      steps: {
        ...listOf(closed({ id: name, tool, after: { ...listOf(name), uniqueItems: true }, when: { $ref: '#/$defs/condition' }, args: mapOf(source), ask: closed({ when: { $ref: '#/$defs/condition' }, question: { type: 'string', minLength: 1, maxLength: 500 } }, ['question']) }, ['id', 'tool'])),
        minItems: 1,
        maxItems: MAX_PLAYBOOK_STEPS,
      },
    },
    ['id', 'version', 'steps'],
  ),
  $defs: {
    condition: {
      type: 'object',
      minProperties: 1,
      additionalProperties: false,
      properties: {
        all: { type: 'array', items: { $ref: '#/$defs/condition' }, minItems: 1 },
        any: { type: 'array', items: { $ref: '#/$defs/condition' }, minItems: 1 },
        not: { $ref: '#/$defs/condition' },
        of: source,
        ...TESTS,
      },
    },
  },
};

export const POLICY_SHAPE: JsonObject = closed(
  {
    id: name,
    version,
    description: { type: 'string', maxLength: 2_000 },
    policies: {
      ...listOf(
        closed(
          {
            name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,100}$' },
            if: { type: 'object', minProperties: 1 },
            then: closed(
              {
                action: { enum: ['deny', 'require_human_approval'] },
                tier: { type: 'integer', minimum: 1, maximum: 4 },
                quorum: { type: 'integer', minimum: 1, maximum: MAX_QUORUM },
                roles: { ...listOf(name), uniqueItems: true },
                within: duration,
                remind: duration,
                escalate: duration,
                escalate_to: { ...listOf(name), uniqueItems: true },
              },
              ['action'],
            ),
          },
          ['name', 'if', 'then'],
        ),
      ),
    },
  },
  ['policies'],
);

export const APPROVERS_SHAPE: JsonObject = closed(
  {
    id: name,
    version,
    people: listOf(
      closed(
        {
          subject: { type: 'string', pattern: '^spiffe://[a-z0-9.-]+/human/[A-Za-z0-9._-]+$', maxLength: 300 },
          name: { type: 'string', minLength: 1, maxLength: 200 },
          public_key: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' },
          roles: { ...listOf(name), uniqueItems: true },
          group: name,
          slack: { type: 'string', pattern: '^[TE][A-Z0-9]{1,30}/[UW][A-Z0-9]{1,30}$' },
        },
        ['subject', 'name', 'public_key', 'roles'],
      ),
    ),
    fallback: { ...listOf(name), uniqueItems: true },
    slack_max_tier: { type: 'integer', minimum: 0, maximum: 3 },
    slack_channels: { type: 'object', propertyNames: name, additionalProperties: { type: 'string', pattern: '^[CGD][A-Z0-9]{1,30}$' } },
  },
  ['people'],
);

/** Plain HTTP is for endpoints on this machine or in a network of one's own; the service refuses it for any other. */
export const WEBHOOK_SHAPE: JsonObject = closed(
  {
    id: name,
    version,
    url: { type: 'string', pattern: '^https?://[^\\s]+$', maxLength: 500 },
    events: { ...listOf({ type: 'string', maxLength: 60 }), minItems: 1, uniqueItems: true },
    tenants: { ...listOf(name), minItems: 1, uniqueItems: true },
    workflows: { ...listOf(name), minItems: 1, uniqueItems: true },
    secret: name,
  },
  ['id', 'version', 'url', 'events', 'secret'],
);

export const TENANT_SHAPE: JsonObject = closed(
  {
    id: name,
    version,
    tenant: name,
    directory: mapOf({ ...listOf({ type: 'string', minLength: 1, maxLength: 300 }), uniqueItems: true }),
    budgets: closed({ day: closed(limits), month: closed(limits) }),
    retention: closed({ personal: duration, answers: duration }),
    legal_hold: mapOf({ ...listOf({ type: 'string', pattern: '^([A-Za-z0-9_-]{22}|\\*)$' }), minItems: 1, uniqueItems: true }),
  },
  ['id', 'version', 'tenant'],
);
