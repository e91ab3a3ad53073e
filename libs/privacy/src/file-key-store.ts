import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CountersignError, isJsonObject, isName, parseTimestamp, systemClock, timestamp, type Clock, type Instant } from '@countersign/kernel';
import type { DataKey, KeyEntry, KeyList, KeyOwner, KeyStore, TenantKey, TenantKeys } from './data-key.js';
import { appendPrivately, createPrivately, listPrivately, overwritePrivately, readPrivately } from './private-folder.js';

const KEY_BYTES = 32;
/** 132 bits of a code that only the tenant's key makes: it names an owner to nobody else. */
const ID_LENGTH = 22;
const ID = /^[A-Za-z0-9_-]{22}$/;

/** More keys than any person has had, each after the one before was destroyed. */
const MOST_GENERATIONS = 1_000;

/**
 * A file of the store. `wrapped` goes when the key is destroyed, and `shreddedAt` comes when that is durable; the rest stays, so that what is gone is
 * told apart from what never was.
 */
interface Kept extends KeyEntry {
  readonly wrapped?: string;
}

const unknown = (kid: string): CountersignError => new CountersignError('KEY_UNKNOWN', `no key \`${kid.slice(0, ID_LENGTH)}\` was ever made`);

const textOf = ({ kid, tenant, of, createdAt, shreddedAt, wrapped }: Kept): string =>
  `${JSON.stringify({ v: 1, kid, tenant, of, createdAt: timestamp(createdAt), ...(shreddedAt !== undefined && { shreddedAt: timestamp(shreddedAt) }), ...(wrapped !== undefined && { wrapped }) })}\n`;

const instantOf = (said: unknown): Instant | undefined => (typeof said === 'string' ? parseTimestamp(said) : undefined);

/** `undefined` where it is damaged. */
const keptIn = (text: string): Kept | undefined => {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(said)) return undefined;
  const { kid, tenant, of, createdAt, shreddedAt, wrapped } = said;
  const made = instantOf(createdAt);
  const gone = instantOf(shreddedAt);
  if (typeof kid !== 'string' || typeof tenant !== 'string' || (of !== 'subject' && of !== 'run') || made === undefined) return undefined;
  return { kid, tenant, of, createdAt: made, ...(gone !== undefined && { shreddedAt: gone }), ...(typeof wrapped === 'string' && { wrapped }) };
};

const entryOf = ({ kid, tenant, of, createdAt, shreddedAt }: Kept): KeyEntry => ({ kid, tenant, of, createdAt, ...(shreddedAt !== undefined && { shreddedAt }) });

/** Keys as files, `<folder>/<tenant>/<id>.json`, mode 0600. Several processes may share a folder. */
export class FileKeyStore implements KeyStore {
  constructor(
    private readonly folder: string,
    private readonly tenants: TenantKeys,
    private readonly clock: Clock = systemClock,
  ) {}

  async keyFor(tenant: string, owner: KeyOwner, run: string): Promise<DataKey> {
    const tenantKey = await this.tenants.of(tenant);
    for (let generation = 0; generation < MOST_GENERATIONS; generation += 1) {
      const kid = await idOf(tenantKey, owner, generation);
      const kept = (await this.find(tenant, kid)) ?? (await this.create(tenantKey, { kid, tenant, of: owner.kind, createdAt: this.clock.now() }));
      if (kept.wrapped === undefined) {
        if (owner.kind === 'subject') continue;
        // Kept nowhere: what a run that goes on still seals is destroyed with the rest of it.
        return { ...entryOf(kept), secret: randomBytes(KEY_BYTES) };
      }
      // Known before anything is sealed: what is lost here would be found by nobody.
      if (owner.kind === 'subject' && !(await this.readRuns(tenant, kid)).includes(run)) await appendPrivately(this.custodyOf(tenant, kid), `${run}\n`);
      return { ...entryOf(kept), secret: await tenantKey.unwrap(kept.wrapped) };
    }
    throw new CountersignError('KEY_UNAVAILABLE', 'an owner has had more keys than can be');
  }

