import { ArrayNotEmpty } from 'class-validator';
import { IsCode, IsParts, IsText, IsTool, Optional } from '../values/decorators.js';
import { Fault } from '../values/parts.js';
import { MissingField } from './run-input-requested.v1.js';
import { defineEvent } from '../define-event.js';

/** A step broke a schema, the contract or the step limit, and never reached policy. */
export class ProposalRejectedV1 {
  /** Absent where the step names no tool that could be told. */
  @Optional() @IsTool() tool?: string;
  @IsCode() code!: string;
  @IsText() message!: string;
  @IsParts(() => Fault) faults!: Fault[];
  /** What a person can give; present for `data.missing` alone. */
  @Optional() @IsParts(() => MissingField) @ArrayNotEmpty() missing?: MissingField[];
}

export const proposalRejectedV1 = defineEvent({
  type: 'countersign.proposal.rejected',
  version: 1,
  topic: 'proposals',
  dataClass: ProposalRejectedV1,
  sample: {
    tool: 'payments.refund',
    code: 'args.invalid',
    message: 'the arguments break the schema of the tool',
    faults: [{ pointer: '/amount_cents', message: 'must be integer' }],
  },
});
