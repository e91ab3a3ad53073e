import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ReadableStore } from '@countersign/archive';
import { entriesOf, nameOf, Prover, readAnchor, readSigned, RecordIndex, type Anchor, type RecordProof } from '@countersign/audit';
import { CountersignError, operandOf } from '@countersign/kernel';
import { encodeVerifier } from '@countersign/tlog';
import type { Action } from '../command-context.js';
import { viewOf } from '../terminal/view.js';
import { openArchive, type ArchiveOptions } from './archive-settings.js';
import { PROOF_FILES } from './proof-files.js';

interface ProveOptions extends ArchiveOptions {
  readonly archive?: string;
  readonly out?: string;
}

interface Place {
  readonly log: string;
  readonly index: number;
}

const PLACE = /^(?<topic>[a-z0-9.-]+)\/(?<partition>\d+)\/(?<offset>\d+)$/;

/** By id: every log is read for it. */
const findById = async (store: ReadableStore, anchor: Anchor, id: string): Promise<Place | undefined> => {
  const written = `"id":${JSON.stringify(id)}`;
  for (const each of anchor.logs) {
    for await (const { index, entry } of entriesOf(store, each.path, each.newest?.size ?? 0)) if (entry.includes(written) && JSON.parse(entry.toString()).e?.id === id) return { log: nameOf(each), index };
  }
  return undefined;
};

/** By id, or by where it lies in Kafka: `TOPIC/PARTITION/OFFSET`. */
const find = async (store: ReadableStore, anchor: Anchor, name: string): Promise<Place | undefined> => {
  const { topic, partition, offset } = PLACE.exec(name)?.groups ?? {};
  return topic === undefined ? findById(store, anchor, name) : new RecordIndex(store, anchor.logs).find({ topic, partition: Number(partition) }, Number(offset));
};

/** Writes a proof, and the blob where the record is one. */
export const writeProof = (folder: string, { record, anchor, blob }: RecordProof): void => {
  mkdirSync(folder, { recursive: true });
  const files = { [PROOF_FILES.record]: record.entry, [PROOF_FILES.recordReceipt]: record.receipt, [PROOF_FILES.anchor]: anchor.entry, [PROOF_FILES.anchorReceipt]: anchor.receipt, ...(blob ? { [PROOF_FILES.blob]: blob } : {}) };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
};

/** Writes what shows that an event is in the archive to whoever has nothing but the key of the anchor. */
export const proveEvent: Action<ProveOptions> = async (context, { args: [name = ''], options }) => {
  const { store, trust } = await openArchive(context, options.archive, options);
  const anchor = await readAnchor(store, trust);
  const prover = await Prover.open(store, anchor, trust);
  const place = await readSigned('the archive', () => find(store, anchor, name));
  if (!place) throw new CountersignError('NOT_FOUND', `no anchored record is \`${name}\``, { retry: 'later', hint: 'name it by its whole id, which `incident RUN` lists, or by `TOPIC/PARTITION/OFFSET`, which `runs show --events` has; what has just happened is anchored within half a minute' });
  const proof = await prover.prove(place.log, place.index);
  const folder = resolve(context.cwd, options.out ?? `proof-${name.replaceAll('/', '-')}`);
  writeProof(folder, proof);
  const { terminal } = context;
  const view = viewOf(context);
  terminal.result(
    () => `${folder}: record ${place.index} of ${place.log} and what shows it`,
    () => ({ folder, log: place.log, entry: place.index, offset: proof.shown.offset }),
  );
  terminal.message(`${view.colors.cyan('next')}: ${view.command(`ledger verify ${operandOf(folder)} --anchor '${encodeVerifier(trust.anchor)}'`)}`);
};
