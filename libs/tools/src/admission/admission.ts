import { contractAccepting, contractFor, NEWEST_TASK, OLDEST_TASK, runOfTask, type AgentContract, type ControlState, type DocumentFault, type Pinned } from '@countersign/domain';
import { timestamp, type Instant, type JsonObject, type Principal, type RunId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Fault, TaskRefusedV1, TaskSubmittedV1 } from '@countersign/contracts';
import { isUnreadable, readForeignEvent, type ForeignEvent, type ForeignRecord } from './foreign-event.js';

/** A record names at most this many places, each this long: keys are a stranger's, and must not fill an event. */
const FAULTS_NAMED = 20;
const LONGEST_PLACE = 160;

/** Half of a character would be no JSON. */
const cut = (text: string): string => text.slice(0, LONGEST_PLACE).toWellFormed();

export interface AdmissionContext {
  readonly tenant: Tenant;
  readonly now: Instant;
  /** Kafka's timestamp of the record: the time of a task that states none. */
  readonly receivedAt: Instant;
  readonly controls: ControlState;
  /** Who hands in tasks for the tenant. */
  readonly subject: Principal;
  /** Faults of a task's data against the input schema of its contract. Pure. */
  readonly inputFaults: (contract: Pinned<AgentContract>, input: JsonObject) => readonly DocumentFault[];
}

export type Admission =
  | { readonly admitted: true; readonly workflow: Workflow; readonly run: RunId; readonly task: TaskSubmittedV1 }
  | { readonly admitted: false; readonly refusal: TaskRefusedV1 };

const refuse = (code: string, message: string, known: { readonly task?: string; readonly source?: string }, faults: readonly Fault[] = []): Admission => ({
  admitted: false,
  refusal: {
    code,
    message,
    faults: faults.slice(0, FAULTS_NAMED).map(({ pointer, message: what }) => ({ pointer: cut(pointer), message: cut(what) })),
    ...(known.task === undefined ? {} : { task: known.task }),
    ...(known.source === undefined ? {} : { source: known.source }),
  },
});

const findContract = ({ controls, tenant }: AdmissionContext, event: ForeignEvent): Pinned<AgentContract> | undefined => {
  if (event.workflow === undefined) return contractAccepting(controls, tenant, event.type);
  const contract = contractFor(controls, tenant, event.workflow);
  return contract?.document.accepts.includes(event.type) ? contract : undefined;
};

/** Whether a record of the inbox is a task, and which. Pure: the same record is answered alike as long as it is not too old and the same contract is in force. */
export const admit = (record: ForeignRecord, context: AdmissionContext): Admission => {
  const event = readForeignEvent(record);
  if (isUnreadable(event)) return refuse(event.code, event.message, event, event.faults);
  const known = { task: event.id, source: event.source };
  const { tenant, now, receivedAt, subject } = context;
  const time = event.time ?? receivedAt;
  const contract = findContract(context, event);
  if (!contract) {
    const what = event.workflow === undefined ? `events of type \`${event.type}\`` : `workflow \`${event.workflow}\` with events of type \`${event.type}\``;
    return refuse('workflow.unknown', `no agent contract of tenant \`${tenant}\` takes ${what}`, known);
  }
  if (time < now - OLDEST_TASK) return refuse('task.too-old', 'the task is more than 24 hours old', known, [{ pointer: '/time', message: 'is too old' }]);
  if (time > now + NEWEST_TASK) return refuse('task.in-future', 'the task is more than an hour ahead', known, [{ pointer: '/time', message: 'lies in the future' }]);
  const faults = context.inputFaults(contract, event.data);
  if (faults.length > 0) return refuse('input.invalid', 'the data breaks the input schema of the agent contract', known, faults.map(({ pointer, message }) => ({ pointer: `/data${pointer}`, message })));
  const { workflow } = contract.document;
  const task: TaskSubmittedV1 = {
    task: event.id,
    source: event.source,
    upstreamType: event.type,
    upstreamTime: timestamp(time),
    subject,
    input: event.data,
    extensions: event.extensions,
    contract: { id: contract.id, version: contract.version, hash: contract.hash },
  };
  return { admitted: true, workflow, run: runOfTask(tenant, workflow, task), task };
};
