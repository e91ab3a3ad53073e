/**
 * What Kafka keeps of a consumer group in `__consumer_offsets` (GroupMetadataKey version 2, GroupMetadataValue up to version 3). The
 * coordinator writes it when it has the assignment of a new generation, before any member hears of it: nothing outside tells
 * earlier that a join is over.
 */
export interface GroupMetadata {
  readonly group: string;
  readonly generation: number;
  /** Client ids of the members; here each is the instance name of its process. */
  readonly clients: readonly string[];
}

const GROUP_KEY_VERSION = 2;
const NEWEST_VALUE_VERSION = 3;

/** Reads big-endian fields one after the other. */
class Fields {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  skip(length: number): void {
    this.#at += Math.max(0, length);
  }

  text(): string {
    const length = Math.max(0, this.int16());
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }
}

/** `undefined` for any other record of the topic: committed offsets, and groups that are gone. */
export const readGroupMetadata = (key: Buffer | null, value: Buffer | null): GroupMetadata | undefined => {
  if (!key || !value || key.readInt16BE(0) !== GROUP_KEY_VERSION) return undefined;
  const keyFields = new Fields(key);
  keyFields.int16();
  const group = keyFields.text();
  const fields = new Fields(value);
  const version = fields.int16();
  if (version > NEWEST_VALUE_VERSION) throw new Error(`the group metadata have version ${version}, and this reads ${NEWEST_VALUE_VERSION}`);
  fields.text();
  const generation = fields.int32();
  fields.text();
  fields.text();
  if (version >= 2) fields.skip(8);
  const clients = Array.from({ length: fields.int32() }, () => {
    fields.text();
    if (version >= 3) fields.text();
    const client = fields.text();
    fields.text();
    fields.skip(version >= 1 ? 8 : 4);
    fields.skip(fields.int32());
    fields.skip(fields.int32());
    return client;
  });
  return { group, generation, clients };
};
