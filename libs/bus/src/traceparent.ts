import { HEADERS } from '@countersign/contracts';
import type { Received } from './step.js';

/** What is written because of an input belongs to its trace, unless telemetry opens a span of its own for it. */
export const traceparentOf = ({ record }: Received): string | undefined => record.headers[HEADERS.traceparent]?.toString();
