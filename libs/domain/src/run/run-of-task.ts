import type { TaskSubmittedV1 } from '@countersign/contracts';
import { runIdOf, type RunId } from '@countersign/kernel';

/** The run that a task opens; of a task that is signed, it is one of the person for whom it acts. */
export const runOfTask = (tenant: string, workflow: string, { source, task, subject, signature }: Pick<TaskSubmittedV1, 'source' | 'task' | 'subject' | 'signature'>): RunId =>
  runIdOf(tenant, workflow, source, task, signature === undefined ? undefined : subject);
