export type { LogFields } from './log-fields.js';
export { createLogger, silentLogger } from './logger.js';
export type { Logger } from './logger.js';
export { histogram, publishCounters, TOOL_DURATION } from './metrics.js';
export { inToolSpan } from './spans.js';
export { startTelemetry } from './start-telemetry.js';
export { formatTraceparent, parseTraceparent } from './traceparent.js';
