import { bytesOfBase64 } from './base64.js';
import { isJsonObject, type Json } from './json.js';

/** Classes of data that no topic holds in clear. */
export const SEALED_CLASSES = ['personal', 'secret'] as const;
export type SealedClass = (typeof SEALED_CLASSES)[number];

export const isSealedClass = (name: unknown): name is SealedClass => SEALED_CLASSES.some((each) => each === name);

/** Before a compact JWE whose key is named in it: protected header, no encrypted key, vector, ciphertext, tag. */
const PREFIX = 'sealed:';
export const SEALED_PATTERN = '^sealed:[A-Za-z0-9_-]+\\.\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]+$';
const SEALED = new RegExp(SEALED_PATTERN);

/** What everybody can read of a sealed value. Its key proves that it is so; until then it is said. */
export interface Seal {
  /** Id of the data key. */
  readonly kid: string;
  readonly tenant: string;
  /** The run whose data it is: it is opened for no other. */
  readonly run: string;
  readonly class: SealedClass;
  /** SHA-256 of salt and value, base64url: two that are equal are one sealing, and who has the value and the salt can prove which value it was. */
  readonly commitment: string;
}

/** Whether a value stands for one that was encrypted before it got here. What only looks so cannot be opened by anybody. */
export const isSealed = (value: unknown): value is string => typeof value === 'string' && SEALED.test(value);

export const sealedText = (jwe: string): string => PREFIX + jwe;
export const jweOf = (sealed: string): string => sealed.slice(PREFIX.length);

/** As events take them. */
const KEY_ID = /^[A-Za-z0-9_-]{22}$/;
const TENANT = /^.{1,100}$/;
const RUN = /^run-[A-Za-z0-9_-]{1,60}$/;
const COMMITMENT = /^[A-Za-z0-9_-]{43}$/;

const isText = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value);

/** The header of a sealed value; `undefined` for what is none. */
export const sealOf = (value: unknown): Seal | undefined => {
  if (!isSealed(value)) return undefined;
  const [header = ''] = jweOf(value).split('.', 1);
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(bytesOfBase64(header)));
    if (!isJsonObject(said)) return undefined;
    const { kid, tenant, run, class: name, commitment } = said;
    return isText(kid, KEY_ID) && isText(tenant, TENANT) && isText(run, RUN) && isText(commitment, COMMITMENT) && isSealedClass(name) ? { kid, tenant, run, class: name, commitment } : undefined;
  } catch {
    return undefined;
  }
};

/** All sealed values within a value, in their order. */
export const sealsIn = (value: Json): readonly string[] => {
  if (isSealed(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner: Json | undefined) => (inner === undefined ? [] : sealsIn(inner)));
};

const KEY_SHOWN = 6;

/** A value as people are shown it: what is sealed is told by its class and key, and not by 400 characters. */
export const readableOf = (value: Json): Json => {
  const seal = sealOf(value);
  if (seal) return `[sealed: ${seal.class}, key ${seal.kid.slice(0, KEY_SHOWN)}]`;
  if (Array.isArray(value)) return (value as readonly Json[]).map(readableOf);
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readableOf(inner)])) : value;
};
