import type { Instant } from '@countersign/kernel';

/** Whose data a key is for: `subject` is a person as the tenant's systems name them, `run` everything that came up in one run. */
export interface KeyOwner {
  readonly kind: 'subject' | 'run';
  readonly id: string;
}

/** What a store says of a key, which tells neither the key nor whose it is. */
export interface KeyEntry {
  readonly kid: string;
  readonly tenant: string;
  readonly of: KeyOwner['kind'];
  readonly createdAt: Instant;
  /** When it was destroyed; absent while it is there. */
  readonly shreddedAt?: Instant;
}

/** All keys of a tenant, by age. */
export interface KeyList {
  readonly keys: readonly KeyEntry[];
  /** Ids of those whose file is damaged: nothing more is known of them. */
  readonly damaged: readonly string[];
}

export interface DataKey extends KeyEntry {
  /** 32 bytes, for A256GCM. */
  readonly secret: Uint8Array;
}

/** Keeps data keys, each wrapped by the key of its tenant, and outside of every topic and archive: destroying one erases what was sealed with it. */
export interface KeyStore {
  /**
   * The key of an owner, made where there is none; it is kept that something of `run` was sealed with it. A person whose last one was destroyed
   * gets another. A run does not: it gets the name of the one that was destroyed, and each time a secret that is kept nowhere, so that nobody ever
   * opens what is sealed with it. Throws `KEY_UNAVAILABLE`, retry `later`.
   */
  keyFor(tenant: string, owner: KeyOwner, run: string): Promise<DataKey>;
  /** Throws `KEY_SHREDDED`, `KEY_UNKNOWN`, or `KEY_UNAVAILABLE`, retry `later`. */
  get(tenant: string, kid: string): Promise<DataKey>;
  /** All keys that an owner has had, a person perhaps several; destroyed ones too. */
  keysOf(tenant: string, owner: KeyOwner): Promise<readonly KeyEntry[]>;
  /** Runs in which a key was used: where to look for what else is known of whoever it is for. */
  runsOf(tenant: string, kid: string): Promise<readonly string[]>;
  list(tenant: string): Promise<KeyList>;
  /** Destroys a key for good; once more is the same as once. Throws `KEY_UNKNOWN` for one that never was. */
  shred(tenant: string, kid: string): Promise<KeyEntry>;
}

/** Wraps the data keys of one tenant, and gives ids that only its holder can make of names. */
export interface TenantKey {
  wrap(secret: Uint8Array): Promise<string>;
  /** Throws `KEY_UNAVAILABLE`. */
  unwrap(wrapped: string): Promise<Uint8Array>;
  /** 32 bytes at least. */
  mac(text: string): Promise<Uint8Array>;
}

export interface TenantKeys {
  of(tenant: string): Promise<TenantKey>;
}
