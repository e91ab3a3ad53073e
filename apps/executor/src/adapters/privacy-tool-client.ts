import type { ControlState, PrivacyPath, TenantDocument } from '@countersign/domain';
import { isPrivacyPath } from '@countersign/domain';
import { codeOf, isJsonObject, isSealed, parseTimestamp, timestamp, type Instant, type Json, type JsonObject } from '@countersign/kernel';
import { discloseTo, keysOfRunsWith, runsWith, Seals, type Disclosed, type KeyEntry, type KeyStore } from '@countersign/privacy';
import type { HttpConnection } from './connections.js';
import { finalKeyFault } from './key-faults.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

/** The keys are the executor's own: there is nothing to connect to. */
export const OWN_KEYS: HttpConnection = { url: new URL('countersign:keys') };

/** Names of a list fit into an event; whoever has more asks again. */
const MOST_KEYS = 500;
const MOST_DISCLOSED = 100;
/** Every key and every answer of a tenant. */
const EVERYTHING = '*';

export interface PrivacyParts {
  readonly keys: KeyStore;
  readonly controls: () => ControlState;
  readonly now: () => Instant;
  /** Removes answers beside the log that were written before. */
  readonly removeAnswers: (before: Instant) => Promise<number>;
}

type Tenant = SendOptions['tenant'];

const answered = (body: JsonObject): ToolAnswer => ({ kind: 'answered', status: 200, body });
const refused = (code: string): ToolAnswer => ({ kind: 'refused', code });

const textsOf = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? (value as readonly Json[]).filter((each) => typeof each === 'string') : []);

const heldBy = ({ legalHold = {} }: Partial<TenantDocument>, kid: string): boolean => Object.values(legalHold).some((keys) => keys.includes(kid) || keys.includes(EVERYTHING));

/** Shows, destroys and lets go of what is sealed: a tool like any other, asked under a grant, whose outside system is the folder of the keys. */
export class PrivacyToolClient implements ToolClient {
  constructor(private readonly parts: PrivacyParts) {}

  async send(_connection: unknown, { path, body }: ToolRequest, { tenant }: SendOptions): Promise<ToolAnswer> {
    if (!isPrivacyPath(path) || body === undefined || !isJsonObject(body)) return refused('request.unknown');
    try {
      return await this.actions[path](body, tenant);
    } catch (fault) {
      const code = finalKeyFault(fault);
      return code === undefined ? { kind: 'broken', code: 'key.unavailable' } : refused(code);
    }
  }

  private readonly actions: Readonly<Record<PrivacyPath, (body: JsonObject, tenant: Tenant) => Promise<ToolAnswer>>> = {
    '/open': (body, tenant) => this.open(body, tenant),
    '/shred': (body, tenant) => this.shred(body, tenant),
    '/retain': (_body, tenant) => this.retain(tenant),
  };

  private tenantOf(tenant: Tenant): Partial<TenantDocument> {
    return this.parts.controls().active?.tenants.find(({ document }) => document.tenant === tenant)?.document ?? {};
  }

  /** The values, encrypted to a key that only whoever asks has: neither the log nor anybody else's memory has them in clear. */
  private async open({ sealed, recipient, until }: JsonObject, tenant: Tenant): Promise<ToolAnswer> {
    const end = typeof until === 'string' ? parseTimestamp(until) : undefined;
    if (end === undefined || this.parts.now() >= end) return refused('disclosure.over');
    const values = textsOf(sealed);
    if (values.length > MOST_DISCLOSED) return refused('request.too-large');
    const seals = new Seals(this.parts.keys);
    const disclosed: Disclosed[] = [];
    for (const value of values) disclosed.push(await this.disclosed(seals, value, tenant));
    return answered({ disclosed: await discloseTo(typeof recipient === 'string' ? recipient : '', disclosed), count: disclosed.filter((each) => 'value' in each).length });
  }

  private async disclosed(seals: Seals, value: string, tenant: Tenant): Promise<Disclosed> {
    if (!isSealed(value)) return { code: 'seal.invalid' };
    try {
      return { value: await seals.open(value, tenant) };
    } catch (fault) {
      const code = finalKeyFault(fault);
      // One that cannot be reached now is no reason to show a part.
      if (code === undefined) throw fault;
      return { code };
    }
  }

