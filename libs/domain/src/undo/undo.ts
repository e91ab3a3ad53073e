import type { Action, RunOutcome, Undo, UndoHash } from '@countersign/contracts';
import { atPointer, canonicalJson, sha256, timestamp, type Instant, type Json, type JsonObject, type Millis, type Sha256, type StepId } from '@countersign/kernel';
import type { PlaybookStep } from '../config/playbook.js';
import type { ToolContract, UndoSource } from '../config/tool-contract.js';
import type { ControlState } from '../control/control-state.js';
import { contractFor, toolByHash } from '../control/lookups.js';
import { UNDO_PREFIX } from './constants.js';

/**
 * The step that undoes another. It is told by its id alone: that is in the hash of the action, so nobody who passes a decision on has to carry
 * what it undoes, and a step has one undoing with one idempotency key.
 */
export const undoStepOf = (step: StepId): StepId => `${UNDO_PREFIX}${step}` as StepId;

/** The step that a step undoes; `undefined` for one that undoes none. */
export const undoneStep = (step: StepId): StepId | undefined => (step.startsWith(UNDO_PREFIX) ? (step.slice(UNDO_PREFIX.length) as StepId) : undefined);

/** As a step that the planner proposes. */
export const undoing = (step: StepId, { tool, args }: Pick<Undo, 'tool' | 'args'>): PlaybookStep => ({
  id: undoStepOf(step),
  tool,
  args: Object.fromEntries(Object.entries(args).map(([name, value]) => [name, { from: 'value', value } as const])),
});

/** What undoes an action that was done, as its own tool contract says; the planner and policy each make it of the log. */
export const undoOf = ({ compensation, undoWindow }: ToolContract, args: JsonObject, result: JsonObject | undefined, now: Instant): Undo | undefined =>
  compensation && {
    tool: compensation.tool,
    args: Object.fromEntries(
      Object.entries(compensation.args).flatMap(([name, source]) => {
        const value = valueOf(source, args, result);
        return value === undefined ? [] : [[name, value] as const];
      }),
    ),
    ...(undoWindow !== undefined && { until: timestamp((now + undoWindow) as Instant) }),
  };

/** How long a person can have undone what an action does; `undefined` where nobody can: no call undoes it, the agent may not make that call, or it is an undoing itself. */
export const undoWindowOf = ({ tenant, workflow, step, toolContractHash }: Pick<Action, 'tenant' | 'workflow' | 'step' | 'toolContractHash'>, controls: ControlState): Millis | undefined => {
  const tool = toolByHash(controls, toolContractHash)?.document;
  const isListed = tool?.compensation && contractFor(controls, tenant, workflow)?.document.tools.write.includes(tool.compensation.tool);
  return isListed && undoneStep(step) === undefined ? tool.undoWindow : undefined;
};

const valueOf = (source: UndoSource, args: JsonObject, result: JsonObject | undefined): Json | undefined => {
  switch (source.from) {
    case 'arg':
      return atPointer(args, source.pointer);
    case 'result':
      return result && atPointer(result, source.pointer);
    case 'value':
      return source.value;
  }
};

/** Whether an undoing that ended so has changed nothing; where that is not known, a person has to look. */
export const isUntouched = (outcome: RunOutcome): boolean => outcome !== 'succeeded' && outcome !== 'unknown' && outcome !== 'unverified';

export const argsHashOf = (args: JsonObject): Sha256 => sha256(canonicalJson(args));

export const hashOfUndo = ({ tool, args, until }: Undo): UndoHash => ({ tool, argsHash: argsHashOf(args), ...(until !== undefined && { until }) });
