import { randomBytes } from 'node:crypto';

/** Somebody in the workspace, and what whoever tries it out should know of them. */
export interface SimUser {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  /** Of another workspace that shares a channel; absent: of this one. */
  readonly team?: string;
}

export interface SimChannel {
  readonly id: string;
  readonly name: string;
}

export interface SimMessage {
  readonly channel: string;
  readonly ts: string;
  text: string;
  blocks: readonly SimBlock[];
  readonly metadata?: unknown;
  /** How often it was edited. */
  edits: number;
}

/** What only one person sees. */
export interface SimWhisper {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly at: number;
}

export interface SimView {
  readonly id: string;
  readonly user: string;
  readonly view: SimModal;
  /** By block: what was wrong with it when it was sent. */
  errors: Readonly<Record<string, string>>;
}

export type SimBlock = Readonly<Record<string, unknown>> & { readonly type: string };
export interface SimModal {
  readonly callback_id?: string;
  readonly private_metadata?: string;
  readonly blocks: readonly SimBlock[];
  readonly [name: string]: unknown;
}

/** A trigger opens one modal, within three seconds. */
export const TRIGGER_LIVES_MS = 3_000;

/** What a workspace of Slack holds. */
export class Workspace {
  readonly messages: SimMessage[] = [];
  readonly whispers: SimWhisper[] = [];
  readonly views: SimView[] = [];
  private readonly triggers = new Map<string, { readonly user: string; readonly at: number; used: boolean }>();
  private readonly listeners = new Set<() => void>();
  private lastTs = 0;

  constructor(
    readonly team: string,
    readonly users: readonly SimUser[],
    readonly channels: readonly SimChannel[],
    readonly now: () => number = Date.now,
  ) {}

  /** Called whenever something has changed; gives what takes the listener off. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  post(message: Omit<SimMessage, 'ts' | 'edits'>): SimMessage {
    // Ids of messages are times that never come twice.
    this.lastTs = Math.max(this.now() * 1_000, this.lastTs + 1);
    const ts = `${Math.floor(this.lastTs / 1_000_000)}.${String(this.lastTs % 1_000_000).padStart(6, '0')}`;
    const posted: SimMessage = { ...message, ts, edits: 0 };
    this.messages.push(posted);
    this.changed();
    return posted;
  }

  find(channel: string, ts: string): SimMessage | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts);
  }

  remove(message: SimMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
    this.changed();
  }

  trigger(user: string): string {
    const id = `${this.now()}.${randomBytes(8).toString('hex')}`;
    this.triggers.set(id, { user, at: this.now(), used: false });
    return id;
  }

  /** Whose trigger it is, or Slack's word for why it opens nothing. */
  useTrigger(id: string): { readonly user: string } | { readonly error: string } {
    const trigger = this.triggers.get(id);
    if (!trigger) return { error: 'invalid_trigger_id' };
    if (trigger.used) return { error: 'exchanged_trigger_id' };
    if (this.now() - trigger.at > TRIGGER_LIVES_MS) return { error: 'expired_trigger_id' };
    trigger.used = true;
    return { user: trigger.user };
  }

  open(user: string, view: SimModal): SimView {
    const opened: SimView = { id: `V${randomBytes(5).toString('hex').toUpperCase()}`, user, view, errors: {} };
    // A new modal stands in the place of the one before it.
    this.closeOf(user);
    this.views.push(opened);
    this.changed();
    return opened;
  }

  close(id: string): void {
    const at = this.views.findIndex((view) => view.id === id);
    if (at >= 0) this.views.splice(at, 1);
    this.changed();
  }

  private closeOf(user: string): void {
    const at = this.views.findIndex((view) => view.user === user);
    if (at >= 0) this.views.splice(at, 1);
  }
}
