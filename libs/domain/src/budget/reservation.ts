import type { Action, Amounts } from '@countersign/contracts';
import { atPointer, canonicalJson, deterministicId, type Json } from '@countersign/kernel';
import type { ToolContract } from '../config/tool-contract.js';

/** What of a tool's contract says how much a call takes. */
export type Charged = Pick<ToolContract, 'cost' | 'effect' | 'records' | 'attempts'>;

/** `undefined` where the tool counts records by an argument that the call does not have. */
const recordsOf = ({ effect, records }: Charged, args: Json): number | undefined => {
  if (records === undefined) return effect === 'write' ? 1 : 0;
  const value = atPointer(args, records);
  if (Array.isArray(value)) return value.length;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
};

/**
 * The most that an action can use. It is charged once, if it is done, however often it is tried: a repeat is the same action. `undefined`
 * where nobody can say.
 */
export const reservationOf = ({ args }: Pick<Action, 'args'>, tool: Charged): Amounts | undefined => {
  const records = recordsOf(tool, args);
  return records === undefined ? undefined : { microUsd: tool.cost, toolCalls: 1, writes: tool.effect === 'write' ? 1 : 0, records, retries: tool.attempts - 1 };
};

/** Equal for calls that ask for the same: neither step nor key is in it. */
export const callKey = ({ tool, args }: Pick<Action, 'tool' | 'args'>): string => deterministicId(tool, canonicalJson(args));
