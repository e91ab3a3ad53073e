import { canonicalJson, sha256, type Sha256 } from '@countersign/kernel';
import { CLAIM_SCHEMA_FILE, CLAIM_TYPE, CLAIM_VERSION } from '../claim.js';
import { sampleFile, schemaFile } from '../define-event.js';
import { asyncApi } from './asyncapi.js';
import { claimSchema, definitions, eventSchema } from './event-schemas.js';
import { sampleClaim, sampleEvent } from './sample-events.js';

/** By `<type>@<version>`. */
export type Lock = Readonly<Record<string, Sha256>>;
export const LOCK_FILE = 'schema.lock.json';

export const pretty = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Everything that follows from the declarations, by its path in the package. */
export const generatedFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ...definitions.map((definition) => [schemaFile(definition.type, definition.version), pretty(eventSchema(definition))] as const),
    [CLAIM_SCHEMA_FILE, pretty(claimSchema())],
    ['generated/catalogue.json', pretty(definitions.map(({ type, version, topic }) => ({ type, version, topic })))],
    ['generated/asyncapi.json', pretty(asyncApi())],
  ]);

/** Hash of each schema, to be compared with what was published. */
export const currentLock = (): Lock => {
  const hashes = definitions.map((definition) => [`${definition.type}@${definition.version}`, sha256(canonicalJson(eventSchema(definition)))] as const);
  const claim = [`${CLAIM_TYPE}@${CLAIM_VERSION}`, sha256(canonicalJson(claimSchema()))] as const;
  return Object.fromEntries([...hashes, claim].toSorted(([one], [other]) => (one < other ? -1 : 1)));
};

/** Published versions whose schema is not what it was, or is gone. */
export const brokenLocks = (locked: Lock, current: Lock): readonly string[] => Object.keys(locked).filter((version) => locked[version] !== current[version]);

/** A sample of each version, as its first writer would have written it: the canonical bytes. Written once, decoded for ever. */
export const sampleFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ...definitions.map((definition) => [sampleFile(definition.type, definition.version), canonicalJson(sampleEvent(definition))] as const),
    [sampleFile(CLAIM_TYPE, CLAIM_VERSION), canonicalJson(sampleClaim())],
  ]);
