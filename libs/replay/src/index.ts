export { bundlesOf, isWhole, wallTimeOf, type RunBundle } from './bundle.js';
export { replayExactly, type Compared, type Divergence, type ExactOptions, type TapedOutcome } from './exact.js';
export { firstDifference, type Difference } from './difference.js';
export { newSandbox, type Sandbox, type SandboxOptions } from './services.js';
export { ControlTimeline, partitionTapes, runOf, TAPED, taped, type PartitionTape, type Taped, type TapedTopic } from './tape.js';
export { underCandidate } from './candidate.js';
export { play, type Played, type PlayOptions, type TapeEnd } from './play.js';
export { coursesOf, endOf, type Course, type Decision } from './consequences.js';
