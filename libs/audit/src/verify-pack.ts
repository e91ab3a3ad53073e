import { decodeLeaf, offsetOf } from '@countersign/archive';
import type { Root } from '@countersign/identity';
import { canonicalJson, CountersignError, isJsonObject, messageOf, sha256, timestamp, type Instant } from '@countersign/kernel';
import { decodeReceipt, encodeVerifier } from '@countersign/tlog';
import { eventIn, nameOf } from './archived-log.js';
import { judgePack, type JudgedPack } from './judge-pack.js';
import { isWithin, packedBlob, PACK_FILES, type PackManifest } from './pack.js';
import { verifyLeafProof, verifyProof, type ProvenEntry, type ShownRecord } from './prove.js';
import { placeOfAnchor, type Trust } from './read-anchor.js';

/** Gives a file of a pack by its name. */
type ReadFile = (name: string) => Buffer | undefined;
type Line = Readonly<Record<string, unknown>>;

/** What is proven of a pack; nothing of it is the manifest's word but the scope and the classes that are left out. */
export interface VerifiedPack {
  readonly manifest: PackManifest;
  readonly records: number;
  /** How many of them are left out, and shown to be there. */
  readonly redacted: number;
  /** What the records say for themselves; absent where nobody said whose controls count. */
  readonly judged?: JudgedPack;
}

const wrong = (message: string, cause?: unknown): CountersignError => new CountersignError('ARCHIVE_INVALID', message, { cause });

const textOf = (line: Line, name: string): string => {
  const value = line[name];
  if (typeof value !== 'string') throw wrong(`a line of the pack has no \`${name}\``);
  return value;
};

const linesOf = (file: Buffer | undefined): readonly Line[] =>
  (file?.toString() ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line, at) => eventIn(Buffer.from(line)) ?? fail(`line ${at + 1} of the pack is no JSON object`));

const fail = (message: string): never => {
  throw wrong(message);
};

const manifestIn = (read: ReadFile): PackManifest => {
  const manifest = eventIn(read(PACK_FILES.manifest) ?? null);
  const files = manifest?.['files'];
  if (!manifest || !isJsonObject(files) || !isJsonObject(manifest['scope'])) throw wrong('the pack has no manifest that is one');
  for (const name of [PACK_FILES.records, PACK_FILES.logs]) if (files[name] === undefined) throw wrong(`the manifest does not name \`${name}\``);
  for (const [name, hash] of Object.entries(files)) {
    const file = read(name);
    if (!file || sha256(file) !== hash) throw wrong(`\`${name}\` is not the file that the manifest names`);
  }
  return manifest as unknown as PackManifest;
};

/** What was found line by line. */
class PackLines {
  readonly shown: ShownRecord[] = [];
  /** Logs of which records are left out. */
  readonly partly = new Set<string>();
  redacted = 0;
  private readonly anchors: ReadonlyMap<string, ProvenEntry>;
  private readonly last = new Map<string, number>();

  constructor(
    private readonly read: ReadFile,
    private readonly manifest: PackManifest,
    private readonly trust: Trust,
  ) {
    this.anchors = new Map(linesOf(read(PACK_FILES.logs)).map((line) => [textOf(line, 'log'), { entry: Buffer.from(textOf(line, 'entry')), receipt: textOf(line, 'receipt') }]));
  }

  take(line: Line): void {
    const [log, receipt] = [textOf(line, 'log'), textOf(line, 'receipt')];
    const anchor = this.anchors.get(log);
    if (!anchor) throw wrong(`nothing shows that the anchor tells of \`${log}\``);
    const { index } = decodeReceipt(receipt);
    const place = `entry ${String(line['index'])} of \`${log}\``;
    if (line['index'] !== index) throw wrong(`${place} is another one by what shows it`);
    if (index <= (this.last.get(log) ?? -1)) throw wrong(`${place} is in the pack twice, or behind one that follows it`);
    this.last.set(log, index);
    if (line['leaf'] === undefined) this.shown.push(this.whole(log, { entry: Buffer.from(textOf(line, 'entry')), receipt }, anchor));
    else this.leftOut(log, line, place, anchor);
  }

  private whole(log: string, record: ProvenEntry, anchor: ProvenEntry): ShownRecord {
    const shown = ofLog(log, () => verifyProof({ record, anchor, blob: this.blobOf(record.entry) }, this.trust), () => placeOf(log, record.entry));
    const event = eventIn(shown.record.value);
    if (!isWithin(this.manifest.scope, { log, timestamp: shown.record.timestamp, event })) throw wrong(`${placeOf(log, record.entry)} is not of the scope that the manifest names`);
    return shown;
  }

