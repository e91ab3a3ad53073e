import type { TaskSubmittedV1 } from '@countersign/contracts';
import { runIdOf, type Principal, type RunId } from '@countersign/kernel';
import { UNDO_SOURCE } from '../undo/constants.js';

/** The run that a task opens; of a task that is signed, it is one of the person for whom it acts. */
export const runOfTask = (tenant: string, workflow: string, { source, task, subject, signature }: Pick<TaskSubmittedV1, 'source' | 'task' | 'subject' | 'signature'>): RunId =>
  runIdOf(tenant, workflow, source, task, signature === undefined ? undefined : subject);

/** The run that an order to undo opens: one of the person who ordered. */
export const undoRunOf = (tenant: string, workflow: string, by: Principal, order: string): RunId => runIdOf(tenant, workflow, UNDO_SOURCE, order, by);
