import { atOffset, tapedCauses, type RunBundle, type TapedCause } from '@countersign/replay';
import type { ArchivedTape } from './read-tape.js';

/** What the events of a run rest on, and the archive has not. */
export interface MissingCauses {
  /** Its log has gone on without it. */
  readonly lost: readonly TapedCause[];
  /** Its log has not come as far: logs are archived one by one. */
  readonly awaited: readonly TapedCause[];
}

/** A record that no service acts on is there all the same, and what is wrong with it is said elsewhere. */
export const missingCauses = ({ tapes, refused }: Pick<ArchivedTape, 'tapes' | 'refused'>, bundle: Pick<RunBundle, 'events' | 'partition'>): MissingCauses => {
  const topicsOf = new Map(tapes.map(({ partition, topics }) => [partition, topics]));
  const isRefused = ({ topic, partition, offset }: TapedCause): boolean => refused.some((each) => each.topic === topic && each.record.partition === partition && each.record.offset === offset);
  const onTape = ({ topic, partition }: TapedCause) => topicsOf.get(partition)?.[topic] ?? [];
  const missing = tapedCauses(bundle).filter((cause) => !atOffset(onTape(cause), cause.offset) && !isRefused(cause));
  const { lost = [], awaited = [] } = Object.groupBy(missing, (cause) => ((onTape(cause).at(-1)?.record.offset ?? -1) > cause.offset ? 'lost' : 'awaited'));
  return { lost, awaited };
};