  private leftOut(log: string, line: Line, place: string, anchor: ProvenEntry): void {
    if (line['entry'] !== undefined) throw wrong(`${place} is left out and is there`);
    if (!this.manifest.redacted || canonicalJson(line['redacted'] ?? null) !== canonicalJson([...this.manifest.redacted])) throw wrong(`${place} is left out for another reason than the manifest says`);
    ofLog(log, () => verifyLeafProof(Buffer.from(textOf(line, 'leaf'), 'base64'), textOf(line, 'receipt'), anchor, this.trust), () => `record ${String(line['index'])} of \`${log}\`, which is left out,`);
    this.partly.add(log);
    this.redacted += 1;
  }

  private blobOf(entry: Buffer): Buffer | undefined {
    const leaf = decodeLeaf(entry);
    return 'blob' in leaf ? this.read(packedBlob(leaf.blob.sha256)) : undefined;
  }
}

/** All controls are in every pack: of each of their logs, as many as its checkpoint says. */
const requireControls = (shown: readonly ShownRecord[]): void => {
  const logs = Map.groupBy(shown.filter(({ topic }) => topic === 'controls'), nameOf);
  if (logs.size === 0) throw wrong('the pack has no controls, which are in each');
  for (const [log, records] of logs) {
    const size = records[0]?.log.size ?? 0;
    if (records.length !== size) throw wrong(`the pack has ${records.length} of the ${size} controls in \`${log}\``);
  }
};

/** Of a pack that names runs: each of them has a record in it, unless that may be left out. */
const requireRuns = ({ scope: { runs = [] } }: PackManifest, { shown, redacted }: PackLines): void => {
  const there = new Set(shown.map(({ record }) => eventIn(record.value)?.['run']));
  const missing = runs.find((run) => !there.has(run));
  if (redacted === 0 && missing !== undefined) throw wrong(`the pack is of run \`${missing}\`, and has no record of it`);
};

/** What the manifest would say if it was signed: whatever it says else is a fault. */
const provenOf = ({ shown, redacted }: PackLines, { anchor }: Trust): Pick<PackManifest, 'origin' | 'namespace' | 'anchor' | 'records' | 'first' | 'last'> => {
  const times = shown.map(({ record }) => record.timestamp).toSorted((one, other) => one - other);
  return { ...placeOfAnchor(anchor), anchor: encodeVerifier(anchor), records: shown.length + redacted, first: timestamp(times[0] as Instant), last: timestamp(times.at(-1) as Instant) };
};

/**
 * Shows offline that every record of a pack is in the archive whose anchor is trusted, and that nothing of the pack's files was changed; with a `root`,
 * also that its events are signed by whom the controls name and that no event is missing which the end of a run counts.
 * Throws `ARCHIVE_INVALID` with the first record that is wrong.
 */
export const verifyPack = (read: ReadFile, trust: Trust, root?: Root): VerifiedPack => {
  const manifest = manifestIn(read);
  const lines = new PackLines(read, manifest, trust);
  for (const line of linesOf(read(PACK_FILES.records))) lines.take(line);
  const { shown, partly, redacted } = lines;
  requireControls(shown);
  requireRuns(manifest, lines);
  const proven = provenOf(lines, trust);
  for (const [field, value] of Object.entries(proven)) if (manifest[field as keyof typeof proven] !== value) throw wrong(`the manifest has another \`${field}\` than what is proven, which is ${value}`);
  const judged = root && judgePack(shown, partly, { namespace: proven.namespace, partitions: manifest.partitions }, root);
  return { manifest: { ...manifest, ...proven }, records: proven.records, redacted, ...(judged && { judged }) };
};

/** What shows a record, of the log that it is said to be of. */
const ofLog = <Shown extends Pick<ShownRecord, 'topic' | 'partition' | 'epoch'>>(log: string, verify: () => Shown, place: () => string): Shown => {
  let shown: Shown;
  try {
    shown = verify();
  } catch (fault) {
    throw wrong(`${place()}: ${messageOf(fault)}`, fault);
  }
  if (nameOf(shown) !== log) throw wrong(`${place()} is of another log`);
  return shown;
};

/** Where a record says that it was; nothing is proven of it. */
const placeOf = (log: string, entry: Buffer): string => {
  try {
    return `\`${log}\`, offset ${offsetOf(decodeLeaf(entry))}`;
  } catch {
    return `a record of \`${log}\``;
  }
};
