import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson, CountersignError, isJsonObject, isSealed, isSealedClass, jweOf, SEALED_CLASSES, sealedText, sealOf, type Json, type JsonObject, type SealedClass } from '@countersign/kernel';
import { replaceClassed } from '@countersign/domain';
import type { DataKey, KeyOwner, KeyStore } from './data-key.js';
import { CONTENT_ENCRYPTION, decryptDirectly, encryptDirectly } from './direct-jwe.js';

/** As many as the hash has room for: nobody can try values against a commitment. */
const SALT_BYTES = 32;

const CLASSES: ReadonlySet<unknown> = new Set(SEALED_CLASSES);

/** Where a sealed value belongs. Its tenant is held against it by who opens it, its run by policy: what is sealed for one run is no argument in another. */
export interface SealedFor {
  readonly tenant: string;
  readonly run: string;
}

/** SHA-256 of salt and canonical value, base64url. */
const commitmentOf = (salt: Uint8Array, value: Json): string => createHash('sha256').update(salt).update(canonicalJson(value)).digest('base64url');

const invalid = (message: string, cause?: unknown): CountersignError => new CountersignError('SEAL_INVALID', message, { cause });

/** Seals values of one run with one key, which it holds: from here on nothing can fail that is out of our hands. */
export class Sealer {
  constructor(
    private readonly key: DataKey,
    private readonly place: SealedFor,
  ) {}

  async seal(value: Json, dataClass: SealedClass): Promise<string> {
    const { kid, secret } = this.key;
    const { tenant, run } = this.place;
    const salt = randomBytes(SALT_BYTES);
    const header = { alg: 'dir', enc: CONTENT_ENCRYPTION, kid, tenant, run, class: dataClass, commitment: commitmentOf(salt, value) } as const;
    return sealedText(await encryptDirectly(Buffer.from(canonicalJson({ salt: salt.toString('base64url'), value })), secret, header));
  }

  /** The value with everything sealed that its schema marks with one of the classes, and is not sealed already. */
  sealAll(schema: JsonObject, value: JsonObject, classes: readonly SealedClass[] = SEALED_CLASSES): Promise<JsonObject> {
    return replaceAll(schema, value, new Set(classes), (each, dataClass) => (each === null || isSealed(each) || !isSealedClass(dataClass) ? Promise.resolve(each) : this.seal(each, dataClass)));
  }
}

/** Seals values and opens them. Neither errors nor anything else of it tell a value. */
export class Seals {
  constructor(private readonly keys: Pick<KeyStore, 'keyFor' | 'get'>) {}

  /** Throws `KEY_UNAVAILABLE`, retry `later`. */
  async sealer(place: SealedFor, owner: KeyOwner): Promise<Sealer> {
    return new Sealer(await this.keys.keyFor(place.tenant, owner, place.run), place);
  }

  /** The value with everything sealed that its schema marks; no key is made where it marks nothing that is there. Throws `KEY_UNAVAILABLE`, retry `later`. */
  async sealAll(schema: JsonObject, value: JsonObject, place: SealedFor, owner: KeyOwner): Promise<JsonObject> {
    let marked = false;
    replaceClassed(schema, value, CLASSES, (each) => {
      marked ||= each !== null && !isSealed(each);
      return each;
    });
    return marked ? (await this.sealer(place, owner)).sealAll(schema, value) : value;
  }

  /** Throws `SEAL_INVALID`, `KEY_SHREDDED`, `KEY_UNKNOWN`, or `KEY_UNAVAILABLE`, retry `later`. */
  async open(sealed: string, tenant: string): Promise<Json> {
    const seal = sealOf(sealed);
    if (!seal) throw invalid('a sealed value has no header that can be read');
    if (seal.tenant !== tenant) throw invalid('a value was sealed for another tenant');
    const { secret } = await this.keys.get(tenant, seal.kid);
    let opened: unknown;
    try {
      opened = JSON.parse(Buffer.from(await decryptDirectly(jweOf(sealed), secret)).toString());
    } catch {
      // What a library says of bytes that it cannot read may quote them.
      throw invalid('a sealed value was changed, or is of another key');
    }
    if (!isJsonObject(opened) || typeof opened['salt'] !== 'string' || opened['value'] === undefined) throw invalid('a sealed value does not hold a value and its salt');
    const { salt, value } = opened;
    if (commitmentOf(Buffer.from(salt, 'base64url'), value) !== seal.commitment) throw invalid('a sealed value is not the one that its commitment is of');
    return value;
  }

  /** The value with everything opened that its schema marks so and that is sealed; elsewhere what looks sealed is a text like any other. */
  openAll(schema: JsonObject, value: JsonObject, tenant: string): Promise<JsonObject> {
    return replaceAll(schema, value, CLASSES, (each) => (isSealed(each) ? this.open(each, tenant) : Promise.resolve(each)));
  }
}

/** In two walks, since a walk does not wait: the first one starts the work, the second puts its results where they belong. */
const replaceAll = async (schema: JsonObject, value: JsonObject, classes: ReadonlySet<unknown>, put: (value: Json, dataClass: string) => Promise<Json>): Promise<JsonObject> => {
  const work: Promise<Json>[] = [];
  replaceClassed(schema, value, classes, (each, dataClass) => {
    work.push(put(each, dataClass));
    return each;
  });
  if (work.length === 0) return value;
  const done = (await Promise.all(work)).values();
  return replaceClassed(schema, value, classes, (each) => done.next().value ?? each);
};
