import type { Instant } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';
import type { ExecutionContext } from './execution-context.js';
import type { ExecutionState } from './execution-state.js';

/** When a call that could go out at `at` has its turn by the rate of its tool. */
export const turnAt = ({ id, rate }: ToolContract, { turns }: ExecutionState, at: Instant): Instant => (rate ? (Math.max(at, turns.get(id) ?? 0) as Instant) : at);

/** When the next call may go out behind one at `startsAt`; `undefined` for a tool without a rate. */
export const turnAfter = ({ rate }: ToolContract, startsAt: Instant, { partitions }: Pick<ExecutionContext, 'partitions'>): Instant | undefined =>
  rate && ((startsAt + Math.ceil((rate.per * partitions) / rate.calls)) as Instant);
