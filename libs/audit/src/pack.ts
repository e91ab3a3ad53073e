import type { ReadableStore } from '@countersign/archive';
import { CLAIM_TYPE } from '@countersign/contracts';
import { canonicalJson, type Sha256 } from '@countersign/kernel';
import { decodeReceipt, leafHash } from '@countersign/tlog';
import { eventIn, nameOf, recordOf } from './archived-log.js';
import { entriesOf, readSigned, type Prover, type ProvenEntry } from './prove.js';
import type { Anchor } from './read-anchor.js';

/** What a pack is about; the packed records are those of which all that is said holds. Controls and the claims of writers are always among them: they say whose signatures count. */
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

/** Whether a record belongs into a pack of a scope. Claims do: they tell of whose events counted when. */
export const isWithin = ({ runs, tenant, since, until }: PackScope, { log, timestamp, event }: Omit<ChosenRecord, 'index'>): boolean => {
  if (log.startsWith('controls/') || event?.['type'] === CLAIM_TYPE) return true;
  if (runs && !runs.includes(String(event?.['run']))) return false;
  if (tenant !== undefined && event?.['tenant'] !== tenant) return false;
  return (since === undefined || timestamp >= Date.parse(since)) && (until === undefined || timestamp < Date.parse(until));
};

/** The records of a scope, as far as they are anchored, log by log. Streams. */
export async function* chooseRecords(store: ReadableStore, anchor: Anchor, prover: Prover, scope: PackScope): AsyncGenerator<ChosenRecord> {
  for (const each of anchor.logs) {
    if (each.topic === 'anchor') continue;
    const log = nameOf(each);
    const entries = entriesOf(store, each.path, prover.sizeOf(log));
    for (;;) {
      const next = await readSigned(`\`${log}\``, () => entries.next());
      if (next.done) break;
      const { index, entry } = next.value;
      const { record } = await readSigned(`entry ${index} of \`${log}\``, () => recordOf(store, entry));
      const chosen = { log, index, timestamp: record.timestamp, event: eventIn(record.value) };
      if (isWithin(scope, chosen)) yield chosen;
    }
  }
}

/** The files of a pack, by name. A pack is a folder. */
export const PACK_FILES = { manifest: 'manifest.json', records: 'records.jsonl', logs: 'logs.jsonl' } as const;

/** The file of a blob, which its entry vouches for. */
export const packedBlob = (hash: Sha256): string => `${hash}.blob`;

export interface PackManifest {
  readonly v: 1;
  /** Where the records come from. */
  readonly origin: string;
  readonly namespace: string;
  /** Of each topic. Nothing proves it; with another number, records are misplaced. */
  readonly partitions: number;
  /** The key of the anchor (C2SP verifier key), to be compared with one that comes from elsewhere. */
  readonly anchor: string;
  readonly scope: PackScope;
  readonly records: number;
  /** Classes of data for which records are left out; absent: none is. */
  readonly redacted?: readonly string[];
  /** RFC 3339, of the first and the last record that is not left out. */
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
