import { HEADERS } from '@countersign/contracts';
import type { LogRecord } from '@countersign/bus';
import { runOfTask, type ControlState } from '@countersign/domain';
import { signerOfTask } from '@countersign/identity';
import { messageOf, type Tenant } from '@countersign/kernel';
import type { Admission } from '@countersign/tools';
import { signatureRefusal } from './from-inbox.js';

/**
 * A task that a person has signed acts for that person, in a run that nobody else can open. The people are those of the directory in force, whom policy can ask and whose key it
 * knows; the root file names who may change rules, and nobody for whom runs act. Where a signature is and does not hold, the task is refused.
 */
export const inTheNameOf = (admission: Admission, { headers }: Pick<LogRecord, 'headers'>, tenant: Tenant, controls: ControlState): Admission => {
  const jws = headers[HEADERS.personSignature];
  if (!admission.admitted || jws === undefined) return admission;
  const { workflow, task } = admission;
  try {
    const subject = signerOfTask({ tenant, workflow, task }, jws, controls.active?.approvers?.document);
    const signed = Object.assign({}, task, { subject, signature: String(jws) });
    return { ...admission, run: runOfTask(tenant, workflow, signed), task: signed };
  } catch (fault) {
    const code = signatureRefusal(fault);
    // The likeliest mistake, and the mark of a task that was taken from the inbox of somebody else.
    const faults = code === 'signature.invalid' && task.extensions['tenant'] !== tenant ? [{ pointer: '/tenant', message: `must be \`${tenant}\`, and signed with the rest` }] : [];
    const message = `${messageOf(fault)}; what is signed is the canonical JSON of the task with its tenant, workflow and time`;
    return { admitted: false, refusal: { code, message, faults, task: task.task, source: task.source } };
  }
};
