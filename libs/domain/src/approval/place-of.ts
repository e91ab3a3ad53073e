import type { OpenApproval } from './approval-state.js';

export type ApprovalPlace = Pick<OpenApproval, 'tenant' | 'workflow' | 'run' | 'step'>;

export const placeOf = ({ tenant, workflow, run, step }: ApprovalPlace): ApprovalPlace => ({ tenant, workflow, run, step });
