import { logPath, type ReadableStore } from '@countersign/archive';
import { admissionOf, isOfServices } from '@countersign/bus/client';
import { initialControls } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { nameOf, type ArchivedLog } from './archived-log.js';
import { beforeWhatFollows, nobodyKnown, nothingSigned, placed, rootsFirst, type AuditFault } from './audit-fault.js';
import { KnownGaps, LogAudit, type OnChecked, type ReadLog } from './log-audit.js';
import { LogChecker } from './log-checker.js';
import { LogEnds, type Begun } from './log-ends.js';
import { readAnchor, type Anchor, type Trust } from './read-anchor.js';
import { RecordIndex } from './record-index.js';

export interface AuditOptions {
  readonly store: ReadableStore;
  readonly trust: Trust;
  /** Whose controls count. Without it the archive is borne out, and not who wrote the events in it. */
  readonly root?: Root;
  /** Of each topic of the log. */
  readonly partitions: number;
  /** Only these topics; all unless given. */
  readonly topics?: ReadonlySet<string>;
  /** Told of the anchor before any other log is read; what it throws ends the audit. */
  readonly onAnchor?: (anchor: Anchor) => void;
  readonly onProgress?: (events: number) => void;
  /** Never called without a root. Whether the archive is what was signed is known when all of it is read. */
  readonly onChecked?: OnChecked;
}

/** A log, and how it was begun. */
export interface AuditedLog extends Omit<ReadLog, 'extent'> {
  /** Of a log that is not the first of its topic partition: by whose order it was begun, and what is archived nowhere. */
  readonly begun?: Begun;
}

export interface Audit {
  readonly anchor: Pick<Anchor, 'namespace' | 'origin' | 'size' | 'witnesses'>;
  readonly logs: readonly AuditedLog[];
  /** Runs whose end names exactly the events that are there. */
  readonly runs: number;
  readonly events: number;
  readonly faults: readonly AuditFault[];
}

/** Controls first: they say whose signatures count. Then what the ledger had to say of records when it read them. */
const inOrder = (logs: readonly ArchivedLog[]): readonly ArchivedLog[] => {
  const placeOfTopic = ({ topic }: ArchivedLog): number => (topic === 'controls' ? 0 : topic === 'ledger' ? 1 : 2);
  return logs.toSorted((one, other) => placeOfTopic(one) - placeOfTopic(other));
};

/** Verifies a whole archive: every log against the anchor, and every event in it. Streams: memory does not grow with the archive. */
export const auditArchive = async ({ store, trust, root, partitions, topics, onAnchor, onProgress = () => undefined, onChecked }: AuditOptions): Promise<Audit> => {
  const anchor = await readAnchor(store, trust);
  onAnchor?.(anchor);
  const { namespace } = anchor;
  const index = new RecordIndex(store, anchor.logs);
  const checker = root && new LogChecker({ namespace, partitions }, root, initialControls());
  const [gaps, ends] = [new KnownGaps(), new LogEnds()];
  const audited: ReadLog[] = [];
  let [events, runs, admitted] = [0, 0, 0];
  for (const log of inOrder(anchor.logs)) {
    if (topics && !topics.has(log.topic) && log.topic !== 'controls') continue;
    const reading = new LogAudit(log, { store, namespace, checker, index, gaps, ends, below: laterPaths(anchor, log, ends), onRead: () => onProgress((events += 1)), onChecked });
    audited.push(await reading.run());
    runs += reading.roots.verified;
    admitted += isOfServices(admissionOf(log.topic)) ? reading.admitted : 0;
  }
  const unsigned = audited.filter(({ topic }) => isOfServices(admissionOf(topic))).reduce((sum, { refused }) => sum + Object.values(refused).reduce((all, count) => all + count, 0), 0);
  const ofAnchor: readonly AuditFault[] = [...nothingSigned(anchor, trust), ...anchor.faults.map((fault) => placed('anchor/0', fault))];
  // Whether logs ended as was ordered is known when all controls were read, those behind the end of their own log too.
  const logs = audited.map(({ extent, ...log }): AuditedLog => {
    const begun = ends.begunBy(log);
    const ofEnds = ends.faultsOf(extent).map((message): AuditFault => ({ log: nameOf(log), code: 'epoch.broken', message }));
    // Whatever else was found of the anchor was found when it was read first.
    const faults = log.topic === 'anchor' ? [...ofAnchor, ...log.faults.filter(({ code }) => code === 'order.broken' || code === 'record.missing')] : [...log.faults, ...ofEnds];
    return { ...log, ...(begun ? { begun } : {}), faults };
  });
  return { anchor: { namespace, origin: anchor.origin, size: anchor.size, witnesses: anchor.witnesses }, logs, runs, events, faults: beforeWhatFollows(rootsFirst(logs.flatMap(({ faults }) => faults)), nobodyKnown(admitted, unsigned)) };
};

/** Logs of further epochs lie below the first one; where the newest was ended the next one may have been begun, and not be anchored yet. */
const laterPaths = ({ namespace, logs, faults }: Pick<Anchor, 'namespace' | 'logs' | 'faults'>, { topic, partition, epoch }: ArchivedLog, ends: LogEnds): readonly string[] => {
  if (epoch > 0) return [];
  const epochs = logs.filter((other) => other.topic === topic && other.partition === partition).map((other) => other.epoch);
  const newest = Math.max(...epochs);
  // The order that ended the controls may be in their next log alone, and an anchor that was read in part may tell of no controls.
  const goesOn = topic === 'controls' || faults.length > 0 || ends.endOf({ topic, partition, epoch: newest }) !== undefined;
  return [...epochs, ...(goesOn ? [newest + 1] : [])].filter((each) => each > 0).map((each) => logPath(namespace, topic, partition, each));
};
