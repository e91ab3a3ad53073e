import type { Principal } from '@countersign/kernel';
import { IsCode, IsPart, IsPrincipal, IsText, Optional } from '../values/decorators.js';
import { Via } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** What a person of the directory signed and put on `ballots` does not count. The first cause is the ballot. */
export class BallotRefusedV1 {
  /** What the ballot is about; absent where that is no approval. */
  @Optional() @IsText(64) approval?: string;
  /** Who signed it, and is told. */
  @IsPrincipal() by!: Principal;
  @IsCode() code!: string;
  @IsText(500) message!: string;
  /** Where it was cast in Slack: who is told there. */
  @Optional() @IsPart(() => Via) via?: Via;
}

export const ballotRefusedV1 = defineEvent({
  type: 'countersign.approval.ballot-refused',
  version: 1,
  topic: 'approvals',
  about: 'workflow',
  dataClass: BallotRefusedV1,
  sample: { approval: SAMPLE.approval, by: SAMPLE.person, code: 'approval.expired', message: 'the approval was open until 2026-01-02T04:04:05.000Z' },
});
