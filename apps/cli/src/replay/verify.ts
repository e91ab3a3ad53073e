import { holdCauses, Prover, RecordIndex, RunRoots, verifyProof } from '@countersign/audit';
import { messageOf } from '@countersign/kernel';
import { isWhole, type RunBundle, type Taped } from '@countersign/replay';
import type { Action } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf } from '../terminal/view.js';
import { findTapedRun } from './find-runs.js';
import { missingCauses } from './missing-causes.js';
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
  /** Records that name the run, and that no service acts on: they lie there as somebody wrote them. */
  readonly refused: number;
  /** Causes whose logs have not come as far in the archive. */
  readonly awaited: number;
  readonly faults: readonly RunFault[];
}

/** Proves records of an archive up to its anchor. */
class Proofs {
  private constructor(
    private readonly tape: ArchivedTape,
    private readonly prover: Prover,
    private readonly index: RecordIndex,
  ) {}

  static async open(tape: ArchivedTape, index: RecordIndex): Promise<Proofs> {
    return new Proofs(tape, await Prover.open(tape.archive.store, tape.anchor, tape.archive.trust), index);
  }

  /** Why a record is not proven; nothing where it is. */
  async faultOf(topic: string, { partition, offset }: Taped['record']): Promise<string | undefined> {
    const { archive } = this.tape;
    try {
      const found = await this.index.find({ topic, partition }, offset);
      if (!found) return 'it is not in its log';
      const shown = verifyProof(await this.prover.prove(found.log, found.index), archive.trust);
      return shown.offset === offset && shown.topic === topic ? undefined : 'its proof is of another record';
    } catch (fault) {
      return messageOf(fault);
    }
  }
}

/** Whether a record that nobody acts on says that it is of a run. */
const names = (value: Buffer | null, run: string): boolean => value?.includes(run) ?? false;

/**
 * Proves each event of a run up to the anchor, and looks at what it names as its causes and whether nothing is missing. What reads the tape
 * has checked signatures, order and schemas; a record of the run that failed there has to be proven too: somebody wrote it so, and nobody
 * has changed it since.
 */
export const verifyRun = async (tape: ArchivedTape, bundle: RunBundle): Promise<VerifiedRun> => {
  const { archive, anchor } = tape;
  const index = new RecordIndex(archive.store, anchor.logs);
  const proofs = await Proofs.open(tape, index);
  const faults: RunFault[] = [];
  let [proven, causes] = [0, 0];
  for (const each of bundle.events) {
    const { topic, event, record } = each;
    const unproven = await proofs.faultOf(topic, record);
    if (unproven === undefined) proven += 1;
    else faults.push({ event: event.id, place: placeOf(each), message: unproven });
    const held = await holdCauses(index, record.partition, each.causes);
    causes += held.right;
    for (const message of held.faults) faults.push({ event: event.id, place: placeOf(each), message });
  }
  let refused = 0;
  for (const { topic, record, code } of tape.refused.filter(({ record: { value } }) => names(value, bundle.run))) {
    refused += 1;
    const unproven = await proofs.faultOf(topic, record);
    if (unproven !== undefined || code === 'SEQUENCE_BROKEN') faults.push({ event: '', place: placeOf({ topic, record }), message: unproven ?? 'an event of its writer is missing before it' });
  }
  const { lost, awaited } = missingCauses(tape, bundle);
  for (const { of, topic: on, partition, offset } of lost) faults.push({ event: of.event.id, place: placeOf(of), message: `its cause at \`${on}/${partition}/${offset}\` is not there` });
  const roots = new RunRoots();
  for (const { event, topic, record } of bundle.events.filter((each) => each.topic === 'proposals').toSorted((one, other) => one.record.offset - other.record.offset)) {
    const incomplete = roots.take(event);
    if (incomplete !== undefined) faults.push({ event: event.id, place: placeOf({ topic, record }), message: incomplete });
  }
  return { bundle, proven, causes, refused, awaited: awaited.length, faults };
};

const placeOf = ({ topic, record }: Pick<Taped, 'topic' | 'record'>): string => `${topic}/${record.partition}/${record.offset}`;

/** Exit code 8 where anything of the run is not as it was signed, 4 where it is open or what it rests on is not archived yet. */
export const replayVerify: Action<TapeOptions> = async (context, { args: [typed = ''], options }): Promise<ExitCode> => {
  const { terminal } = context;
  const tape = await readTape(context, options);
  const bundle = findTapedRun(context, tape, typed);
  const { proven, causes, refused, awaited, faults } = await verifyRun(tape, bundle);
  const whole = isWhole(bundle) && awaited === 0;
  const view = viewOf(context);
  const { colors } = view;
  const verdict = faults.length > 0 ? colors.red(colors.bold('NOT INTACT')) : whole ? colors.green(colors.bold('intact and whole')) : colors.yellow(`intact so far: ${awaited > 0 ? 'what it rests on is not all in the archive' : 'the run is open'}`);
  terminal.result(
    () =>
      [
        table(['TIME', 'PLACE', 'EVENT', 'STEP'], bundle.events.map((each) => [each.event.time, placeOf(each), each.event.type.replace('countersign.', ''), oneLine(each.event.step ?? '')]), view.width),
        '',
        `${shortId(bundle.run)} of ${oneLine(`${bundle.tenant}/${bundle.workflow}`)}: ${verdict}: ${proven} of ${bundle.events.length} events proven up to the anchor, ${causes} causes as they were${refused > 0 ? `, ${refused} records beside them that nobody acts on` : ''}`,
        ...faults.map(({ place, event, message }) => oneLine(`  ${place} ${event}: ${message}`)),
      ].join('\n'),
    () => ({ run: bundle.run, tenant: bundle.tenant, workflow: bundle.workflow, outcome: bundle.outcome ?? null, whole, intact: faults.length === 0, events: bundle.events.map((each) => ({ id: each.event.id, type: each.event.type, time: each.event.time, place: placeOf(each) })), proven, causes, refused, awaited, faults }),
  );
  if (faults.length > 0) return EXIT.integrity;
  return whole ? EXIT.ok : EXIT.pending;
};
