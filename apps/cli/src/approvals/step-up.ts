import { STEP_UP_TIER, toolByHash, type ControlState, type ToolContract } from '@countersign/domain';
import { atPointer, CountersignError, isSealed, type Json, type JsonObject } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { ApprovalView } from '../ledger/shapes.js';
import { oneLine } from '../terminal/safe-text.js';

/** `1249.00`; what rules speak of as an amount, by the tool's contract. */
const amountOf = ({ attributes }: ToolContract, args: JsonObject): string | undefined => {
  const [amount] = Object.values(attributes).flatMap(({ arg, unit }) => {
    const value = atPointer(args, arg);
    if (unit === 'usd-cents') return typeof value === 'number' ? [(value / 100).toFixed(2)] : [];
    return unit === 'usd' && (typeof value === 'number' || typeof value === 'string') ? [String(value)] : [];
  });
  return amount;
};

/** What the contract says, else where it goes, else what it touches or the task has to name, else the first text that the tool needs. */
const targetOf = ({ stepUp, destinations, fromTask, resources, args: schema }: ToolContract, args: JsonObject): string | undefined => {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const pointers = [...(stepUp === undefined ? [] : [stepUp]), ...destinations.map(({ arg }) => arg), ...Object.values(resources), ...fromTask, ...required.map((name) => `/${String(name)}`)];
  return pointers.map((pointer) => atPointer(args, pointer)).find((value: Json | undefined): value is string => typeof value === 'string' && value !== '' && !isSealed(value));
};

/** What a person types to show that exactly this is meant: the amount and the target; the tool's name where it has neither. */
export const stepUpWord = ({ action }: Pick<ApprovalView, 'action'>, controls: ControlState): string => {
  const tool = toolByHash(controls, action.toolContractHash)?.document;
  const parts = tool ? [amountOf(tool, action.args), targetOf(tool, action.args)].filter((part) => part !== undefined) : [];
  return oneLine(parts.length > 0 ? parts.join(' ') : action.tool);
};

/** Whether a yes takes more than a yes: from tier 4 on, and for what nothing takes back. */
export const needsStepUp = ({ tier, irreversible }: Pick<ApprovalView, 'tier' | 'irreversible'>): boolean => tier >= STEP_UP_TIER || irreversible === true;

/** Whether the person has typed it: beforehand with `--typed`, or now. `--yes` alone is not enough. Throws `USAGE`. */
export const requireStepUp = async (context: CommandContext, word: string, typed: string | undefined): Promise<boolean> => {
  if (typed !== undefined) {
    if (typed.trim() === word) return true;
    throw new CountersignError('USAGE', `what you typed is not \`${word}\`, and nothing was signed`, { hint: 'amount and target, as the card shows them' });
  }
  if (!context.interactive) throw new CountersignError('USAGE', 'this takes amount and target to be typed, so nothing was signed', { hint: `run it on a terminal, or give it as \`--typed "${word}"\`` });
  if (await context.confirm(`this takes a step-up: type \`${word}\` to approve exactly this`, word)) return true;
  context.terminal.message('nothing was done');
  return false;
};
