import { createWriteStream, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createHash } from 'node:crypto';
import { decodeLeaf } from '@countersign/archive';
import { chooseRecords, logLine, packedBlob, PACK_FILES, Prover, readAnchor, recordLine, Redaction, redactedLine, type ChosenRecord, type PackManifest, type PackScope } from '@countersign/audit';
import { DATA_CLASSES } from '@countersign/domain';
import { CountersignError, operandOf, timestamp, type Instant, type Sha256 } from '@countersign/kernel';
import { NO_KEYS, runsWith } from '@countersign/privacy';
import { encodeVerifier } from '@countersign/tlog';
import type { Action, CommandContext } from '../command-context.js';
import { knownTenants } from '../connection/known-tenant.js';
import { Interrupted } from '../terminal/failure.js';
import { timeOption } from '../terminal/option-values.js';
import { unknownName } from '../terminal/unknown-name.js';
import { viewOf, type View } from '../terminal/view.js';
import { keyStoreOf } from '../task/seal-tasks.js';
import { descriptionOf, openArchive, type ArchiveOptions } from './archive-settings.js';
import { openLedger } from './ledger-client.js';
import { namedAs } from './named-as.js';
import { financeTable, withoutInputHashes, type RunRecord } from './run-records.js';
import { theRun } from './the-run.js';

interface ExportOptions extends ArchiveOptions {
  readonly archive?: string;
  readonly out: string;
  readonly run?: readonly string[];
  readonly tenant?: string;
  readonly since?: string;
  readonly until?: string;
  readonly subject?: string;
  readonly redact?: string;
}

const RUNS = 'runs.jsonl';
const FINANCE = 'runs.csv';
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const TELL_EVERY = 1_000;

/** Writes a file line by line, and knows its hash at the end. */
class Lines {
  private readonly hash = createHash('sha256');
  private readonly stream;

  constructor(file: string) {
    this.stream = createWriteStream(file, { mode: PRIVATE_FILE });
  }

  async add(line: string): Promise<void> {
    this.hash.update(`${line}\n`);
    if (!this.stream.write(`${line}\n`)) await once(this.stream, 'drain');
  }

  async end(): Promise<Sha256> {
    this.stream.end();
    await once(this.stream, 'finish');
    return this.hash.digest('hex') as Sha256;
  }
}

/** The records of runs, as the ledger has them, where there is one to ask. */
const runRecords = async (context: CommandContext, runs: ReadonlySet<string>): Promise<readonly RunRecord[] | undefined> => {
  try {
    const ledger = openLedger(context);
    const records: RunRecord[] = [];
    for (const run of runs) records.push(await ledger.record(run));
    return records;
  } catch (fault) {
    if (fault instanceof Interrupted) throw fault;
    return undefined;
  }
};

const isEmpty = (folder: string): boolean => {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  return readdirSync(folder).length === 0;
};

