import type { RunEscalationReason } from '@countersign/contracts';
import type { Json, JsonObject } from '@countersign/kernel';
import type { Adapter, AttributeUnit, DataClass, DestinationArgument, Method, OnBudgetExceeded, OnErrorRate, PolicyAttribute, ResultTrust, Risk, Stage, Vouched } from '@countersign/domain';

/** Files as people write them, after their shape has been checked. */

export interface RawLimits {
  readonly usd?: number | string;
  readonly tool_calls?: number;
  readonly writes?: number;
  readonly records?: number;
  readonly retries?: number;
  readonly steps?: number;
  readonly wall_clock?: string;
}

export interface RawContextFact {
  readonly task?: string;
  readonly tool?: string;
  readonly path?: string;
  readonly unit: AttributeUnit;
  readonly max_age?: string;
}

export interface RawContract {
  readonly id: string;
  readonly version: number;
  readonly owner: string;
  readonly tenants: readonly string[];
  readonly workflow: string;
  readonly accepts: readonly string[];
  readonly input: JsonObject;
  readonly data_subject?: string;
  readonly tools: { readonly read?: readonly string[]; readonly write?: readonly string[] };
  readonly outcome?: JsonObject;
  readonly resources?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly writable_fields?: Readonly<Record<string, readonly string[]>>;
  readonly destinations?: readonly string[];
  readonly context?: Readonly<Record<string, RawContextFact>>;
  readonly stage?: Stage;
  readonly windows?: readonly string[];
  readonly playbook: string;
  readonly budgets?: {
    readonly time_zone?: string;
    readonly rate_per_minute?: number;
    readonly run?: RawLimits & { readonly rate_per_minute?: number };
    readonly day?: RawLimits;
    readonly month?: RawLimits;
  };
  readonly max_total_cost_usd?: number | string;
  readonly max_tool_calls?: number;
  readonly max_steps?: number;
  readonly max_repeats?: number;
  readonly timeouts?: { readonly run?: string };
  readonly model_routing?: Readonly<Record<string, string>>;
  readonly escalation?: { readonly role: string; readonly within: string; readonly reasons?: readonly RunEscalationReason[]; readonly escalate_to?: readonly string[] };
  readonly fallbacks?: { readonly on_budget_exceeded?: OnBudgetExceeded; readonly on_tool_error_rate_gt?: number; readonly action?: OnErrorRate; readonly escalate_to?: readonly string[] };
}

export interface RawRequest {
  readonly method: Method;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly encoding?: 'json' | 'form';
}

export interface RawMatcher {
  readonly equals?: Json;
  readonly contains?: string;
  readonly includes?: Json;
  readonly by?: string;
}

export interface RawInvariant {
  readonly of: string;
  readonly by?: string;
  readonly at_most?: string | number;
  readonly at_least?: string | number;
  readonly equals?: string | number;
}

export interface RawUndoSource {
  readonly arg?: string;
  readonly result?: string;
  readonly value?: Json;
}

/** A text is a pointer into the answer. */
export type RawChangeValue = string | { readonly arg?: string; readonly value?: string | number | boolean; readonly sum?: readonly RawChangeValue[] };

export interface RawPreview {
  readonly request: RawRequest;
  readonly safe?: boolean;
  readonly changes: readonly { readonly field: string; readonly now?: RawChangeValue; readonly after?: RawChangeValue; readonly unit?: AttributeUnit }[];
}

