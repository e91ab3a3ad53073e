import type { DestinationKind } from '@countersign/contracts';
import type { Json, JsonObject, MicroUsd, Millis, Sha256 } from '@countersign/kernel';
import type { Matcher, RequestTemplate } from './request-template.js';

export const RISKS = ['money', 'delete', 'deploy', 'access', 'export', 'send'] as const;
export type Risk = (typeof RISKS)[number];

export const ADAPTERS = ['http', 'github', 'github-pull-request', 'mcp', 'slack', 'webhook', 'privacy'] as const;
export type Adapter = (typeof ADAPTERS)[number];

/** What a tool takes, gives and does. The hash of its file is pinned in every action. */
export interface ToolContract {
  /** Name of the tool: `payments.refund`. Its file is known as `payments-refund`, see `fileIdOf`. */
  readonly id: string;
  readonly version: number;
  readonly description: string;
  readonly effect: 'read' | 'write';
  /** `false`: nothing takes its effect back, so nobody says yes to it with one click. Absent: not said. */
  readonly reversible?: boolean;
  readonly risk: readonly Risk[];
  /** JSON Schema 2020-12 of the arguments and of the result; both are closed objects. */
  readonly args: JsonObject;
  readonly result: JsonObject;
  /** Name of the outside system. Its URL and credential are in the executor's environment and nowhere else. */
  readonly connection: string;
  readonly adapter: Adapter;
  /** `token-exchange`: policy adds the claims of a grant as a token, which the executor exchanges for the credential. */
  readonly credential?: 'token-exchange';
  /** A credential will do that is good for longer than the grant, such as a token that somebody made once. Absent: only one that ends with it. */
  readonly longLivedCredential?: boolean;
  readonly request: RequestTemplate;
  /** Result from the answer: name to pointer. Absent: the answer is the result. */
  readonly pick?: Readonly<Record<string, string>>;
  /** Pointer into the result to the id that the outside system gave. */
  readonly outsideId?: string;
  readonly idempotency: Idempotency;
  /** Absent where the effect cannot be looked at. */
  readonly readBack?: ReadBack;
  /** How to look at what an action would do, which people are shown before they say yes; absent where there is no way. */
  readonly preview?: PreviewSource;
  /** The call that undoes an action of this tool; absent where nothing does. */
  readonly compensation?: Compensation;
  /** How long after an action a person can have it undone; absent: not at all, though a run that fails may. */
  readonly undoWindow?: Millis;
  /** Of one attempt, from the first byte sent to the last received. */
  readonly timeout: Millis;
  /** Calls for one action, the first included. */
  readonly attempts: number;
  /** Calls of the tool under way at a time, in one process; absent: as many as the process's pool has for each. */
  readonly concurrency?: number;
  /** At most so many calls in a time, of all tenants together; absent: as many as come. */
  readonly rate?: Rate;
  /** Charged for each action that was done. */
  readonly cost: MicroUsd;
  /** What rules can speak of, by name: `amount_usd`, `rows`. */
  readonly attributes: Readonly<Record<string, PolicyAttribute>>;
  /** Arguments that say where the effect goes. */
  readonly destinations: readonly DestinationArgument[];
  /** Pointers to arguments that the task has to say itself, such as a new password: of an origin like a destination's. */
  readonly fromTask: readonly string[];
  /** Pointer to the argument that people type who approve what takes a step-up; absent: where the effect goes, else what it touches. */
  readonly stepUp?: string;
  /** Kinds of resource that a call touches, by name: `customer` to a pointer into the arguments. */
  readonly resources: Readonly<Record<string, string>>;
  /** Pointer to the argument whose keys are the fields that a call writes; absent: the arguments themselves. */
  readonly fields?: string;
  /** Pointer to the number of records that a call changes, or to a list of them; absent: one for a write. */
  readonly records?: string;
  /** `untrusted`: whoever writes what the tool reads may be anybody, so its results taint the run. */
  readonly resultTrust: ResultTrust;
  /** Values of the result that count as known destinations: a look-up in a system that the tenant keeps itself, so only of a trusted one. */
  readonly vouchesFor: readonly Vouched[];
  /** By name of an attribute: pointer into the result to what was really returned or changed; more than rules allowed is a divergence. */
  readonly resultLimits: Readonly<Record<string, string>>;
  /** Classes of data that results are kept without in events and blobs, beside `secret`, which never gets there. */
  readonly withhold?: readonly DataClass[];
  /** Pointers to free text that leaves with the call, which is scanned for secrets and personal data; absent: every text. */
  readonly scan?: readonly string[];
  /** SHA-256 of the description and schemas as the outside system gave them; a tool whose own are others is quarantined. */
  readonly descriptionHash?: Sha256;
  /** A larger answer is refused. */
  readonly maxResultBytes: number;
}

/**
 * `key`: the tool remembers the key for `memory` and answers a repeat like the first call. `natural`: doing it twice is doing it once.
 * `none`: a repeat may have a second effect, so there is no repeat.
 */
export type Idempotency =
  | { readonly kind: 'key'; readonly memory: Millis }
  | { readonly kind: 'natural' }
  | { readonly kind: 'none' };

export interface Rate {
  readonly calls: number;
  readonly per: Millis;
}

