import type { Instant, JsonObject } from '@countersign/kernel';
import type { PeriodsOf } from '../budget/periods.js';
import type { DocumentFault, Pinned } from '../config/document.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { ControlState } from '../control/control-state.js';
import type { Verdict } from './verdict.js';

/** What policy may know apart from its state and the engine. */
export interface QuestionContext {
  readonly now: Instant;
  readonly controls: ControlState;
  /** Faults of arguments against the schema of a tool; empty where there are none. Pure. */
  readonly argumentFaults: (tool: Pinned<ToolContract>, args: JsonObject) => readonly DocumentFault[];
  readonly periodsOf: PeriodsOf;
}

export interface DecisionContext extends QuestionContext {
  /** The engine's answer to the question of the consideration; absent where there was none, and where the engine failed: that denies. */
  readonly verdict?: Verdict;
}
