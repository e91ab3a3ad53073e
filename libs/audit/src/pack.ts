import { decodeLeaf, offsetOf, type ReadableStore } from '@countersign/archive';
import { canonicalJson, CountersignError, isJsonObject, messageOf, sha256, type Sha256 } from '@countersign/kernel';
import { decodeReceipt, leafHash } from '@countersign/tlog';
import { entriesOf, Prover, verifyLeafProof, verifyProof, type ProvenEntry, type ShownRecord } from './prove.js';
import type { Anchor, Trust } from './read-anchor.js';
import { nameOf, recordOf } from './archived-log.js';

/** What a pack is about; the packed records are those of which all that is said holds. Controls are always among them: they say whose signatures count. */
export interface PackScope {
  readonly runs?: readonly string[];
  readonly tenant?: string;
  /** RFC 3339; by the time that Kafka gave a record. */
  readonly since?: string;
  readonly until?: string;
}

/** One record of the scope on its way into a pack. */
export interface ChosenRecord {
  readonly log: string;
  readonly index: number;
  readonly timestamp: number;
  /** The event where it is one. */
  readonly event: Readonly<Record<string, unknown>> | undefined;
}

const eventOf = (value: Buffer | null): Readonly<Record<string, unknown>> | undefined => {
  try {
    const parsed: unknown = JSON.parse(value?.toString() ?? '');
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};

const isWithin = ({ runs, tenant, since, until }: PackScope, { log, timestamp, event }: ChosenRecord): boolean => {
  if (log.startsWith('controls/')) return true;
  if (runs && !runs.includes(String(event?.['run']))) return false;
  if (tenant !== undefined && event?.['tenant'] !== tenant) return false;
  return (since === undefined || timestamp >= Date.parse(since)) && (until === undefined || timestamp < Date.parse(until));
};

/** The records of a scope, as far as they are anchored, log by log. Streams. */
export async function* chooseRecords(store: ReadableStore, anchor: Anchor, prover: Prover, scope: PackScope): AsyncGenerator<ChosenRecord> {
  for (const each of anchor.logs) {
    if (each.topic === 'anchor') continue;
    const log = nameOf(each);
    for await (const { index, entry } of entriesOf(store, each.path, prover.sizeOf(log))) {
      const { record } = await recordOf(store, entry);
      const chosen = { log, index, timestamp: record.timestamp, event: eventOf(record.value) };
      if (isWithin(scope, chosen)) yield chosen;
    }
  }
}

/** The files of a pack, by name. A pack is a folder. */
export const PACK_FILES = { manifest: 'manifest.json', records: 'records.jsonl', logs: 'logs.jsonl' } as const;

export interface PackManifest {
  readonly v: 1;
  /** Where the records come from. */
  readonly origin: string;
  readonly namespace: string;
  /** The key of the anchor (C2SP verifier key), to be compared with one that comes from elsewhere. */
  readonly anchor: string;
  readonly scope: PackScope;
  readonly records: number;
  /** Classes of data for which records are left out; absent: none is. */
  readonly redacted?: readonly string[];
  /** RFC 3339, of the first and the last record; absent where there is none. */
  readonly first?: string;
  readonly last?: string;
  /** SHA-256 of each other file. */
  readonly files: Readonly<Record<string, Sha256>>;
}

/** One line of `logs.jsonl`: that the anchor tells of the checkpoint which the receipts of a log lead to. */
export const logLine = (log: string, { entry, receipt }: ProvenEntry): string => canonicalJson({ log, entry: entry.toString(), receipt });

/** One line of `records.jsonl`. */
export const recordLine = (log: string, { entry, receipt }: ProvenEntry): string => canonicalJson({ log, index: decodeReceipt(receipt).index, entry: entry.toString(), receipt });

/** The same of a record that is left out: its leaf hash stands for it. */
export const redactedLine = (log: string, { entry, receipt }: ProvenEntry, classes: readonly string[]): string => canonicalJson({ log, index: decodeReceipt(receipt).index, leaf: Buffer.from(leafHash(entry)).toString('base64'), receipt, redacted: [...classes] });

export interface VerifiedPack {
  readonly manifest: PackManifest;
  readonly records: number;
  /** How many of them are left out, and shown to be there. */
  readonly redacted: number;
}

const wrong = (message: string, cause?: unknown): CountersignError => new CountersignError('ARCHIVE_INVALID', message, { cause });

const textOf = (line: Readonly<Record<string, unknown>>, name: string): string => {
  const value = line[name];
  if (typeof value !== 'string') throw wrong(`a line of the pack has no \`${name}\``);
  return value;
};

const linesOf = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line, at) => {
      try {
        const parsed: unknown = JSON.parse(line);
        if (isJsonObject(parsed)) return parsed;
      } catch (cause) {
        throw wrong(`line ${at + 1} of the pack is no JSON`, cause);
      }
      throw wrong(`line ${at + 1} of the pack is no object`);
    });

