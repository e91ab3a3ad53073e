import { millis, seconds, type Millis } from '@countersign/kernel';
import { TILE_WIDTH } from '@countersign/tlog';

/** A checkpoint is due when a bundle is full: from then on its objects never change. */
export const DUE_ENTRIES = TILE_WIDTH;
/** No record waits longer for its checkpoint: what a disaster may lose of the archive is bounded by it. */
export const DUE_AFTER = seconds(30);
/** Whoever lost a decision or an approval would not know what may still be done, and whoever lost a control would let go on what somebody had stopped. */
export const DUE_SOON_AFTER = seconds(1);

const SOON: ReadonlySet<string> = new Set(['controls', 'decisions', 'approvals', 'anchor']);

/** How long records of a topic wait for a checkpoint at most; `most` is shorter where an installation asks for it. */
export const dueAfter = (topic: string, most: Millis = DUE_AFTER): Millis => millis(Math.min(most, SOON.has(topic) ? DUE_SOON_AFTER : DUE_AFTER));
