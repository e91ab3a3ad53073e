import { IsIn } from 'class-validator';
import { IsCount, Optional } from '../values/decorators.js';
import { OfStop } from '../values/stop.js';
import { MODES, type Mode } from '../values/vocabulary.js';
import { defineEvent } from '../define-event.js';

/** How what is in the scope works from now on. Several modes can cover one action: the strictest holds. A run in `safe` is paused. */
export class ModeChangedV1 extends OfStop {
  @IsIn(MODES) mode!: Mode;
  /** Offset of the `mode.changed` that it loosens: only then it can, and only with the quorum's signatures. Without it the mode has to be stricter than the one that stands. */
  @Optional() @IsCount() lifts?: number;
  /** Milliseconds between two queued actions that are decided again, in each partition; absent: as fast as it goes. Counts only with `lifts`. */
  @Optional() @IsCount(1) everyMs?: number;
  /** What had queued for longer than this at the time of the control is not decided again, but dropped. Absent: nothing is. Counts only with `lifts`. */
  @Optional() @IsCount(1) maxAgeMs?: number;
}

export const modeChangedV1 = defineEvent({
  type: 'countersign.mode.changed',
  version: 1,
  topic: 'controls',
  dataClass: ModeChangedV1,
  sample: { scope: 'all', value: '', mode: 'normal', reason: 'the incident is over', lifts: 58, everyMs: 400, maxAgeMs: 3_600_000 },
});