/**
 * Shows offline that every record of a pack is in the archive whose anchor is trusted, and that nothing of the pack's files was changed.
 * `read` gives a file by name. Throws `ARCHIVE_INVALID` with the first record that is wrong.
 */
export const verifyPack = (read: (name: string) => Buffer | undefined, trust: Trust): VerifiedPack => {
  const bytes = read(PACK_FILES.manifest);
  if (!bytes) throw wrong('the pack has no manifest');
  const manifest = JSON.parse(bytes.toString()) as PackManifest;
  for (const name of [PACK_FILES.records, PACK_FILES.logs]) if (manifest.files[name] === undefined) throw wrong(`the manifest does not name \`${name}\``);
  for (const [name, hash] of Object.entries(manifest.files)) {
    const file = read(name);
    if (!file || sha256(file) !== hash) throw wrong(`\`${name}\` is not the file that the manifest names`);
  }
  const anchors = new Map<string, ProvenEntry>();
  for (const line of linesOf(read(PACK_FILES.logs)?.toString() ?? '')) anchors.set(textOf(line, 'log'), { entry: Buffer.from(textOf(line, 'entry')), receipt: textOf(line, 'receipt') });
  let [records, redacted] = [0, 0];
  const places = new Set<string>();
  for (const line of linesOf(read(PACK_FILES.records)?.toString() ?? '')) {
    const log = textOf(line, 'log');
    const anchor = anchors.get(log);
    if (!anchor) throw wrong(`nothing shows that the anchor tells of \`${log}\``);
    records += 1;
    const place = `entry ${String(line['index'])} of \`${log}\``;
    if (places.has(place)) throw wrong(`${place} is in the pack twice`);
    places.add(place);
    if (line['index'] !== decodeReceipt(textOf(line, 'receipt')).index) throw wrong(`${place} is another one by what shows it`);
    if (line['leaf'] === undefined) verifyLine(log, () => verifyProof({ record: { entry: Buffer.from(textOf(line, 'entry')), receipt: textOf(line, 'receipt') }, anchor }, trust), () => placeOf(log, textOf(line, 'entry')));
    else {
      if (line['entry'] !== undefined) throw wrong(`${place} is left out and is there`);
      if (!manifest.redacted || canonicalJson(line['redacted'] ?? null) !== canonicalJson([...manifest.redacted])) throw wrong(`${place} is left out for another reason than the manifest says`);
      verifyLine(log, () => verifyLeafProof(Buffer.from(textOf(line, 'leaf'), 'base64'), textOf(line, 'receipt'), anchor, trust), () => `record ${String(line['index'])} of \`${log}\`, which is left out,`);
      redacted += 1;
    }
  }
  if (![...places].some((place) => place.includes('`controls/'))) throw wrong('the pack has no controls, which are in each');
  if (records !== manifest.records) throw wrong(`the pack has ${records} records, and its manifest says ${manifest.records}`);
  return { manifest, records, redacted };
};

const verifyLine = (log: string, verify: () => Pick<ShownRecord, 'topic' | 'partition' | 'epoch'>, place: () => string): void => {
  try {
    const shown = verify();
    if (nameOf(shown) === log) return;
  } catch (fault) {
    throw wrong(`${place()}: ${messageOf(fault)}`, fault);
  }
  throw wrong(`${place()} is of another log`);
};

/** Where a record says that it was; nothing is proven of it. */
const placeOf = (log: string, entry: string): string => {
  try {
    return `\`${log}\`, offset ${offsetOf(decodeLeaf(Buffer.from(entry)))}`;
  } catch {
    return `a record of \`${log}\``;
  }
};