export interface RawTool {
  readonly id: string;
  readonly version: number;
  readonly description: string;
  readonly effect: 'read' | 'write';
  readonly reversible?: boolean;
  readonly risk?: readonly Risk[];
  readonly args: JsonObject;
  readonly result: JsonObject;
  readonly connection: string;
  readonly adapter: Adapter;
  readonly credential?: 'token-exchange';
  readonly long_lived_credential?: boolean;
  readonly request: RawRequest;
  readonly pick?: Readonly<Record<string, string>>;
  readonly outside_id?: string;
  readonly idempotency?: { readonly kind: 'key' | 'natural' | 'none'; readonly memory?: string };
  readonly read_back?: {
    readonly request: RawRequest;
    readonly find?: { readonly in: string; readonly where: Readonly<Record<string, RawMatcher>> };
    readonly pages?: { readonly parameter: string; readonly at_most: number };
    readonly expect: Readonly<Record<string, RawMatcher>>;
    readonly invariants?: readonly RawInvariant[];
    readonly pick?: Readonly<Record<string, string>>;
  };
  readonly preview?: { readonly dry_run?: RawPreview; readonly read?: RawPreview };
  readonly compensation?: { readonly tool: string; readonly args?: Readonly<Record<string, RawUndoSource>> };
  readonly undo_window?: string;
  readonly timeout: string;
  readonly attempts?: number;
  readonly concurrency?: number;
  readonly rate?: string;
  readonly cost_usd?: number | string;
  readonly attributes?: Readonly<Record<string, PolicyAttribute>>;
  readonly max_result_bytes?: number;
  readonly destinations?: readonly DestinationArgument[];
  readonly from_task?: readonly string[];
  readonly step_up?: string;
  readonly resources?: Readonly<Record<string, string>>;
  readonly fields?: string;
  readonly records?: string;
  readonly result_trust?: ResultTrust;
  readonly vouches_for?: readonly Vouched[];
  readonly result_limits?: Readonly<Record<string, string>>;
  readonly withhold?: readonly DataClass[];
  readonly scan?: readonly string[];
  readonly description_hash?: string;
}

export interface RawSource {
  readonly task?: string;
  readonly step?: string;
  readonly path?: string;
  readonly value?: Json;
  readonly template?: string;
}

export interface RawCondition {
  readonly all?: readonly RawCondition[];
  readonly any?: readonly RawCondition[];
  readonly not?: RawCondition;
  readonly of?: RawSource;
  readonly [test: string]: unknown;
}

export interface RawPlaybook {
  readonly id: string;
  readonly version: number;
  readonly on_failure?: 'compensate';
  readonly steps: readonly {
    readonly id: string;
    readonly tool: string;
    readonly after?: readonly string[];
    readonly when?: RawCondition;
    readonly args?: Readonly<Record<string, RawSource>>;
    readonly ask?: { readonly when?: RawCondition; readonly question: string };
  }[];
}

export interface RawPolicy {
  readonly id?: string;
  readonly version?: number;
  readonly policies: readonly {
    readonly name: string;
    readonly if: Readonly<Record<string, Json>>;
    readonly then: { readonly action: 'deny' | 'require_human_approval'; readonly tier?: number; readonly quorum?: number; readonly roles?: readonly string[]; readonly within?: string; readonly remind?: string; readonly escalate?: string; readonly escalate_to?: readonly string[] };
  }[];
}

export interface RawApprovers {
  readonly id?: string;
  readonly version?: number;
  readonly people: readonly { readonly subject: string; readonly name: string; readonly public_key: string; readonly roles: readonly string[]; readonly group?: string; readonly slack?: string }[];
  readonly fallback?: readonly string[];
  readonly slack_max_tier?: number;
  readonly slack_channels?: Readonly<Record<string, string>>;
}

export interface RawWebhook {
  readonly id: string;
  readonly version: number;
  readonly url: string;
  /** `approval.requested`, as `tail` shows it. */
  readonly events: readonly string[];
  readonly tenants?: readonly string[];
  readonly workflows?: readonly string[];
  readonly secret: string;
}

export interface RawTenant {
  readonly id: string;
  readonly version: number;
  readonly tenant: string;
  readonly directory?: Readonly<Record<string, readonly string[]>>;
  readonly budgets?: { readonly day?: RawLimits; readonly month?: RawLimits };
  readonly retention?: { readonly personal?: string; readonly answers?: string };
  readonly legal_hold?: Readonly<Record<string, readonly string[]>>;
}
