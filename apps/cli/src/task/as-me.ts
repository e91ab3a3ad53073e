import type { ControlState } from '@countersign/domain';
import { bytesOfTask } from '@countersign/identity';
import { CountersignError, type Instant, type JsonObject, type Tenant } from '@countersign/kernel';
import { admit, inputFaults } from '@countersign/tools';
import { strangeTo, type SigningPerson } from '../connection/person.js';
import type { TaskFile } from './task-file.js';

/**
 * A task that the person hands in: the run will act for them. Signed is the task as the door will understand it, with tenant, workflow and
 * time, so that nobody can hand it in elsewhere. Throws `SIGNER_UNKNOWN` where the directory in force does not know the person, and
 * `REQUEST_INVALID` where the door would refuse the task: what is signed depends on what it makes of it.
 */
export const signedBy = (person: SigningPerson, file: TaskFile, tenant: string, controls: ControlState, now: Instant): TaskFile => {
  const stranger = strangeTo(controls, person);
  if (stranger !== undefined) throw new CountersignError('SIGNER_UNKNOWN', stranger, { hint: 'hand the task in without `--as-me`, or have an admin put you into the directory' });
  const record = { value: Buffer.from(JSON.stringify(file.event)), headers: {} };
  const admission = admit(record, { tenant: tenant as Tenant, now, receivedAt: now, controls, subject: person.subject, inputFaults });
  if (!admission.admitted) {
    const { code, message, faults } = admission.refusal;
    throw new CountersignError('REQUEST_INVALID', [`\`${file.name}\` would be refused (${code}): ${message}`, ...faults.map((fault) => `${fault.pointer} ${fault.message}`)].join('\n'));
  }
  const { workflow, task } = admission;
  const bytes = bytesOfTask({ tenant: tenant as Tenant, workflow, task });
  return { ...file, event: JSON.parse(String(bytes)) as JsonObject, workflow, signer: person.subject, jws: person.sign(bytes) };
};
