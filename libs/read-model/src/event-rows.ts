import type { JsonObject } from '@countersign/kernel';
import type { EventRow } from './tables.js';
import type { EventView } from './views.js';

export const eventView = ({ topic, partition, offset, recorded_at, sha256, event }: EventRow): EventView => ({
  topic,
  partition,
  offset,
  recordedAt: recorded_at,
  sha256,
  // Only what was decoded before is kept.
  ...(event === null ? {} : { event: JSON.parse(event) as JsonObject }),
});
