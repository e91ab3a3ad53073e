import { logPath } from '@countersign/archive';
import { Prover, RecordIndex, RunRoots, verifyProof } from '@countersign/audit';
import { entriesOf, recordOf } from '@countersign/audit';
import { topicOf } from '@countersign/contracts';
import { CountersignError, messageOf } from '@countersign/kernel';
import { isWhole, type RunBundle, type Taped } from '@countersign/replay';
import type { Action } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf } from '../terminal/view.js';
import { findTapedRun } from './find-runs.js';
import { readTape, type ArchivedTape, type TapeOptions } from './read-tape.js';

/** Something of a run that is not as it was signed. */
export interface RunFault {
  readonly event: string;
  readonly place: string;
  readonly message: string;
}

export interface VerifiedRun {
  readonly bundle: RunBundle;
  /** Events whose place in their log, and that log in the anchor, was proven. */
  readonly proven: number;
  /** Causes that were found to be what the events say. */
  readonly causes: number;
  readonly faults: readonly RunFault[];
}

/** Number of each entry of a log, by offset. */
const entryNumbers = async ({ archive, anchor }: ArchivedTape, path: string): Promise<ReadonlyMap<number, number>> => {
  const size = anchor.logs.find((log) => log.path === path)?.heads.at(-1)?.size ?? 0;
  const numbers = new Map<number, number>();
  for await (const { index, entry } of entriesOf(archive.store, path, size)) numbers.set((await recordOf(archive.store, entry)).record.offset, index);
  return numbers;
};

/** Proves each event of a run up to the anchor, looks at what it names as its causes, and whether nothing is missing. What reads the tape has checked signatures, order and schemas. */
export const verifyRun = async (tape: ArchivedTape, bundle: RunBundle): Promise<VerifiedRun> => {
  const { archive, anchor, namespace } = tape;
  const prover = await Prover.open(archive.store, anchor, archive.trust);
  const sizes = new Map(anchor.logs.map(({ path, heads }) => [path, heads.at(-1)?.size ?? 0]));
  const index = new RecordIndex(archive.store, (path) => sizes.get(path));
  const numbers = new Map<string, ReadonlyMap<number, number>>();
  const faults: RunFault[] = [];
  let [proven, causes] = [0, 0];
  for (const each of bundle.events) {
    const { topic, event, record } = each;
    const wrong = (message: string): void => void faults.push({ event: event.id, place: placeOf(each), message });
    const path = logPath(namespace, topic, record.partition);
    const known = numbers.get(path) ?? (await entryNumbers(tape, path));
    numbers.set(path, known);
    try {
      const shown = verifyProof(await prover.prove(`${topic}/${record.partition}`, known.get(record.offset) ?? -1), archive.trust);
      if (shown.offset === record.offset && shown.topic === topic) proven += 1;
      else wrong('its proof is of another record');
    } catch (fault) {
      wrong(messageOf(fault));
    }
    for (const cause of each.causes) {
      if (topicOf(cause.topic) === undefined) continue;
      const hash = await index.hashOf(logPath(namespace, cause.topic, cause.partition ?? record.partition), cause.offset);
      if (hash === cause.sha256) causes += 1;
      else if (hash !== undefined && hash !== 'unknown') wrong(`its cause at \`${cause.topic}/${cause.offset}\` is not what it was`);
    }
  }
  const roots = new RunRoots();
  for (const { event, topic, record } of bundle.events.filter((each) => each.topic === 'proposals').toSorted((one, other) => one.record.offset - other.record.offset)) {
    const incomplete = roots.take(event);
    if (incomplete !== undefined) faults.push({ event: event.id, place: `${topic}/${record.offset}`, message: incomplete });
  }
  return { bundle, proven, causes, faults };
};

const placeOf = ({ topic, record }: Taped): string => `${topic}/${record.partition}/${record.offset}`;

/** Exit code 8 where anything of the run is not as it was signed, 4 where it is open. */
export const replayVerify: Action<TapeOptions> = async (context, { args: [typed = ''], options }): Promise<ExitCode> => {
  const { terminal } = context;
  const tape = await readTape(context, options);
  const bundle = findTapedRun(context, tape, typed);
  const { proven, causes, faults } = await verifyRun(tape, bundle);
  const whole = isWhole(bundle);
  const view = viewOf(context);
  const { colors } = view;
  if (bundle.events.length === 0) throw new CountersignError('NOT_FOUND', `nothing of \`${typed}\` is in the archive`);
  const verdict = faults.length > 0 ? colors.red(colors.bold('NOT INTACT')) : whole ? colors.green(colors.bold('intact and whole')) : colors.yellow('intact so far: the run is open');
  terminal.result(
    () =>
      [
        table(['TIME', 'PLACE', 'EVENT', 'STEP'], bundle.events.map((each) => [each.event.time, placeOf(each), each.event.type.replace('countersign.', ''), oneLine(each.event.step ?? '')]), view.width),
        '',
        `${shortId(bundle.run)} of ${oneLine(`${bundle.tenant}/${bundle.workflow}`)}: ${verdict}: ${proven} of ${bundle.events.length} events proven up to the anchor, ${causes} causes as they were`,
        ...faults.map(({ place, event, message }) => oneLine(`  ${place} ${event}: ${message}`)),
      ].join('\n'),
    () => ({ run: bundle.run, tenant: bundle.tenant, workflow: bundle.workflow, outcome: bundle.outcome ?? null, whole, intact: faults.length === 0, events: bundle.events.map((each) => ({ id: each.event.id, type: each.event.type, time: each.event.time, place: placeOf(each) })), proven, causes, faults }),
  );
  if (faults.length > 0) return EXIT.integrity;
  return whole ? EXIT.ok : EXIT.pending;
};
