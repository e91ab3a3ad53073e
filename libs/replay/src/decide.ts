import { compose, type Composed } from '@countersign/bus/compose';
import type { Moment, Outgoing } from '@countersign/bus';
import { encode, type Cause } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { codeOf, messageOf } from '@countersign/kernel';
import type { SandboxService } from './services.js';

/** What a service would have written, or why it would have written nothing and left a dead letter. */
export type Decided = { readonly events: readonly Composed[] } | { readonly code: string; readonly message: string };

export interface DecideFor {
  readonly trigger: Cause;
  readonly redrive?: Cause | undefined;
  readonly moment: Moment<ControlState>;
}

/** Has a service decide, and makes the events of it that the bus would have made. A fault of the handler is data: in the log it is a dead letter. */
export const decideWith = async ({ service }: SandboxService, { trigger, redrive, moment }: DecideFor, decide: () => readonly Outgoing[] | Promise<readonly Outgoing[]>): Promise<Decided> => {
  try {
    const outgoing = await decide();
    if (outgoing.length === 0) return { events: [] };
    return { events: compose({ trigger, redrive, outgoing }, { wire: { encode }, service, now: moment.now, controlEpoch: moment.controlEpoch }) };
  } catch (fault) {
    return { code: codeOf(fault), message: messageOf(fault) };
  }
};