  async get(tenant: string, kid: string): Promise<DataKey> {
    const kept = await this.find(tenant, kid);
    if (!kept) throw unknown(kid);
    if (kept.wrapped === undefined) throw new CountersignError('KEY_SHREDDED', `key \`${kid}\` was destroyed${kept.shreddedAt === undefined ? '' : ` at ${timestamp(kept.shreddedAt)}`}: nobody can read what was sealed with it`);
    return { ...entryOf(kept), secret: await (await this.tenants.of(tenant)).unwrap(kept.wrapped) };
  }

  async keysOf(tenant: string, owner: KeyOwner): Promise<readonly KeyEntry[]> {
    const tenantKey = await this.tenants.of(tenant);
    const found: KeyEntry[] = [];
    for (let generation = 0; generation < MOST_GENERATIONS; generation += 1) {
      const kept = await this.find(tenant, await idOf(tenantKey, owner, generation));
      if (!kept) break;
      found.push(entryOf(kept));
    }
    return found;
  }

  async runsOf(tenant: string, kid: string): Promise<readonly string[]> {
    const kept = await this.find(tenant, kid);
    if (!kept) throw unknown(kid);
    return this.readRuns(tenant, kid);
  }

  async list(tenant: string): Promise<KeyList> {
    if (!isName(tenant)) return { keys: [], damaged: [] };
    const kids = (await listPrivately(join(this.folder, tenant))).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)).filter((kid) => ID.test(kid));
    const found = await Promise.all(kids.map(async (kid) => ({ kid, kept: await this.read(tenant, kid) })));
    return {
      keys: found.flatMap(({ kept }) => (typeof kept === 'object' ? [entryOf(kept)] : [])).toSorted((one, other) => one.createdAt - other.createdAt),
      damaged: found.flatMap(({ kid, kept }) => (kept === 'damaged' ? [kid] : [])),
    };
  }

  async shred(tenant: string, kid: string): Promise<KeyEntry> {
    const kept = await this.find(tenant, kid);
    if (!kept) throw unknown(kid);
    const path = this.pathOf(tenant, kid);
    const entry = entryOf(kept);
    // Gone for good before anybody is told so: whoever reads `shreddedAt` does not do it again.
    if (entry.shreddedAt === undefined) await overwritePrivately(path, textOf(entry));
    const shredded = { ...entry, shreddedAt: entry.shreddedAt ?? this.clock.now() };
    await overwritePrivately(path, textOf(shredded));
    return shredded;
  }

  private async create(tenantKey: TenantKey, entry: KeyEntry): Promise<Kept> {
    const made = { ...entry, wrapped: await tenantKey.wrap(randomBytes(KEY_BYTES)) };
    if (await createPrivately(this.pathOf(entry.tenant, entry.kid), textOf(made))) return made;
    // Another process was first.
    const there = await this.find(entry.tenant, entry.kid);
    if (!there) throw unknown(entry.kid);
    return there;
  }

  private async find(tenant: string, kid: string): Promise<Kept | undefined> {
    // Both become a path.
    if (!isName(tenant) || !ID.test(kid)) return undefined;
    const kept = await this.read(tenant, kid);
    if (kept !== 'damaged') return kept;
    throw new CountersignError('KEY_UNAVAILABLE', `\`${this.pathOf(tenant, kid)}\` is damaged`, { hint: 'put it back from where the folder of the keys is kept twice' });
  }

  private async read(tenant: string, kid: string): Promise<Kept | 'damaged' | undefined> {
    const path = this.pathOf(tenant, kid);
    const text = await readPrivately(path);
    if (text === undefined) return undefined;
    // A file that is read while it is overwritten may be half of each: it is no damage unless it stays so.
    return keptIn(text) ?? keptIn((await readPrivately(path)) ?? '') ?? 'damaged';
  }

  private async readRuns(tenant: string, kid: string): Promise<readonly string[]> {
    return [...new Set((await readPrivately(this.custodyOf(tenant, kid)))?.split('\n').filter((run) => run !== ''))];
  }

  private custodyOf(tenant: string, kid: string): string {
    return join(this.folder, tenant, `${kid}.runs`);
  }

  private pathOf(tenant: string, kid: string): string {
    return join(this.folder, tenant, `${kid}.json`);
  }
}

const idOf = async (tenantKey: TenantKey, { kind, id }: KeyOwner, generation: number): Promise<string> =>
  Buffer.from(await tenantKey.mac([kind, id, String(generation)].join('\0'))).toString('base64url').slice(0, ID_LENGTH);
