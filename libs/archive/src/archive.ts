import { randomBytes } from 'node:crypto';
import { canonicalJson, CountersignError, days, isJsonObject, type Clock, type Instant } from '@countersign/kernel';
import { encodeVerifier, logSeed, noteSigner, type NoteSigner } from '@countersign/tlog';
import type { Keep, LogWriterOptions } from './log-writer.js';
import type { Lock, ObjectStore, ReadableStore } from './object-store.js';

/** Whoever writes the archive signs with it: one secret, of which the key of every log is derived. */
export interface ArchiveKey {
  /** The first part of every log's name: a host name of whoever writes it, by the custom of such logs. Nothing has to answer there. */
  readonly origin: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

export const SECRET_BYTES = 32;
const ORIGIN = /^[a-z0-9][a-z0-9.-]{0,100}(?::\d{1,5})?$/;

/** As it is kept in a private file. */
export const encodeArchiveKey = ({ origin, secret }: ArchiveKey): string => `${JSON.stringify({ origin, secret: secret.toString('base64') }, undefined, 2)}\n`;

export const newArchiveKey = (origin: string): ArchiveKey => checked({ origin, secret: randomBytes(SECRET_BYTES) });

const checked = (key: ArchiveKey): ArchiveKey => {
  if (!ORIGIN.test(key.origin)) throw new CountersignError('CONFIG_INVALID', `\`${key.origin}\` is no origin of a log`, { hint: 'write a host name of yours, such as `ledger.example.com`' });
  if (key.secret.length !== SECRET_BYTES) throw new CountersignError('KEY_INVALID', `the secret of an archive has ${SECRET_BYTES} bytes`);
  return key;
};

/** Throws `KEY_INVALID` and `CONFIG_INVALID`. */
export const decodeArchiveKey = (text: string): ArchiveKey => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CountersignError('KEY_INVALID', 'the key file of the archive is no JSON', { cause });
  }
  const { origin, secret } = isJsonObject(parsed) ? parsed : {};
  if (typeof origin !== 'string' || typeof secret !== 'string') throw new CountersignError('KEY_INVALID', 'the key file of the archive has no `origin` or no `secret`');
  return checked({ origin, secret: Buffer.from(secret, 'base64') });
};

/** What an archive says of itself: written once, beside its logs. Nothing proves it; the key of the anchor that a verifier brings does. */
export interface ArchiveDescription {
  readonly v: 1;
  readonly origin: string;
  readonly namespace: string;
  /** Of each topic of the log. */
  readonly partitions: number;
  /** The key of the anchor log, as a C2SP verifier key. */
  readonly anchor: string;
  /** How whole objects are locked, and for how many days; `null` where the store has no locks. */
  readonly lock: { readonly mode: Lock['mode']; readonly days: number } | null;
}

/** Partial objects are of use until whole ones have taken their place, and to whoever looks at what was signed in between. */
const PARTIAL_DAYS = 30;
export const DEFAULT_LOCK_DAYS = 400;
const ANCHOR = { topic: 'anchor', partition: 0 };

export const descriptionPath = (namespace: string): string => `${namespace}/archive.json`;

/** As people and files name the log of a topic partition, the topic without its namespace: `tasks/0`, and `tasks/0/e1` of a later epoch; the first one is 0. */
export const logName = (topic: string, partition: number, epoch = 0): string => `${topic}/${partition}${epoch === 0 ? '' : `/e${epoch}`}`;

/** Where it lies, and the last part of the name of its key. */
export const logPath = (namespace: string, topic: string, partition: number, epoch = 0): string => `${namespace}/${logName(topic, partition, epoch)}`;

/** One key for each log. */
export const logSigner = ({ origin, secret }: ArchiveKey, path: string): NoteSigner => {
  const name = `${origin}/${path}`;
  return noteSigner(name, logSeed(secret, name, 0));
};

export interface NewArchive {
  readonly key: ArchiveKey;
  readonly namespace: string;
  readonly partitions: number;
  readonly lock: ArchiveDescription['lock'];
}

