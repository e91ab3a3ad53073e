import type { ReadableStore } from '@countersign/archive';
import { entriesOf, LogChecker, LogJudge, logRecordOf, readAnchor, recordOf, type Anchor, type ArchivedLog } from '@countersign/audit';
import type { LogRecord } from '@countersign/bus/client';
import type { Event } from '@countersign/contracts';
import { trustDomainOf } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { CountersignError } from '@countersign/kernel';
import { bundlesOf, ControlTimeline, partitionTapes, TAPED, taped, type PartitionTape, type RunBundle, type Taped, type TapedTopic } from '@countersign/replay';
import { controlsFold, controlVerifier } from '@countersign/service/client';
import type { CommandContext } from '../command-context.js';
import { readRoot } from '../connection/root.js';
import { descriptionOf, openArchive, type ArchiveOptions, type OpenArchive } from '../ledger/archive-settings.js';
import { Interrupted } from '../terminal/failure.js';

/** What every command takes that reads a tape. */
export interface TapeOptions extends ArchiveOptions {
  readonly archive?: string;
  readonly root?: string;
}

export interface RefusedRecord {
  readonly topic: TapedTopic;
  readonly record: LogRecord;
  readonly code: string;
}

/** What an archive holds for a replay. */
export interface ArchivedTape {
  readonly archive: OpenArchive;
  readonly anchor: Anchor;
  readonly root: Root;
  readonly namespace: string;
  /** Of each topic of the log. */
  readonly partitions: number;
  readonly controls: ControlTimeline;
  readonly tapes: readonly PartitionTape[];
  readonly runs: readonly RunBundle[];
  /** Records that no service would act on, and why. */
  readonly refused: readonly RefusedRecord[];
  readonly trustDomain: string;
}

const TELL_EVERY = 1_000;

/** The records of a log as far as the anchor tells of it, in their order. */
export async function* recordsOf(store: ReadableStore, log: ArchivedLog, namespace: string): AsyncGenerator<LogRecord> {
  for await (const { entry } of entriesOf(store, log.path, log.heads.at(-1)?.size ?? 0)) yield logRecordOf(log, namespace, (await recordOf(store, entry)).record);
}

/** A record without what it was cut out of: its value is a slice of a bundle of 256 entries, and those of one partition have few keys and one topic. */
const keeper = (): ((record: LogRecord) => LogRecord) => {
  const [topics, keys] = [new Map<string, string>(), new Map<string, Buffer>()];
  const once = <Value>(known: Map<string, Value>, name: string, value: Value): Value => {
    const first = known.get(name) ?? value;
    known.set(name, first);
    return first;
  };
  return ({ topic, key, value, ...record }) => ({ ...record, topic: once(topics, topic, topic), key: key && once(keys, key.toString('latin1'), Buffer.from(key)), value: value && Buffer.from(value) });
};

/** Reads the tape from an archive: every record is judged as the services do, and what none of them would act on is left out. */
export const readTape = async (context: CommandContext, options: TapeOptions): Promise<ArchivedTape> => {
  const { terminal, signal } = context;
  const archive = await openArchive(context, options.archive, options);
  const { store } = archive;
  const root = readRoot(context, options.root);
  const anchor = await readAnchor(store, archive.trust);
  const [fault] = anchor.faults;
  if (fault) throw new CountersignError('ARCHIVE_INVALID', fault.message, { hint: 'countersign ledger verify' });
  const { namespace } = anchor;
  const { partitions } = await descriptionOf(archive);
  const records: LogRecord[] = [];
  for (const log of anchor.logs.filter(({ topic }) => topic === 'controls')) for await (const record of recordsOf(store, log, namespace)) records.push(record);
  const controls = new ControlTimeline(records, controlsFold, controlVerifier(root));
  const checker = new LogChecker({ namespace, partitions }, root, controls.newest);
  const events: Taped[] = [];
  const refused: RefusedRecord[] = [];
  const kept = keeper();
  for (const log of anchor.logs) {
    const topic = TAPED.find((each) => each === log.topic);
    if (topic === undefined) continue;
    const judge = new LogJudge(checker, log, (checked) => {
      if (checked.kind === 'event' && events.push(taped(topic, checked.event, kept(checked.record))) % TELL_EVERY === 0) terminal.progress(`${events.length.toLocaleString('en')} events read from the archive`);
      if (checked.kind === 'bad') refused.push({ topic, record: checked.record, code: checked.code });
    });
    let entry = 0;
    for await (const record of recordsOf(store, log, namespace)) {
      if (signal.aborted) throw new Interrupted();
      await judge.take(record, entry++);
    }
    await judge.end();
  }
  terminal.progress('');
  const tapes = partitionTapes(events);
  const runs = tapes.flatMap((tape) => [...bundlesOf(tape).values()]).toSorted((one, other) => one.until - other.until);
  return { archive, anchor, root, namespace, partitions, controls, tapes, runs, refused, trustDomain: trustDomainIn(tapes) };
};

/** Of the agents that acted. */
const trustDomainIn = (tapes: readonly PartitionTape[]): string => {
  for (const { topics } of tapes) {
    const started = topics.proposals.find(({ type }) => type === 'countersign.run.started');
    if (started) return trustDomainOf((started.event as Event<'countersign.run.started'>).data.agent) ?? '';
  }
  return '';
};
