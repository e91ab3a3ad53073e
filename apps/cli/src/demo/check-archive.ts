import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { openReadableStore, type ReadableStore } from '@countersign/archive';
import { readAnchor, type Audit } from '@countersign/audit';
import { localName } from '@countersign/contracts';
import { seconds } from '@countersign/kernel';
import { decodeBundle, encodeBundle, parsePartPath, type Part } from '@countersign/tlog';
import type { CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { endsOf, partitionsOf } from '../log/places.js';
import { openArchive, type OpenArchive } from '../ledger/archive-settings.js';
import { faultText } from '../ledger/verify/audit-text.js';
import { auditOf } from '../ledger/verify/verify.js';

const PATIENCE = seconds(30);
const LOOK_EVERY = seconds(1);
/** What is changed in the copy: the amount of an action that an agent proposed. */
const AMOUNT = /("amount_cents":)(\d+)/;

export interface ArchiveCheck {
  readonly lines: readonly string[];
  readonly intact: boolean;
  /** Whether the change in the copy was found, and the changed record named. */
  readonly found: boolean;
}

/** Whether the anchor tells of all that is on the topics that say what was done. */
const isCaughtUp = async (context: CommandContext, { store, trust }: OpenArchive): Promise<boolean> => {
  const ends = await withKafka(context, async (kafka) => {
    const targets = (['proposals', 'decisions', 'executions'] as const).flatMap((topic) => partitionsOf(kafka, topic, kafka.tenants));
    return (await endsOf(kafka, targets)).map(({ target, offset }) => ({ log: `${localName(kafka.namespace, target.topic)}/${target.partition}`, offset }));
  });
  const { logs } = await readAnchor(store, trust);
  const sizes = new Map(logs.map(({ topic, partition, heads }) => [`${topic}/${partition}`, heads.at(-1)?.size ?? 0]));
  return ends.every(({ log, offset }) => (sizes.get(log) ?? 0) >= offset);
};

const caughtUp = async (context: CommandContext, archive: OpenArchive): Promise<void> => {
  const end = performance.now() + PATIENCE;
  while (!(await isCaughtUp(context, archive)) && performance.now() < end) await sleep(LOOK_EVERY, undefined, { signal: context.signal });
};

interface Bundle {
  readonly file: string;
  readonly log: string;
  readonly part: Part;
}

/** The newest bundles of the logs of proposals, the widest first: a wider one has all that is in a narrower one. */
const bundlesIn = (copy: string, namespace: string): readonly Bundle[] =>
  readdirSync(join(copy, namespace, 'proposals')).flatMap((partition) => {
    const folder = join(copy, namespace, 'proposals', partition, 'tile/entries');
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
      const part = parsePartPath(`tile/entries/${name}`);
      return part ? [{ file: join(folder, name), log: `proposals/${partition}`, part }] : [];
    });
    return found.toSorted(({ part: one }, { part: other }) => other.index - one.index || other.width - one.width);
  });

/** Makes an amount one cent more, as whoever has every right on the machine could; says of which entry of which log. */
const tamper = (copy: string, namespace: string): { readonly log: string; readonly entry: number } | undefined => {
  const newest = new Map<string, Bundle>();
  for (const bundle of bundlesIn(copy, namespace)) if (!newest.has(`${bundle.log}/${bundle.part.index}`)) newest.set(`${bundle.log}/${bundle.part.index}`, bundle);
  for (const { file, log, part } of newest.values()) {
    const entries = [...decodeBundle(readFileSync(file), part.width)];
    const at = entries.findIndex((entry) => AMOUNT.test(String(entry)));
    const entry = entries[at];
    if (!entry) continue;
    entries[at] = Buffer.from(String(entry).replace(AMOUNT, (_whole, name: string, cents: string) => `${name}${Number(cents) + 1}`));
    writeFileSync(file, encodeBundle(entries));
    return { log, entry: part.index * 256 + at };
  }
  return undefined;
};

const verdict = ({ events, runs, faults: [first] }: Audit): string => (first ? `NOT INTACT: ${faultText(first)}` : `intact: ${events.toLocaleString('en')} records, ${runs.toLocaleString('en')} whole runs`);

/** Wherever an archive is kept, a copy of it is a folder. */
const copyTo = async (folder: string, store: ReadableStore): Promise<void> => {
  for await (const path of store.list?.('') ?? []) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, (await store.get(path)) ?? '');
  }
};

/** Verifies the archive of the stack, changes one amount in a copy of it, and verifies the copy. */
export const checkArchive = async (context: CommandContext, scratch: string): Promise<ArchiveCheck> => {
  const archive = await openArchive(context, undefined, {});
  const root = readRoot(context);
  await caughtUp(context, archive);
  const audit = await auditOf(context, archive, root);
  const lines = [`  as it is                     ${verdict(audit)}`];
  const intact = audit.faults.length === 0;
  const copy = join(scratch, 'archive-copy');
  await copyTo(copy, archive.store);
  const changed = tamper(copy, audit.anchor.namespace);
  const url = pathToFileURL(copy).href;
  const after = await auditOf(context, { ...archive, url, store: await openReadableStore(url) }, root);
  const [first] = after.faults;
  const found = changed !== undefined && first?.log === changed.log && first.entry === changed.entry;
  return { lines: [...lines, `  a copy, an amount changed    ${verdict(after)}`], intact, found };
};
