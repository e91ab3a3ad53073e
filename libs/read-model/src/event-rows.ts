import type { JsonObject } from '@countersign/kernel';
import type { EventRow } from './tables.js';
import type { EventView } from './views.js';

export const eventView = (row: EventRow): EventView => ({
  topic: row.topic,
  partition: row.partition,
  offset: row.offset,
  id: row.id,
  type: row.type,
  tenant: row.tenant,
  workflow: row.workflow,
  run: row.run,
  step: row.step,
  time: row.time,
  recordedAt: row.recorded_at,
  sha256: row.sha256,
  // Only what was decoded before is kept.
  event: row.event === null ? null : (JSON.parse(row.event) as JsonObject),
});