/** Writes a pack: the records of a scope, with what shows each of them to whoever has nothing but the key of the anchor. */
export const exportPack: Action<ExportOptions> = async (context, { options }) => {
  const now = context.clock.now();
  const [since, until] = (['since', 'until'] as const).map((name) => (options[name] === undefined ? undefined : timestamp(timeOption(`--${name}`, options[name], now))));
  const archive = await openArchive(context, options.archive, options);
  const [{ store, trust }, { partitions }] = [archive, await descriptionOf(archive)];
  const folder = resolve(context.cwd, options.out);
  if (!isEmpty(folder)) throw new CountersignError('USAGE', `\`${folder}\` is not empty`, { hint: 'name a new folder with `--out`' });
  const { terminal, signal } = context;
  const anchor = await readAnchor(store, trust);
  const prover = await Prover.open(store, anchor, trust);
  const named = options.run && (await runsMeant(chooseRecords(store, anchor, prover, {}), options.run, viewOf(context)));
  const given: PackScope = { ...(named && { runs: named }), ...(options.tenant !== undefined && { tenant: options.tenant }), ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const scope = options.subject === undefined ? given : { ...given, runs: await runsOf(chooseRecords(store, anchor, prover, given), await namesOf(context, options.subject, options.tenant)) };
  const redaction = await redactionOf(options.redact, (of) => chooseRecords(store, anchor, prover, of));

  const [records, logs] = [new Lines(join(folder, PACK_FILES.records)), new Lines(join(folder, PACK_FILES.logs))];
  const [runs, told] = [new Set<string>(), new Set<string>()];
  let [count, left, first, last] = [0, 0, Infinity, -Infinity];
  for await (const { log, index, timestamp: at, event } of chooseRecords(store, anchor, prover, scope)) {
    if (signal.aborted) throw new Interrupted();
    if (!told.has(log)) await logs.add(logLine(log, await prover.proveHead(log)));
    told.add(log);
    const { record, blob } = await prover.prove(log, index);
    const isLeftOut = redaction?.covers(log, event) === true;
    await records.add(isLeftOut ? redactedLine(log, record, redaction.classes) : recordLine(log, record));
    if (isLeftOut) left += 1;
    const leaf = decodeLeaf(record.entry);
    if (!isLeftOut && blob && 'blob' in leaf) writeFileSync(join(folder, packedBlob(leaf.blob.sha256)), blob, { mode: PRIVATE_FILE });
    if (typeof event?.['run'] === 'string') runs.add(event['run']);
    if (!isLeftOut) [first, last] = [Math.min(first, at), Math.max(last, at)];
    if ((count += 1) % TELL_EVERY === 0) terminal.progress(`${count.toLocaleString('en')} records`);
  }
  terminal.progress('');
  const files: Record<string, Sha256> = { [PACK_FILES.records]: await records.end(), [PACK_FILES.logs]: await logs.end() };
  const found = await runRecords(context, runs);
  if (found) {
    const [jsonl, csv] = [new Lines(join(folder, RUNS)), financeTable(found)];
    for (const record of found) await jsonl.add(JSON.stringify(redaction ? withoutInputHashes(record) : record));
    files[RUNS] = await jsonl.end();
    writeFileSync(join(folder, FINANCE), csv, { mode: PRIVATE_FILE });
    files[FINANCE] = createHash('sha256').update(csv).digest('hex') as Sha256;
  }
  const manifest: PackManifest = { v: 1, origin: anchor.origin, namespace: anchor.namespace, partitions, anchor: encodeVerifier(trust.anchor), scope, records: count, ...(redaction && { redacted: redaction.classes }), ...(count === left ? {} : { first: timestamp(first as Instant), last: timestamp(last as Instant) }), files };
  writeFileSync(join(folder, PACK_FILES.manifest), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: PRIVATE_FILE });
  const view = viewOf(context);
  if (runs.size === 0) terminal.message(view.colors.yellow('no run is in this scope: the pack has the controls alone'));
  terminal.result(
    () => `${folder}: ${count.toLocaleString('en')} records of ${runs.size.toLocaleString('en')} runs${redaction ? `, ${left.toLocaleString('en')} of them left out for ${redaction.classes.join(', ')}` : ''}${found ? '' : '; without their run records: no ledger answers here'}`,
    () => ({ folder, runs: runs.size, ...manifest }),
  );
  terminal.message(`${view.colors.cyan('next')}: ${view.command(`ledger verify ${operandOf(folder)} --anchor '${manifest.anchor}'`)}`);
};

/** What stands for somebody in records: their name, as a value or a word of a text, and the runs that something of theirs was sealed in, where the keys are here. */
interface Names {
  readonly is: ReturnType<typeof namedAs>;
  readonly runs: ReadonlySet<string>;
}

const namesOf = async (context: CommandContext, subject: string, tenant: string | undefined): Promise<Names> => {
  const store = keyStoreOf(context);
  const runs = new Set<string>();
  if (store !== NO_KEYS) {
    for (const each of tenant === undefined ? (knownTenants(context) ?? []) : [tenant]) {
      const keys = await store.keysOf(each, { kind: 'subject', id: subject });
      for (const run of await runsWith(store, each, keys.map(({ kid }) => kid))) runs.add(run);
    }
  }
  return { is: namedAs(subject), runs };
};

const says = (value: unknown, is: Names['is']): boolean => {
  if (typeof value === 'string' || typeof value === 'number') return is(String(value));
  return typeof value === 'object' && value !== null && Object.values(value).some((inner) => says(inner, is));
};

/** The runs that a person means by their ids or the starts of them. Throws `NOT_FOUND` and `USAGE`. */
const runsMeant = async (records: AsyncIterable<ChosenRecord>, typed: readonly string[], view: View): Promise<readonly string[]> => {
  const ids = new Set<string>();
  for await (const { event } of records) if (typeof event?.['run'] === 'string') ids.add(event['run']);
  return typed.map((each) => theRun([...ids].map((id) => ({ id })), each, view).id);
};

/** Runs of which a record names somebody, in whatever place. */
const runsOf = async (records: AsyncIterable<ChosenRecord>, { is, runs: sealed }: Names): Promise<readonly string[]> => {
  const runs = new Set<string>();
  for await (const { event } of records) {
    const run = event?.['run'];
    if (typeof run === 'string' && !runs.has(run) && (sealed.has(run) || says(event, is))) runs.add(run);
  }
  return [...runs];
};

/** What is left out of a pack, by the contracts that the controls have published; throws `USAGE` for a class that is none. */
const redactionOf = async (given: string | undefined, records: (scope: PackScope) => AsyncIterable<ChosenRecord>): Promise<Redaction | undefined> => {
  if (given === undefined) return undefined;
  const classes = given.split(',').map((name) => name.trim());
  const [unknown] = classes.filter((name) => !(DATA_CLASSES as readonly string[]).includes(name));
  if (unknown !== undefined) throw unknownName('class', unknown, DATA_CLASSES);
  const redaction = new Redaction(classes);
  for await (const { event } of records({ runs: [] })) redaction.learn(event);
  // A run may touch what marks a class in a log that is read after another, or outside of what is asked for.
  for await (const { log, event } of records({})) redaction.covers(log, event);
  return redaction;
};
