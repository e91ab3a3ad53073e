import type { Event } from '@countersign/contracts';
import { timestamp, type Instant, type MicroUsd } from '@countersign/kernel';
import { contractFor } from '../control/lookups.js';
import type { Output } from '../output.js';
import { UNDO_SOURCE } from '../undo/constants.js';
import { undoing, undoStepOf } from '../undo/undo.js';
import { closeRun } from './close-run.js';
import { agentPrincipal, type PlanContext } from './plan-context.js';
import { proposalOutput, proposeStep } from './propose-step.js';
import { failureOf } from './rejection.js';
import type { PlannerState, RunFailure, RunState } from './run-state.js';

/**
 * A person has ordered an action undone, and the gateway has checked that: a run of its own does it, on behalf of that person, under the
 * contract that is in force now. What it calls was made of the log when the action was done; the order says only which.
 */
export const startUndo = ({ id: order, tenant, workflow, run: id, data }: Event<'countersign.undo.ordered'>, state: PlannerState, context: PlanContext): readonly Output[] => {
  if (tenant === undefined || workflow === undefined || id === undefined || state.runs.has(id) || state.seen.has(id, context.now)) return [];
  const contract = contractFor(context.controls, tenant, workflow);
  // Whoever orders without a contract in force learns nothing: there is nobody to act for.
  if (!contract) return [];
  const { undoes, by } = data;
  const undoable = state.undoable.get(undoes, context.now);
  const run: Omit<RunState, 'newest'> = {
    run: id,
    tenant,
    workflow,
    task: `${undoes.run}/${undoes.step}`,
    source: UNDO_SOURCE,
    contract: { id: contract.id, version: contract.version, hash: contract.hash },
    agent: agentPrincipal({ tenant, workflow }, contract.id, context),
    subject: by,
    input: {},
    undoes,
    deadline: (context.now + contract.document.timeouts.run) as Instant,
    steps: new Map(),
    sideEffects: [],
    given: {},
    cleared: new Set(),
    ids: new Set([order]),
    used: 0 as MicroUsd,
  };
  const { task, source, agent, subject, input } = run;
  const place = { tenant, workflow, run: id };
  const started: Output = { type: 'countersign.run.started', ...place, data: { task, source, contract: run.contract, agent, subject, input, undoes, deadline: timestamp(run.deadline) } };
  const end = (failure: RunFailure): Output => closeRun(run, failure, {}, context);
  if (!undoable) return [started, end({ outcome: 'denied', reason: NOT_UNDOABLE })];
  const step = undoStepOf(undoes.step);
  const proposal = proposeStep({ run, contract: contract.document, step: undoing(undoes.step, undoable), after: new Set(), steps: run.steps, proposedSoFar: 0 }, context);
  const said = [started, proposalOutput(place, step, proposal)];
  return 'proposed' in proposal ? said : [...said, end(failureOf(proposal.rejected, step))];
};

const NOT_UNDOABLE = 'undo.not-possible: its run is not over, its time for that is, it was undone already, or nothing undoes it';
