import { canonicalJson, sha256, type JsonObject, type Sha256 } from '@countersign/kernel';

/** What a tool says of itself, to people and to models: its description and the schema of its arguments, the words in it included. */
export interface Described {
  readonly description: string;
  readonly args: JsonObject;
}

/** Pins what a tool says of itself: SHA-256 of the canonical JSON of its description and arguments. */
export const descriptionHashOf = ({ description, args }: Described): Sha256 => sha256(canonicalJson({ description, args }));
