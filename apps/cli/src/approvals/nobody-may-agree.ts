import { authorsFor, voiceFault, type ControlState } from '@countersign/domain';
import type { Principal } from '@countersign/kernel';

export const ADD_APPROVERS = 'add approvers: docs/approvals.md#who-may-answer';

export interface Wish {
  readonly tenant: string;
  readonly workflow: string;
  /** Who asks. */
  readonly sub: Principal;
}

/** Whether nobody of the directory could agree to what somebody asks, whatever roles the rule names. */
export const nobodyMayAgree = (controls: ControlState, { tenant, workflow, sub }: Wish): boolean => {
  const asked = { tier: 1, roles: [], sub, act: sub, authors: authorsFor(controls, tenant, workflow) };
  return (controls.active?.approvers?.document.people ?? []).every((voter) => voiceFault(asked, { voter }) !== undefined);
};
