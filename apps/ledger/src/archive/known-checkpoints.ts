import { logPath, tellingOf, type Telling } from '@countersign/archive';
import type { Broker } from '@countersign/bus';
import { topicName } from '@countersign/contracts';
import { openCheckpoint, TlogFault, type Checkpoint, type NoteVerifier } from '@countersign/tlog';

/** A start does not wait for more than these, some 10 MB; a log of which nothing was told among them has been idle for long. */
const MOST_RECORDS = 10_000;

/** The newest checkpoint of the log at a path that Kafka was told of and that the log's own key has signed. */
export type KnownCheckpoints = (path: string, log: NoteVerifier) => Checkpoint | undefined;

const readTelling = (value: Buffer | null): Telling | undefined => {
  try {
    return tellingOf(value);
  } catch {
    return undefined;
  }
};

/** `undefined` for one of another key: of an archive before this one, or of nobody. It says nothing of this log. */
const opened = (note: Buffer, log: NoteVerifier): Checkpoint | undefined => {
  try {
    return openCheckpoint(note, { origin: log.name, logKeys: [log] });
  } catch (fault) {
    if (fault instanceof TlogFault) return undefined;
    throw fault;
  }
};

/** Reads the end of the anchor topic: whoever sets the archive back does not set Kafka back. Throws what the broker throws. */
export const knownCheckpoints = async (broker: Pick<Broker, 'offsets' | 'read'>, namespace: string): Promise<KnownCheckpoints> => {
  const target = { topic: topicName(namespace, 'anchor'), partition: 0 };
  const { start, end } = await broker.offsets(target);
  const notes = new Map<string, Buffer[]>();
  await broker.read(target, Math.max(start, end - MOST_RECORDS), end, (records) => {
    for (const { value } of records) {
      const found = readTelling(value);
      if (!found) continue;
      const path = logPath(namespace, found.topic, found.partition, found.epoch);
      const known = notes.get(path) ?? [];
      notes.set(path, known);
      known.push(found.note);
    }
  });
  return (path, log) => {
    const found = (notes.get(path) ?? []).flatMap((note) => opened(note, log) ?? []);
    // The largest and not the last: an old one may have been put behind it.
    return found.toSorted((one, other) => one.size - other.size).at(-1);
  };
};
