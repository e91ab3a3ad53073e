export { controlsOf } from './controls-of.js';
export { Evaluator } from './evaluator.js';
export { withOwnSeals } from './own-seals.js';
export { proposedCall } from './proposed-call.js';
export { readCall } from './recorded-call.js';
export type { RecordedCall, RecordedStep } from './recorded-call.js';
export { placeOf, recordedRun } from './recorded-run.js';
export { requestOf } from './request-of.js';