/** Its arguments are made of the log: what is not there is left out, and the other tool's schema says whether it may be. */
export interface Compensation {
  /** Name of the tool. */
  readonly tool: string;
  readonly args: Readonly<Record<string, UndoSource>>;
}

/** Pointers are into the arguments and the result of the action that is undone. */
export type UndoSource =
  | { readonly from: 'arg'; readonly pointer: string }
  | { readonly from: 'result'; readonly pointer: string }
  | { readonly from: 'value'; readonly value: Json };

/** How to look at the effect. Which header or field carries the idempotency key is said in the request template. */
export interface ReadBack {
  readonly request: RequestTemplate;
  /** Where in the answer the effect is; absent: the answer itself. */
  readonly find?: {
    /** Pointer to a list. */
    readonly in: string;
    /** The first item that matches all of these is the effect; none: it is absent. Keys are pointers into the item. */
    readonly where: Readonly<Record<string, Matcher>>;
  };
  /** The list comes in pages; absent: it comes whole. */
  readonly pages?: Pages;
  /** What must hold of what was found; keys are pointers into it. */
  readonly expect: Readonly<Record<string, Matcher>>;
  /** What must hold of the answer as a whole, beside the effect itself: no charge is refunded by more than it is. Absent: nothing. */
  readonly invariants?: readonly Invariant[];
  /** Result from what was found, for where the tool's own answer was lost; absent: what was found is the result. */
  readonly pick?: Readonly<Record<string, string>>;
}

/** A request that changes nothing: the tool's own dry run of the action, or a read of what it is about. */
export interface PreviewSource {
  readonly kind: 'dry-run' | 'read';
  readonly request: RequestTemplate;
  /** One line each of what people see, in this order. */
  readonly changes: readonly ChangeTemplate[];
}

export interface ChangeTemplate {
  /** What people read: `refunded`. */
  readonly field: string;
  /** How it is, and how it would be; one of the two at least. */
  readonly now?: ChangeValue;
  readonly after?: ChangeValue;
  /** Absent: as it is. */
  readonly unit?: AttributeUnit;
}

/** Pointers are into the answer to the request, or into the arguments. `sum`: of numbers, and nothing where one of them is none. */
export type ChangeValue =
  | { readonly from: 'answer'; readonly pointer: string }
  | { readonly from: 'arg'; readonly pointer: string }
  | { readonly from: 'value'; readonly value: string | number | boolean }
  | { readonly from: 'sum'; readonly of: readonly ChangeValue[] };

/** Compares numbers; where one of the two is none, it does not hold. */
export interface Invariant {
  /** Pointer into the answer: to a number, or to a list whose items are added. */
  readonly of: string;
  /** Pointer into each item of the list, to what is added. */
  readonly by?: string;
  readonly op: 'at-most' | 'at-least' | 'equals';
  /** Pointer into the answer, or a number. */
  readonly to: string | number;
}

/** A list in pages, counted from 1 by a parameter of the query. It ends with an empty page, whatever the size of the others. */
export interface Pages {
  readonly parameter: string;
  /** Pages that are looked through within the tool's timeout; what is behind them is not known. */
  readonly atMost: number;
}

/** More pages than this take longer than a tool may. */
export const MAX_PAGES = 50;

/** A fact of a call that rules can speak of. `usd-cents`: whole cents; `usd`: dollars with two decimals at most, which rules see in cents; `count`: a whole number; `text`: as it is. */
export interface PolicyAttribute {
  /** Pointer into the arguments. */
  readonly arg: string;
  readonly unit: AttributeUnit;
}

export const ATTRIBUTE_UNITS = ['usd-cents', 'usd', 'count', 'text'] as const;
export type AttributeUnit = (typeof ATTRIBUTE_UNITS)[number];

export interface DestinationArgument {
  /** Pointer into the arguments: a text, or a list of texts. */
  readonly arg: string;
  readonly kind: DestinationKind;
}

export const RESULT_TRUST = ['untrusted', 'trusted'] as const;
export type ResultTrust = (typeof RESULT_TRUST)[number];

export interface Vouched {
  /** Pointer into the result: a text, or a list of texts; `*` stands for every item of a list. */
  readonly result: string;
  readonly kind: DestinationKind;
}

/** Classes of data (`x-class` in a schema) that must not leave unseen: a result that holds one makes the run's context sensitive. */
export const SENSITIVE_CLASSES = ['personal', 'financial', 'health', 'secret', 'confidential'] as const;
/** All classes that a schema may name. */
export const DATA_CLASSES = ['public', 'internal', ...SENSITIVE_CLASSES] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** A grant lives 60 s, so a longer call could outlive two of them. */
export const MAX_TOOL_TIMEOUT_SECONDS = 60;
/** More calls of one action than this help nobody. */
export const MAX_ATTEMPTS = 5;
export const DEFAULT_ATTEMPTS = 3;
/** A tool may take no more than half of what one process does at a time. */
export const MAX_CONCURRENCY = 32;
/** What a step needs of an answer is small; a larger answer is a tool that was given too wide a question. */
export const DEFAULT_MAX_RESULT_BYTES = 256 * 1024;

/** Id of a tool's file: names of files have no dots and no underscores. Two tools whose file ids meet are a fault of the configuration. */
export const fileIdOf = (tool: string): string => tool.replaceAll(/[._]/g, '-');
