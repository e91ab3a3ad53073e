import { newEvent, type Event } from '@countersign/contracts';
import {
  actionHashOf,
  contractFor,
  decideAction,
  evolveDecisions,
  initialDecisions,
  observeResult,
  toolNamed,
  type AgentContract,
  type ControlState,
  type DecisionState,
  type DocumentFault,
  type Output,
  type Pinned,
  type ToolContract,
  type Vote,
} from '@countersign/domain';
import { agentPrincipal, humanPrincipal, upstreamPrincipal } from '@countersign/identity';
import { idempotencyKeyOf, nearest, parseTimestamp, runIdOf, timestamp, type Instant, type JsonObject, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { argumentFaults, inputFaults } from '@countersign/tools';
import { USUAL_TIME, type Call } from './call.js';

/** A call as policy would meet it: a proposal in a run whose task it has seen. */
export interface Scenario {
  readonly proposal: Event<'countersign.action.proposed'>;
  /** What policy knows then. */
  readonly state: DecisionState;
  readonly now: Instant;
  readonly votes: readonly Vote[];
}

type Staged = { readonly scenario: Scenario } | { readonly faults: readonly DocumentFault[] };

const SOURCE = '/policy';
const STEP = 'call' as StepId;

const suggestion = (name: string, known: readonly string[]): string => {
  const near = nearest(name, known);
  return near === undefined ? '' : `, did you mean \`${near}\`?`;
};

interface Cast {
  readonly contract: Pinned<AgentContract>;
  readonly tenant: Tenant;
}

/** Which agent calls. */
const castOf = ({ tenant, workflow, tool }: Call, controls: ControlState): Cast | DocumentFault => {
  const contracts = controls.active?.contracts ?? [];
  if (tenant !== undefined && workflow !== undefined) {
    const contract = contractFor(controls, tenant, workflow);
    if (contract) return { contract, tenant: tenant as Tenant };
    const workflows = contracts.filter(({ document }) => document.tenants.some((each) => each === tenant)).map(({ document }) => document.workflow);
    return { pointer: '/workflow', message: `no agent contract covers workflow \`${workflow}\` of tenant \`${tenant}\`${suggestion(workflow, workflows)}` };
  }
  const fits = contracts.filter(({ document }) => (workflow === undefined ? [...document.tools.read, ...document.tools.write].includes(tool) : document.workflow === workflow));
  const cast = fits.flatMap((contract) => contract.document.tenants.filter((each) => tenant === undefined || each === tenant).map((each) => ({ contract, tenant: each })));
  const [only, second] = cast;
  if (only && !second) return only;
  const missing = tenant === undefined ? 'tenant' : 'workflow';
  return { pointer: `/${missing}`, message: `\`${missing}\` has to be stated: ${only ? 'several agents' : 'no agent'} may be meant` };
};

const isFault = (cast: Cast | DocumentFault): cast is DocumentFault => 'pointer' in cast;

/** Policy's own events, folded in: what it would have known. */
const written = (state: DecisionState, outputs: readonly Output[], now: Instant): void => {
  for (const output of outputs) evolveDecisions(state, newEvent({ ...output, service: 'policy', now }) as Event);
};

const taskFaults = ({ task }: Call, contract: Pinned<AgentContract>): readonly DocumentFault[] =>
  task === undefined ? [] : inputFaults(contract, task).map(({ pointer, message }) => ({ pointer: `/task${pointer}`, message }));

const toolFault = (name: string, pointer: string, controls: ControlState): readonly DocumentFault[] =>
  toolNamed(controls, name) ? [] : [{ pointer, message: `there is no tool \`${name}\`${suggestion(name, [...(controls.active?.tools.keys() ?? [])])}` }];

/**
 * Sets the scene of a call: the task is admitted, and what happened is observed, by the functions that policy has for it. What cannot be
 * meant (a tool that is not there, a task that the gateway would refuse) is a fault with its place in the call; what policy would deny is not.
 */
export const stage = (call: Call, controls: ControlState, trustDomain?: string): Staged => {
  const cast = castOf(call, controls);
  const now = parseTimestamp(call.at ?? USUAL_TIME);
  const tool = toolNamed(controls, call.tool);
  const history = call.history ?? [];
  const faults = [
    ...(isFault(cast) ? [cast] : taskFaults(call, cast.contract)),
    ...(now === undefined ? [{ pointer: '/at', message: 'is no time such as `2026-01-02T03:04:05Z`' }] : []),
    ...toolFault(call.tool, '/tool', controls),
    ...history.flatMap((each, index) => toolFault(each.tool, `/history/${index}/tool`, controls)),
  ];
  if (faults.length > 0 || isFault(cast) || now === undefined || !tool) return { faults };
  const { contract, tenant } = cast;
  const { workflow } = contract.document;
  const place = { tenant, workflow, run: runIdOf(tenant, workflow, SOURCE, STEP), now };
  const subject = upstreamPrincipal(tenant, trustDomain);
  const state = initialDecisions();
  const task = newEvent({ ...place, service: 'gateway', type: 'countersign.task.submitted', data: taskData(call.task ?? {}, contract, subject, now) });
  written(state, decideAction(task, undefined, state, { now, controls, argumentFaults }), now);
  for (const { tool: name, result } of history) {
    const observed = toolNamed(controls, name);
    if (observed) written(state, observeResult({ ...place, step: STEP }, { jti: STEP, actionHash: observed.hash, result }, observed, state, { now, controls }), now);
  }
  const proposal = newEvent({ ...place, step: STEP, service: 'planner', type: 'countersign.action.proposed', data: proposalData(call, place, tool, contract, subject, now, trustDomain) });
  const votes = Object.entries(call.approvals ?? {}).map(([name, roles]) => ({ voter: humanPrincipal(name, trustDomain), roles }));
  return { scenario: { proposal, state, now, votes } };
};

const taskData = (input: JsonObject, { id, version, hash, document }: Pinned<AgentContract>, subject: ReturnType<typeof upstreamPrincipal>, now: Instant): Event<'countersign.task.submitted'>['data'] => ({
  task: STEP,
  source: SOURCE,
  upstreamType: document.accepts[0] ?? STEP,
  upstreamTime: timestamp(now),
  subject,
  input,
  extensions: {},
  contract: { id, version, hash },
});

const proposalData = (
  { args = {} }: Call,
  { tenant, workflow, run }: { readonly tenant: Tenant; readonly workflow: Workflow; readonly run: ReturnType<typeof runIdOf> },
  tool: Pinned<ToolContract>,
  contract: Pinned<AgentContract>,
  subject: ReturnType<typeof upstreamPrincipal>,
  now: Instant,
  trustDomain?: string,
): Event<'countersign.action.proposed'>['data'] => {
  const { id, connection, effect } = tool.document;
  const action = { tenant, workflow, run, step: STEP, tool: id, toolContractHash: tool.hash, args, destination: connection, idempotencyKey: idempotencyKeyOf(tenant, run, STEP), dryRun: false };
  return {
    action,
    actionHash: actionHashOf(action),
    effect,
    after: [],
    agent: agentPrincipal(tenant, workflow, contract.document.id, trustDomain),
    subject,
    contractHash: contract.hash,
    runDeadline: timestamp((now + contract.document.timeouts.run) as Instant),
  };
};
