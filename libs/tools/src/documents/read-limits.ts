import { parseDuration } from '@countersign/kernel';
import type { DocumentFault, Limits } from '@countersign/domain';
import type { RawLimits } from './raw.js';
import { readUsd } from './read-usd.js';

export const readLimits = (raw: RawLimits, pointer: string, faults: DocumentFault[]): Limits => ({
  ...(raw.usd !== undefined && { usd: readUsd(raw.usd, `${pointer}/usd`, faults) }),
  ...(raw.tool_calls !== undefined && { toolCalls: raw.tool_calls }),
  ...(raw.writes !== undefined && { writes: raw.writes }),
  ...(raw.records !== undefined && { records: raw.records }),
  ...(raw.retries !== undefined && { retries: raw.retries }),
  ...(raw.steps !== undefined && { steps: raw.steps }),
  ...(raw.wall_clock !== undefined && { wallClock: parseDuration(raw.wall_clock) }),
});
