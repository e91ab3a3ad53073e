import { topicOf, type Cause } from '@countersign/contracts';
import type { RecordIndex } from './record-index.js';

/** What became of the causes that an event names; of those before or behind what the archive has, or that it cannot read, nothing is said. */
export interface HeldCauses {
  /** How many are what the event says. */
  readonly right: number;
  /** Of each that is not. */
  readonly faults: readonly string[];
}

/** Holds what an event of a partition names as its causes against the records that are there. */
export const holdCauses = async (index: Pick<RecordIndex, 'hashOf' | 'covers'>, partition: number, causes: readonly Cause[]): Promise<HeldCauses> => {
  const faults: string[] = [];
  let right = 0;
  for (const cause of causes) {
    if (topicOf(cause.topic) === undefined) continue;
    const place = { topic: cause.topic, partition: cause.partition ?? partition };
    const hash = await index.hashOf(place, cause.offset);
    if (hash === cause.sha256) right += 1;
    else if (hash === undefined && (await index.covers(place, cause.offset))) faults.push(`its cause at \`${cause.topic}/${cause.offset}\` is not there`);
    else if (hash !== undefined && hash !== 'unknown') faults.push(`its cause at \`${cause.topic}/${cause.offset}\` is not what it was`);
  }
  return { right, faults };
};
