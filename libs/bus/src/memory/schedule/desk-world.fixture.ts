import { newEvent, orderingKey, type Owner } from '@countersign/contracts';
import type { AgentContract, ControlState, Playbook, ToolContract } from '@countersign/domain';
import { hours, idempotencyKeyOf, runIdOf, seconds, timestamp, type RunId, type Workflow } from '@countersign/kernel';
import { LABEL, ONCE, ONCE_UNSEEN } from '@countersign/testing/executor-world';
import { ACME, CONTRACT, controlsWith, hashOfDocument, PLAYBOOK, REFUND, REFUND_STEP, UPSTREAM } from '@countersign/testing/refund-desk';
import type { MemoryProcess } from '../memory-process.js';
import { BusWorld, type AnyStep } from './bus-world.fixture.js';
import { executorStep, plannerStep, policyStep } from './desk-steps.fixture.js';
import { FaultyTool } from './faulty-tool.fixture.js';

/** What is called, and whether it does a thing once however often it is asked under one key. */
export interface DeskTool {
  readonly contract: ToolContract;
  readonly honoursKeys: boolean;
}

const KEYED: ToolContract = { ...REFUND, attempts: 5, concurrency: 4 };
/** Two that honour keys, one of them at a rate; two that do not, one of which cannot be looked at. */
export const DESK_TOOLS: readonly DeskTool[] = [
  { contract: KEYED, honoursKeys: true },
  { contract: { ...KEYED, id: 'payments.rated', rate: { calls: 4, per: seconds(1) } }, honoursKeys: true },
  { contract: ONCE, honoursKeys: false },
  { contract: ONCE_UNSEEN, honoursKeys: false },
];
/** Its contract says that twice is once, and it is not. */
export const LYING: readonly DeskTool[] = [{ contract: { ...LABEL, attempts: 5 }, honoursKeys: false }];

export interface HandedTask {
  readonly task: string;
  readonly run: RunId;
  readonly key: string;
}

interface Desk {
  readonly workflow: Workflow;
  readonly contract: AgentContract;
  readonly playbook: Playbook;
  readonly tool: DeskTool;
}

const deskOf = (tool: DeskTool, nth: number): Desk => {
  const id = `desk-${nth}`;
  const contract = { ...CONTRACT, id, accepts: [`refund.${id}`], workflow: id as Workflow, playbook: id, tools: { read: [], write: [tool.contract.id] }, timeouts: { run: hours(1) } };
  return { workflow: id as Workflow, contract, playbook: { ...PLAYBOOK, id, steps: [{ ...REFUND_STEP, tool: tool.contract.id }] }, tool };
};

/** The services' own cores, and a tool that fails in every way. */
export class DeskWorld extends BusWorld {
  readonly tool: FaultyTool;
  readonly handed: HandedTask[] = [];
  private readonly desks: readonly Desk[];
  private readonly inForce: ControlState;

  constructor(seed: number, tools: readonly DeskTool[] = DESK_TOOLS) {
    super(seed);
    this.tool = new FaultyTool(this.time);
    // Two workflows for each tool, so that tools are called from more than one partition.
    this.desks = [...tools, ...tools].map(deskOf);
    this.inForce = controlsWith({ contracts: this.desks.map(({ contract }) => contract), playbooks: this.desks.map(({ playbook }) => playbook), tools: tools.map(({ contract }) => contract) });
  }

  /** Hands in a refund, once or twice. */
  submit(twice: boolean): void {
    const desk = this.pick(this.desks);
    if (!desk) return;
    const { workflow, contract } = desk;
    const task = `task-${this.handed.length}`;
    const run = runIdOf(ACME, workflow, '/desk', task);
    this.handed.push({ task, run, key: idempotencyKeyOf(ACME, run, 'refund') });
    const now = this.time.now();
    const { id, version } = contract;
    const data = { task, source: '/desk', upstreamType: `refund.${workflow}`, upstreamTime: timestamp(now), subject: UPSTREAM, input: { charge: `ch_${task}`, amount_cents: 1_200 }, extensions: {}, contract: { id, version, hash: hashOfDocument(contract) } };
    const trigger = { id: task, topic: 'inbox.acme', partition: 0, offset: this.handed.length, sha256: '0'.repeat(64) };
    this.hand(newEvent({ service: 'gateway', type: 'countersign.task.submitted', trigger, tenant: ACME, workflow, run, now, data }), orderingKey(ACME, workflow), twice);
  }

  protected stepOf(service: Owner, process: MemoryProcess): AnyStep {
    if (service === 'planner') return plannerStep(this.inForce);
    if (service === 'policy') return policyStep(this.inForce);
    const honours = new Map(this.desks.map(({ tool }) => [tool.contract.id, tool.honoursKeys]));
    return executorStep(this.inForce, { tool: this.tool, honoursKeys: (tool) => honours.get(tool) ?? false, log: this.cluster.log }, process);
  }
}
