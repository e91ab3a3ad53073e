import { verify, type KeyObject } from 'node:crypto';

/** Batches in flight at a time are few: partitions times topics. An entry holds about 400 bytes. */
const MAX_ROOTS = 2_048;

/** What was verified with a key, newest last. Bound to the key object, so that one ring's facts are never another's. */
const rootsOf = new WeakMap<KeyObject, Set<string>>();

/** Ed25519, once per batch: 120 us the first time, a look-up after that. Only what verified is kept. */
export const verifyOnce = (publicKey: KeyObject, text: string, signature: string): boolean => {
  let roots = rootsOf.get(publicKey);
  if (!roots) {
    roots = new Set();
    rootsOf.set(publicKey, roots);
  }
  const fact = `${signature}\n${text}`;
  if (roots.delete(fact)) {
    roots.add(fact);
    return true;
  }
  if (!verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'))) return false;
  roots.add(fact);
  const oldest = roots.size > MAX_ROOTS ? roots.values().next().value : undefined;
  if (oldest !== undefined) roots.delete(oldest);
  return true;
};
