import type { Sha256 } from '@countersign/kernel';
import { IsName, IsNames, IsSha256, IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person signs off, for a role, that a workflow may go on as it stands: for the record and whoever asks it, and for no service. Who signed it is the event's actor. */
export class ReadinessSignedV1 {
  @IsName() role!: string;
  /** Of what was signed: contract, policy set and directory in force, and which rows of the checklist were met. It counts for exactly that. */
  @IsSha256() subject!: Sha256;
  /** Those rows. */
  @IsNames() met!: string[];
  @IsText(500) reason!: string;
}

export const readinessSignedV1 = defineEvent({
  type: 'countersign.readiness.signed',
  version: 1,
  topic: 'ballots',
  about: 'workflow',
  dataClass: ReadinessSignedV1,
  sample: { role: 'finance', subject: SAMPLE.fileHash, met: ['budgets', 'writes-gated'], reason: 'looked through with the controller' },
});
