import { admissionOf } from '@countersign/bus/client';
import { CLAIM_TYPE, decodeEvent, parseCauses, topicOf, type Event } from '@countersign/contracts';
import { initialControls } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { CountersignError, sha256 } from '@countersign/kernel';
import { eventIn, logRecordOf, nameOf } from './archived-log.js';
import { LogChecker, type Namespace } from './log-checker.js';
import type { ShownRecord } from './prove.js';
import { RunRoots } from './run-roots.js';

/** What the records of a pack say for themselves, to whoever knows whose controls count. */
export interface JudgedPack {
  /** Events that are signed by whom the controls name. */
  readonly signed: number;
  /** Runs whose end names exactly the events that are there. */
  readonly runs: number;
  /** Causes that events name and that are not in the pack: of another scope, left out, or not anchored when it was made. */
  readonly causesElsewhere: number;
  /** Records that no service acts on, by why: controls and claims that count for nobody, and what is behind a gap that Kafka had. */
  readonly refused: Readonly<Record<string, number>>;
}

interface Judged {
  readonly shown: ShownRecord;
  readonly event: Event;
}

const wrong = ({ topic, partition, offset }: ShownRecord, message: string): CountersignError => new CountersignError('ARCHIVE_INVALID', `\`${topic}/${partition}\`, offset ${offset}: ${message}`);

const isOfControls = ([first]: readonly ShownRecord[]): boolean => first?.topic === 'controls';

/**
 * The events of one log, in their order. A pack is a slice: where entries are missing before an event, so are numbers of its writer. All claims are
 * packed, so events of an epoch that is over are told. Throws `ARCHIVE_INVALID` for a record that no service would act on.
 */
const eventsOf = (records: readonly ShownRecord[], checker: LogChecker, { namespace }: Namespace, refuse: (code: string) => void): readonly Judged[] => {
  const [first] = records;
  if (!first) return [];
  if (first.epoch > 0) checker.forget(first.topic, first.partition);
  const checked = checker.check(records.map((shown) => logRecordOf(shown, namespace, shown.record)), first.epoch === 0);
  let [next, isBehindGap] = [0, false];
  return records.flatMap((shown, at) => {
    isBehindGap ||= shown.index !== next;
    next = shown.index + 1;
    const found = checked[at];
    if (found?.kind === 'event') {
      isBehindGap = false;
      return [{ shown, event: found.event }];
    }
    if (found?.kind !== 'bad') return [];
    if (found.code === 'SEQUENCE_BROKEN' && isBehindGap) {
      isBehindGap = false;
      return [{ shown, event: decodeEvent(shown.record.value ?? Buffer.alloc(0)) }];
    }
    // Void controls and claims of strangers are packed like the others, count for nobody, and say nothing of a run.
    const isVoid = found.code === 'SEQUENCE_BROKEN' || shown.topic === 'controls' || eventIn(shown.record.value)?.['type'] === CLAIM_TYPE;
    if (!isVoid) throw wrong(shown, found.message);
    refuse(found.code);
    return [];
  });
};

/**
 * Holds the events of a pack against the controls in it: who signed them, the hashes of their causes, and the ends of runs.
 * `shown`: in the order of their logs; `partly`: logs of which records are left out. Throws `ARCHIVE_INVALID` with the first event that is wrong.
 */
export const judgePack = (shown: readonly ShownRecord[], partly: ReadonlySet<string>, topics: Namespace, root: Root): JudgedPack => {
  const checker = new LogChecker(topics, root, initialControls());
  const roots = new RunRoots();
  const refused: Record<string, number> = {};
  const hashes = new Map(shown.map(({ topic, partition, offset, record }) => [`${topic}/${partition}/${offset}`, sha256(record.value ?? '')]));
  let [signed, causesElsewhere] = [0, 0];
  const logs = [...Map.groupBy(shown, nameOf).values()];
  const read = (records: readonly ShownRecord[]): readonly Judged[] => eventsOf(records, checker, topics, (code) => void (refused[code] = (refused[code] ?? 0) + 1));
  // They say whose signatures count.
  const controls = logs.filter(isOfControls).flatMap(read);
  if (controls.length === 0) throw new CountersignError('ARCHIVE_INVALID', 'no control of the pack is signed by these people: is `--root` of another stack?');
  for (const { shown: place, event } of [...controls, ...logs.filter((records) => !isOfControls(records)).flatMap(read)]) {
    // Of the others people have signed, each for themselves.
    if (place.topic === 'controls' || admissionOf(place.topic) !== 'person') signed += 1;
    for (const cause of parseCauses(event.causes) ?? []) {
      if (topicOf(cause.topic) === undefined) continue;
      const hash = hashes.get(`${cause.topic}/${cause.partition ?? place.partition}/${cause.offset}`);
      if (hash === undefined) causesElsewhere += 1;
      else if (hash !== cause.sha256) throw wrong(place, `its cause at \`${cause.topic}/${cause.offset}\` is not what it was`);
    }
    const incomplete = place.topic === 'proposals' && !partly.has(nameOf(place)) ? roots.take(event) : undefined;
    if (incomplete !== undefined) throw wrong(place, incomplete);
  }
  return { signed, runs: roots.verified, causesElsewhere, refused };
};