const describe = ({ key, namespace, partitions, lock }: NewArchive): ArchiveDescription => ({
  v: 1,
  origin: key.origin,
  namespace,
  partitions,
  anchor: encodeVerifier(logSigner(key, logPath(namespace, ANCHOR.topic, ANCHOR.partition))),
  lock,
});

/** Begins an archive, or finds the one that was begun with the same words. Throws `ARCHIVE_FORKED` where it is another one's, and what `check` throws. */
export const initArchive = async (store: ObjectStore, given: NewArchive): Promise<ArchiveDescription> => {
  await store.check();
  const description = describe(given);
  const bytes = Buffer.from(canonicalJson(description));
  const path = descriptionPath(given.namespace);
  if (await store.create(path, bytes)) return description;
  const there = await store.get(path);
  if (there?.equals(bytes)) return description;
  throw new CountersignError('ARCHIVE_FORKED', `\`${path}\` is there and says something else`, { hint: 'take another prefix or bucket, or the key and the settings that this archive was begun with' });
};

/** Of each topic of the log: more than any installation has that one person looks after. */
export const MOST_PARTITIONS = 1_000;

const isPartitionCount = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= MOST_PARTITIONS;

const isDescription = (value: unknown): value is ArchiveDescription =>
  isJsonObject(value) && value['v'] === 1 && typeof value['origin'] === 'string' && typeof value['namespace'] === 'string' && typeof value['anchor'] === 'string' && isPartitionCount(value['partitions']);

/** What an archive says of itself. Throws `CONFIG_INVALID` where there is none. */
export const readDescription = async (store: ReadableStore, namespace: string): Promise<ArchiveDescription> => {
  const bytes = await store.get(descriptionPath(namespace));
  if (!bytes) throw new CountersignError('CONFIG_INVALID', `there is no archive of \`${namespace}\``, { hint: 'countersign ledger init' });
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new CountersignError('ARCHIVE_INVALID', `\`${descriptionPath(namespace)}\` is no JSON`, { cause });
  }
  if (!isDescription(parsed)) throw new CountersignError('ARCHIVE_INVALID', `\`${descriptionPath(namespace)}\` is not as it must be`);
  return parsed;
};

/** The logs of an archive, for whoever writes it. */
export class ArchiveWriter {
  private constructor(
    readonly store: ObjectStore,
    readonly description: ArchiveDescription,
    private readonly key: ArchiveKey,
    private readonly clock: Clock,
  ) {}

  /** Throws `CONFIG_INVALID` where no archive was begun, or with another key. */
  static async open(store: ObjectStore, namespace: string, key: ArchiveKey, clock: Clock): Promise<ArchiveWriter> {
    await store.check();
    const description = await readDescription(store, namespace);
    const { partitions, lock } = description;
    if (canonicalJson(describe({ key, namespace, partitions, lock })) !== canonicalJson(description)) throw new CountersignError('CONFIG_INVALID', `the archive of \`${namespace}\` was begun with another key`, { hint: 'give the ledger the key file that `ledger init` has written' });
    return new ArchiveWriter(store, description, key, clock);
  }

  /** How the log of a topic partition is written. */
  log(topic: string, partition: number, epoch = 0): LogWriterOptions {
    const path = logPath(this.description.namespace, topic, partition, epoch);
    const { lock } = this.description;
    return { store: this.store, path, signer: logSigner(this.key, path), ...(lock === null ? {} : { lockOf: (keep: Keep) => this.lockOf(lock, keep) }) };
  }

  /** A lock for what has to stay as long as whole objects. */
  lockOfBlobs(): Lock | undefined {
    const { lock } = this.description;
    return lock === null ? undefined : this.lockOf(lock, 'whole');
  }

  private lockOf({ mode, days: whole }: NonNullable<ArchiveDescription['lock']>, keep: Keep): Lock {
    return { mode, until: (this.clock.now() + days(keep === 'whole' ? whole : PARTIAL_DAYS)) as Instant };
  }
}
