import type { Envelope } from './envelope.js';
import type { ClaimV1 } from './claim.v1.js';
import { schemaFile } from './define-event.js';

export const CLAIM_TYPE = 'countersign.claim';
export const CLAIM_VERSION = 1;
export const CLAIM_SCHEMA_FILE = schemaFile(CLAIM_TYPE, CLAIM_VERSION);

/** Ownership of a partition; it is no event of the catalogue, and nothing that reads events accepts one. */
export type Claim = Envelope<typeof CLAIM_TYPE, ClaimV1>;