  /** All of them or none: what is held, or was never there, is found out before anything is destroyed. */
  private async shred({ keys, reason }: JsonObject, tenant: Tenant): Promise<ToolAnswer> {
    const ids = textsOf(keys);
    if (ids.length > MOST_KEYS) return refused('request.too-large');
    const held = this.tenantOf(tenant);
    if (ids.some((kid) => heldBy(held, kid))) return refused('key.held');
    for (const kid of ids) await this.requireKnown(tenant, kid);
    const all = await this.withRunsOf(ids, tenant);
    if (all.some((kid) => heldBy(held, kid))) return refused('key.held');
    const gone = new Set([...all, ...(await this.keysToCome(ids, tenant))]);
    for (const kid of gone) await this.parts.keys.shred(tenant, kid);
    // Those that have sealed nothing yet come last.
    return answered({ keys: [...gone].slice(0, MOST_KEYS), reason: reason ?? '' });
  }

  /** Of each of those runs that has no key the one that it would get with the next answer of a tool, which somebody could read. */
  private async keysToCome(ids: readonly string[], tenant: string): Promise<readonly string[]> {
    const kids: string[] = [];
    for (const id of await runsWith(this.parts.keys, tenant, ids)) {
      const { kid, shreddedAt } = await this.parts.keys.keyFor(tenant, { kind: 'run', id }, id);
      if (shreddedAt === undefined) kids.push(kid);
    }
    return kids;
  }

  /** And those of every run that one of them was used in: some may have begun since somebody asked. */
  private async withRunsOf(ids: readonly string[], tenant: string): Promise<readonly string[]> {
    const more = await keysOfRunsWith(this.parts.keys, tenant, ids);
    return [...new Set([...ids, ...more.flatMap(({ kid, shreddedAt }) => (shreddedAt === undefined ? [kid] : []))])];
  }

  /** One that is destroyed is known, too. */
  private async requireKnown(tenant: string, kid: string): Promise<void> {
    try {
      await this.parts.keys.get(tenant, kid);
    } catch (fault) {
      if (codeOf(fault) !== 'KEY_SHREDDED') throw fault;
    }
  }

  private async retain(tenant: Tenant): Promise<ToolAnswer> {
    const document = this.tenantOf(tenant);
    const keysBefore = this.since(document.retention?.personal);
    const { keys, damaged } = keysBefore === undefined ? { keys: [], damaged: [] } : await this.parts.keys.list(tenant);
    const old = keys.filter(({ createdAt, shreddedAt }) => shreddedAt === undefined && createdAt < (keysBefore ?? 0));
    const due = old.filter(({ kid }) => !heldBy(document, kid));
    const gone: KeyEntry[] = [];
    for (const { kid } of due.slice(0, MOST_KEYS)) gone.push(await this.parts.keys.shred(tenant, kid));
    const answersBefore = this.answersBefore();
    const answers = answersBefore === undefined ? 0 : await this.parts.removeAnswers(answersBefore);
    return answered({
      keys: gone.map(({ kid }) => kid),
      held: old.length - due.length,
      more: due.length > gone.length,
      ...(damaged.length > 0 && { damaged: damaged.slice(0, MOST_KEYS) }),
      answers,
      ...(keysBefore !== undefined && { keys_before: timestamp(keysBefore) }),
      ...(answersBefore !== undefined && { answers_before: timestamp(answersBefore) }),
    });
  }

  private since(age: number | undefined): Instant | undefined {
    return age === undefined ? undefined : ((this.parts.now() - age) as Instant);
  }

  /** Answers beside the log are all tenants' together: they stay for as long as any tenant keeps them, and while everything of one is held. */
  private answersBefore(): Instant | undefined {
    const documents = (this.parts.controls().active?.tenants ?? []).map(({ document }) => document);
    const ages = documents.flatMap(({ retention }) => retention?.answers ?? []);
    const isHeld = documents.some((document) => heldBy(document, EVERYTHING));
    return isHeld || ages.length < documents.length || ages.length === 0 ? undefined : this.since(Math.max(...ages));
  }
}
