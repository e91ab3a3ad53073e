import { authorsFor, dependenciesOf, toolNamed, voiceFault, type AgentContract, type Asked, type ControlState, type DocumentFault, type Pinned, type Playbook, type PlaybookStep, type StepState } from '@countersign/domain';
import type { MicroUsd, Principal, StepId } from '@countersign/kernel';
import type { CompiledSet } from '@countersign/policy-engines';
import { writtenArgumentFaults } from '@countersign/tools';
import { previewArguments, previewCondition, type PreviewedArgument } from './known-values.js';
import { previewRequest, type PreviewedRun } from './preview-request.js';
import { previewVerdict, type PreviewedVerdict } from './preview-verdict.js';

/** What would become of a step. */
export type StepFate =
  | { readonly kind: 'verdict'; readonly verdict: PreviewedVerdict }
  | { readonly kind: 'invalid'; readonly code: string; readonly message: string; readonly faults: readonly DocumentFault[] }
  | { readonly kind: 'skipped' }
  /** A step that it waits for ends the run. */
  | { readonly kind: 'not-reached'; readonly because: StepId };

export interface StepPreview {
  readonly step: StepId;
  readonly tool: string;
  readonly effect: 'read' | 'write' | undefined;
  readonly after: readonly StepId[];
  /** Its condition depends on a step that has not run: it may be skipped. */
  readonly conditional: boolean;
  readonly args: ReadonlyMap<string, PreviewedArgument>;
  readonly fate: StepFate;
  /** People who could answer, where people would be asked. */
  readonly people: readonly { readonly subject: string; readonly name: string }[];
  /** What the tool costs; nothing for a step that is not done. */
  readonly cost: MicroUsd;
}

export interface PreviewInput extends PreviewedRun {
  readonly playbook: Playbook;
  readonly set: CompiledSet;
}

const NOTHING = 0 as MicroUsd;

/** Why the planner would not even propose a step; the order is the planner's. */
const planFault = (step: PlaybookStep, contract: AgentContract, controls: ControlState, proposedSoFar: number): Extract<StepFate, { kind: 'invalid' }> | undefined => {
  const invalid = (code: string, message: string): Extract<StepFate, { kind: 'invalid' }> => ({ kind: 'invalid', code, message, faults: [] });
  const tool = toolNamed(controls, step.tool);
  if (!tool) return invalid('tool.unknown', `no tool \`${step.tool}\` is in force`);
  if (!contract.tools[tool.document.effect].includes(step.tool)) return invalid('tool.not-in-contract', `contract \`${contract.id}\` does not list \`${step.tool}\` under \`${tool.document.effect}\``);
  return proposedSoFar >= contract.budgets.run.steps ? invalid('steps.exceeded', `a run of contract \`${contract.id}\` has at most ${contract.budgets.run.steps} steps`) : undefined;
};

const isStopped = ({ fate }: StepPreview): boolean => fate.kind === 'invalid' || fate.kind === 'not-reached' || (fate.kind === 'verdict' && fate.verdict.effect === 'deny');

/** Goes through the playbook as the planner does, with what is known before anything has run. Does nothing. */
export const previewSteps = (given: PreviewInput): readonly StepPreview[] => {
  const { contract, playbook, controls } = given;
  const steps = new Map<StepId, StepState>();
  const previews: StepPreview[] = [];
  const effectOf = (tool: string): 'read' | 'write' => toolNamed(controls, tool)?.document.effect ?? 'write';
  for (const [index, step] of playbook.steps.entries()) {
    const after = [...dependenciesOf(playbook, index, effectOf)];
    const sources = { input: given.input, steps };
    const condition = step.when ? previewCondition(step.when, step, sources) : true;
    const { shown, known, faults } = previewArguments(step, sources);
    const tool = toolNamed(controls, step.tool);
    const about = { step: step.id, tool: step.tool, effect: tool?.document.effect, after, conditional: condition === undefined, args: shown };
    const add = (fate: StepFate, rest: Partial<Pick<StepPreview, 'people' | 'cost'>> = {}): void => void previews.push({ ...about, fate, people: [], cost: NOTHING, ...rest });
    if (condition === false) {
      steps.set(step.id, { status: 'ended', outcome: 'skipped' });
      add({ kind: 'skipped' });
      continue;
    }
    // After a step that breaks a schema nothing is proposed at all; after a denial nothing that waits for it.
    const stopped = previews.find((other) => isStopped(other) && (after.includes(other.step) || other.fate.kind === 'invalid'));
    if (stopped) {
      add({ kind: 'not-reached', because: stopped.fate.kind === 'not-reached' ? stopped.fate.because : stopped.step });
      continue;
    }
    const fault = planFault(step, contract.document, controls, previews.filter(({ fate }) => fate.kind === 'verdict').length);
    if (fault || !tool) {
      if (fault) add(fault);
      continue;
    }
    const unknown = [...shown].flatMap(([name, argument]) => ('from' in argument ? [name] : []));
    const broken = [...faults, ...writtenArgumentFaults(tool, known).filter(({ pointer }) => unknown.length === 0 || (pointer !== '' && !unknown.includes(pointer.split('/')[1] ?? '')))];
    if (broken.length > 0) {
      add({ kind: 'invalid', code: 'args.invalid', message: 'the arguments break the schema of the tool', faults: broken });
      continue;
    }
    const request = previewRequest(given, tool, known);
    if (!request) continue;
    const verdict = previewVerdict(given.set, { request, tool, args: known, unknown });
    add({ kind: 'verdict', verdict }, { people: peopleFor(verdict, given), cost: verdict.effect === 'deny' ? NOTHING : tool.document.cost });
  }
  return previews;
};

const peopleFor = (verdict: PreviewedVerdict, { controls, tenant, contract, subject, agent }: PreviewInput): StepPreview['people'] => {
  if (verdict.effect !== 'ask') return [];
  const asked: Asked = { tier: verdict.tier, roles: verdict.roles, sub: subject as Principal, act: agent as Principal, authors: authorsFor(controls, tenant, contract.document.workflow) };
  return (controls.active?.approvers?.document.people ?? []).filter((voter) => !voiceFault(asked, { voter })).map(({ subject: person, name }) => ({ subject: person, name }));
};

/** The playbook that runs of a contract follow now. */
export const playbookOf = (contract: Pinned<AgentContract>, controls: ControlState): Playbook | undefined => controls.active?.playbooks.get(contract.document.playbook)?.document;

