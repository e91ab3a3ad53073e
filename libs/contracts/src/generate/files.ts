import { canonicalJson, sha256 } from '@countersign/kernel';
import { CLAIM_SCHEMA_FILE, CLAIM_TYPE, CLAIM_VERSION } from '../claim.js';
import { schemaFile } from '../define-event.js';
import { claimSchema, definitions, eventSchema } from './event-schemas.js';

const pretty = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Every generated file, by its path in the package, with its content. */
export const generatedFiles = (): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  const hashes: Record<string, string> = {};
  for (const definition of definitions) {
    const schema = eventSchema(definition);
    files.set(schemaFile(definition.type, definition.version), pretty(schema));
    hashes[`${definition.type}@${definition.version}`] = sha256(canonicalJson(schema));
  }
  files.set(CLAIM_SCHEMA_FILE, pretty(claimSchema()));
  hashes[`${CLAIM_TYPE}@${CLAIM_VERSION}`] = sha256(canonicalJson(claimSchema()));
  files.set('generated/catalogue.json', pretty(definitions.map(({ type, version, topic }) => ({ type, version, topic }))));
  files.set('schema.lock.json', pretty(Object.fromEntries(Object.keys(hashes).toSorted().map((name) => [name, hashes[name]]))));
  return files;
};
