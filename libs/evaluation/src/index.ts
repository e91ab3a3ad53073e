export { controlsOf } from './controls-of.js';
export { Evaluator } from './evaluator.js';
export type { EvaluatorParts } from './evaluator.js';
export { readCall } from './recorded-call.js';
export type { CallReading, RecordedCall, RecordedStep } from './recorded-call.js';
export { requestOf } from './request-of.js';
export type { Circumstances } from './request-of.js';
