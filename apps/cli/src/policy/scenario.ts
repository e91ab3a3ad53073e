import type { Event } from '@countersign/contracts';
import { contractFor, toolNamed, type AgentContract, type ControlState, type DecisionState, type DocumentFault, type Pinned, type Vote } from '@countersign/domain';
import { placeOf, proposedCall, recordedRun, type RecordedCall } from '@countersign/evaluation';
import { humanPrincipal } from '@countersign/identity';
import { nearest, parseTimestamp, type Instant, type Tenant } from '@countersign/kernel';
import { writtenArgumentFaults, writtenInputFaults, periodsOf } from '@countersign/tools';
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

const taskFaults = ({ task }: Call, contract: Pinned<AgentContract>): readonly DocumentFault[] =>
  task === undefined || typeof task === 'string' ? [] : writtenInputFaults(contract, task).map(({ pointer, message }) => ({ pointer: `/task${pointer}`, message }));

const toolFault = (name: string, pointer: string, controls: ControlState): readonly DocumentFault[] =>
  toolNamed(controls, name) ? [] : [{ pointer, message: `there is no tool \`${name}\`${suggestion(name, [...(controls.active?.tools.keys() ?? [])])}` }];

/**
 * Sets the scene of a call: the task is admitted, and what happened is observed, by the functions that policy has for it. What cannot be
 * meant (a tool that is not there, a task that the gateway would refuse) is a fault with its place in the call; what policy would deny is not.
 */
export const stage = (call: Call, controls: ControlState): Staged => {
  const cast = castOf(call, controls);
  const now = parseTimestamp(call.at ?? USUAL_TIME);
  const history = call.history ?? [];
  const faults = [
    ...(isFault(cast) ? [cast] : taskFaults(call, cast.contract)),
    ...(now === undefined ? [{ pointer: '/at', message: 'is no time such as `2026-01-02T03:04:05Z`' }] : []),
    ...toolFault(call.tool, '/tool', controls),
    ...history.flatMap((each, index) => toolFault(each.tool, `/history/${index}/tool`, controls)),
  ];
  if (faults.length > 0 || isFault(cast) || now === undefined) return { faults };
  const context = { now, controls, argumentFaults: writtenArgumentFaults, periodsOf };
  const recorded = recordedCall(call, cast);
  const place = placeOf(recorded);
  const votes = Object.entries(call.approvals ?? {}).map(([name, roles]) => ({ voter: humanPrincipal(name), roles }));
  return { scenario: { proposal: proposedCall(recorded, place, context), state: recordedRun(recorded, place, context), now, votes } };
};

const recordedCall = ({ id = 'call', tool, args = {}, task = {}, history = [] }: Call, { contract, tenant }: Cast): RecordedCall => ({
  id,
  tenant,
  workflow: contract.document.workflow,
  task,
  history: history.map((step) => ({ untrusted: false, ...step })),
  tool,
  args,
});
