import type { Event, TaskSubmittedV1 } from '@countersign/contracts';
import type { ApproverDirectory } from '@countersign/domain';
import { canonicalJson, CountersignError, parseTimestamp, type Instant, type Principal, type Tenant, type Workflow } from '@countersign/kernel';
import { requireOfTheseDays } from './of-these-days.js';
import { signerAlone } from './people.js';
import { parsePrincipal } from './principals.js';

/** A task and where it was handed in. */
export interface TaskToSign {
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly task: Omit<TaskSubmittedV1, 'subject' | 'contract' | 'signature'>;
}

/** Types of events of ours. */
const OURS = 'countersign.';

/**
 * What a person signs who hands a task in: its CloudEvent as canonical JSON, with the tenant, the workflow and the time in it. It can be made
 * again of what the log says of the task, so whoever reads that verifies it; in another inbox, or for another workflow, it is another text.
 * Throws `EVENT_MISPLACED` for what could be a ballot or a control: those are signed in the same way.
 */
export const bytesOfTask = ({ tenant, workflow, task }: TaskToSign): Buffer => {
  const { task: id, source, upstreamType: type, upstreamTime: time, input: data, extensions } = task;
  if (type.startsWith(OURS)) throw new CountersignError('EVENT_MISPLACED', `\`${type}\` is an event of Countersign itself, and no task`);
  return Buffer.from(canonicalJson({ ...extensions, specversion: '1.0', id, source, type, time, tenant, workflow, data }));
};

type People = Pick<ApproverDirectory, 'people'> | undefined;

/** The person of the directory who has signed a task, alone. Throws what `bytesOfTask` and `verifyPersons` throw. */
export const signerOfTask = (task: TaskToSign, jws: Uint8Array | string | undefined, directory: People): Principal =>
  signerAlone(bytesOfTask(task), jws, directory?.people ?? [], 'a task is handed in by one person');

/**
 * A task acts for the systems of its tenant, or for a person who has signed it, both of the `trustDomain` of who checks it: that it does is not
 * the gateway's word alone. Throws `SIGNER_WRONG` where the subject is somebody else, `SIGNATURE_INVALID` where the task is not of these days, and what `signerOfTask` throws.
 */
export const checkSubject = ({ tenant, workflow, data }: Event<'countersign.task.submitted'>, directory: People, now: Instant, trustDomain: string): void => {
  if (tenant === undefined || workflow === undefined) throw new CountersignError('EVENT_INVALID', 'the task is of no workflow');
  const { subject, signature } = data;
  const named = parsePrincipal(subject, trustDomain);
  if (signature === undefined && named?.kind === 'upstream' && named.tenant === tenant) return;
  const signer = signerOfTask({ tenant, workflow, task: data }, signature, directory);
  if (signer !== subject) throw new CountersignError('SIGNER_WRONG', `\`${signer}\` has signed the task, which names \`${subject}\``);
  if (named?.kind !== 'human') throw new CountersignError('SIGNER_WRONG', `\`${subject}\` is no person of \`${trustDomain}\``);
  requireOfTheseDays(signer, parseTimestamp(data.upstreamTime) ?? (0 as Instant), now);
};
