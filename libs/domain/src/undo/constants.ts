import { days } from '@countersign/kernel';

/** Begins the id of the step that undoes another; no step of a playbook may be called so. */
export const UNDO_PREFIX = 'undo-';

/** A name has 63 characters, and a step's undoing needs one too. */
export const MAX_STEP_LENGTH = 63 - UNDO_PREFIX.length;

/** What can be undone by a person is remembered after its run for so long at most; the log keeps 14 days. */
export const MAX_UNDO_WINDOW = days(7);

/** `source` of the run that undoes an action, where that of a task's run has the upstream's. */
export const UNDO_SOURCE = '/countersign/undo';
