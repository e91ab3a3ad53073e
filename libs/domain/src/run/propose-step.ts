import type { Action, ActionProposedV1, MissingField, ProposalRejectedV1 } from '@countersign/contracts';
import { idempotencyKeyOf, jsonBytes, pointerPart, timestamp, type Json, type JsonObject, type StepId } from '@countersign/kernel';
import { actionHashOf } from '../action-hash.js';
import type { AgentContract } from '../config/agent-contract.js';
import type { DocumentFault, Pinned } from '../config/document.js';
import type { PlaybookStep } from '../config/playbook.js';
import { schemaAt } from '../config/schema-types.js';
import type { ToolContract } from '../config/tool-contract.js';
import { toolNamed } from '../control/lookups.js';
import type { Output } from '../output.js';
import { cut, ROOM_FOR_PROPOSAL } from '../room.js';
import type { PlanContext } from './plan-context.js';
import type { RejectionCode } from './rejection.js';
import type { RunState, StepState } from './run-state.js';
import { absentFields, valueOf, type Sources } from './value-source.js';

/** `bytes`: how many the proposal takes. */
export type Proposal = { readonly proposed: ActionProposedV1; readonly bytes: number } | { readonly rejected: ProposalRejectedV1 };

export interface StepToPropose {
  readonly run: Omit<RunState, 'newest'>;
  readonly contract: AgentContract;
  readonly step: PlaybookStep;
  readonly after: ReadonlySet<StepId>;
  readonly steps: ReadonlyMap<StepId, StepState>;
  /** Actions that the run has proposed so far. */
  readonly proposedSoFar: number;
}

/** What the planner says of a step whose time has come. */
export const proposeStep = (given: StepToPropose, context: PlanContext): Proposal => {
  const { run, contract, step, steps } = given;
  const tool = toolNamed(context.controls, step.tool);
  if (!tool) return rejected(step, 'tool.unknown', `no tool \`${step.tool}\` is in force`);
  const { effect } = tool.document;
  if (!contract.tools[effect].includes(step.tool)) {
    return contract.tools.read.includes(step.tool) || contract.tools.write.includes(step.tool)
      ? rejected(step, 'tool.effect-differs', `contract \`${contract.id}\` does not list \`${step.tool}\` under \`${effect}\``)
      : rejected(step, 'tool.not-in-contract', `contract \`${contract.id}\` does not list \`${step.tool}\``);
  }
  if (given.proposedSoFar >= contract.budgets.run.steps) {
    return rejected(step, 'steps.exceeded', `a run of contract \`${contract.id}\` has at most ${contract.budgets.run.steps} steps`);
  }
  const sources = { input: run.input, steps, given: run.given };
  const { args, faults } = argumentsOf(step, sources);
  const found = faults.length > 0 ? faults : context.argumentFaults(tool, args);
  if (found.length > 0) {
    const missing = contract.escalation?.reasons.includes('data.missing') ? missingOf(step, tool.document, sources) : [];
    const explained = new Set(missing.map(({ name }) => `/${pointerPart(name)}`));
    if (missing.length > 0 && found.every(({ pointer }) => explained.has(pointer))) return rejected(step, 'data.missing', `${missing.map(({ name }) => `\`${name}\``).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`, found, missing);
    return rejected(step, 'args.invalid', 'the arguments break the schema of the tool', found);
  }
  const action = actionOf(run, step, tool, args);
  const proposed: ActionProposedV1 = {
    action,
    actionHash: actionHashOf(action),
    effect,
    after: [...given.after].toSorted(),
    agent: run.agent,
    subject: run.subject,
    contractHash: run.contract.hash,
    runDeadline: timestamp(run.deadline),
  };
  const bytes = jsonBytes(proposed);
  if (bytes > ROOM_FOR_PROPOSAL) return rejected(step, 'args.too-large', `with its arguments the action has ${bytes} bytes, and ${ROOM_FOR_PROPOSAL} can be proposed`);
  return { proposed, bytes };
};

/** What is written of it. */
export const proposalOutput = (place: Required<Pick<Output, 'tenant' | 'workflow' | 'run'>>, step: StepId, proposal: Proposal): Output =>
  'proposed' in proposal ? { type: 'countersign.action.proposed', ...place, step, data: proposal.proposed } : { type: 'countersign.proposal.rejected', ...place, step, data: proposal.rejected };

/** Arguments of a step; what is not there is left out, and the schema of the tool says whether it may be. */
export const argumentsOf = (step: PlaybookStep, sources: Sources): { readonly args: JsonObject; readonly faults: readonly DocumentFault[] } => {
  const args: Record<string, Json> = {};
  const faults: DocumentFault[] = [];
  for (const [name, source] of Object.entries(step.args)) {
    const found = valueOf(source, sources);
    if ('value' in found) args[name] = found.value;
    else if ('fault' in found) faults.push({ pointer: `/${pointerPart(name)}`, message: found.fault });
  }
  return { args, faults };
};

/** Required arguments, and pieces of texts, that neither the task nor a result gives: what a person could. */
const missingOf = (step: PlaybookStep, { args: schema }: ToolContract, sources: Sources): readonly MissingField[] => {
  const { required } = schema;
  const found = new Map<string, MissingField>();
  for (const [name, source] of Object.entries(step.args)) {
    const isNeeded = source.from === 'template' || (Array.isArray(required) && required.includes(name));
    const place = schemaAt(schema, `/${pointerPart(name)}`);
    const types = source.from === 'template' || place.closed ? [] : [...(place.types ?? [])];
    if (isNeeded) for (const field of absentFields(source, sources)) if (!found.has(field)) found.set(field, { name, field, types });
  }
  return [...found.values()];
};

const actionOf = (run: StepToPropose['run'], step: PlaybookStep, tool: Pinned<ToolContract>, args: JsonObject): Action => ({
  tenant: run.tenant,
  workflow: run.workflow,
  run: run.run,
  step: step.id,
  tool: step.tool,
  toolContractHash: tool.hash,
  args,
  destination: tool.document.connection,
  idempotencyKey: idempotencyKeyOf(run.tenant, run.run, step.id),
  dryRun: false,
});

/** A broken document can have thousands of faults with keys of any length; the first ones say enough, and fit into an event. */
const FAULTS_TOLD = 20;
const LONGEST_PLACE = 160;

const rejected = (step: PlaybookStep, code: RejectionCode, message: string, faults: readonly DocumentFault[] = [], missing: readonly MissingField[] = []): Proposal => ({
  rejected: {
    tool: step.tool,
    code,
    message,
    faults: faults.slice(0, FAULTS_TOLD).map(({ pointer, message: text }) => ({ pointer: cut(pointer, LONGEST_PLACE), message: cut(text, LONGEST_PLACE) })),
    ...(missing.length > 0 && { missing: [...missing] }),
  },
});
