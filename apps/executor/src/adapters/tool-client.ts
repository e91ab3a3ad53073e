import type { Method, ToolContract } from '@countersign/domain';
import type { Json, KeyId } from '@countersign/kernel';
import type { Connection } from './connections.js';

/** A request as the tool contract renders it from the arguments. */
export interface ToolRequest {
  readonly method: Method;
  /** Path with its values encoded, starting with `/`. */
  readonly path: string;
  /** A list is a name that comes several times. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Absent: JSON. */
  readonly encoding?: 'form';
}

/** What became of a request. It is never thrown: a fault of the outside is data. */
export type ToolAnswer =
  /** `body` is absent where the answer is empty, no JSON or too large; `problem` says which of the last two. `requestId`: what the system calls the request. `retryAfterMs`: it asks for no call before. */
  | { readonly kind: 'answered'; readonly status: number; readonly requestId?: string; readonly retryAfterMs?: number; readonly body?: Json; readonly problem?: 'not-json' | 'too-large' }
  | { readonly kind: 'not-sent'; readonly code: string; readonly final?: boolean; readonly key?: KeyId }
  /** Nothing was done, and the same request would fare no better. */
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'broken'; readonly code: string };

export type NotSent = Extract<ToolAnswer, { kind: 'not-sent' }>;

export interface SendOptions {
  /** Gives up when it is aborted: the deadline, a lost partition, a shutdown. */
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Whose call it is, for a system whose tools say themselves what they are. */
  readonly tool: ToolContract;
  /** Whose data it is about. */
  readonly tenant: string;
  /** Asked again by whoever lets time pass before a request that has an effect: what forbids it by now. Absent: it needs no grant. */
  readonly forbids?: (() => NotSent | undefined) | undefined;
}

/** Speaks to one kind of outside system. It sends once and never again by itself: repeating is a decision. */
export interface ToolClient {
  /** Heeds `sign` of a connection. */
  readonly canSign?: boolean;
  send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer>;
  /** Lets go of what it has opened. */
  close?(): Promise<void>;
}
