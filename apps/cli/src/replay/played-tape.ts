import type { ControlState } from '@countersign/domain';
import type { Instant, RunId } from '@countersign/kernel';
import { engineOf, type EngineName } from '@countersign/policy-engines';
import { newSandbox, play, replayExactly, underCandidate, type ControlTimeline, type PartitionTape, type Played, type PlayOptions, type TapedOutcome } from '@countersign/replay';
import { withoutNetwork } from './no-network.js';
import type { ArchivedTape } from './read-tape.js';

export interface PlayWith extends Pick<PlayOptions, 'edit' | 'isPlayed'> {
  readonly engine: EngineName;
  readonly from: Instant;
  /** In place of the files that were in force; those unless given. */
  readonly candidate?: ControlState | undefined;
  /** Asked at each decision: until it says so, what was in force then decides. From the start unless given. */
  readonly isInForce?: () => boolean;
}

type Tape = Pick<ArchivedTape, 'controls' | 'partitions' | 'trustDomain'>;

/** What came of every call of a partition, as the executor's own code reads it from the tape. */
const outcomesIn = async (tape: Tape, partition: PartitionTape, engine: EngineName): Promise<readonly TapedOutcome[]> => {
  const found: TapedOutcome[] = [];
  const isOfInterest = (_run: RunId): boolean => true;
  await replayExactly({ tape: partition, controls: tape.controls, sandbox: newSandbox({ ...tape, engine: engineOf(engine) }), isCompared: isOfInterest, onDivergence: () => undefined, onOutcome: (each) => found.push(each), only: new Set(['executor'] as const) });
  return found;
};

/** Plays one partition of a tape with the network shut. */
export const playPartition = (tape: Tape, partition: PartitionTape, { engine, candidate, isInForce = () => true, ...options }: PlayWith): Promise<Played> =>
  withoutNetwork(async () => {
    const outcomes = await outcomesIn(tape, partition, engine);
    const asItWas = (time: Instant): ReturnType<ControlTimeline['atTime']> => tape.controls.atTime(time);
    const tried = candidate ? underCandidate(tape.controls, candidate) : asItWas;
    const controlsAt = (time: Instant): ReturnType<ControlTimeline['atTime']> => (isInForce() ? tried(time) : asItWas(time));
    return play({ ...options, tape: partition, sandbox: newSandbox({ ...tape, engine: engineOf(engine) }), controlsAt, outcomes });
  });
