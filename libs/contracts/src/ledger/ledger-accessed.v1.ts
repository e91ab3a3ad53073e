import { IsPrincipal, IsText, IsTexts, IsTimestamp } from '../values/decorators.js';
import { OfGrant } from '../values/attempt.js';
import type { Principal } from '@countersign/kernel';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Sealed values are about to be shown to a person: in the log, beside the attempt, before any of them is opened. */
export class LedgerAccessedV1 extends OfGrant {
  /** Who gets to see them. */
  @IsPrincipal() by!: Principal;
  /** Runs whose values they are, and the ids of the keys that they are sealed with. */
  @IsTexts(200) runs!: string[];
  @IsTexts(100) keys!: string[];
  /** Nothing is shown after it. */
  @IsTimestamp() until!: string;
  @IsText() reason!: string;
}

export const ledgerAccessedV1 = defineEvent({
  type: 'countersign.ledger.accessed',
  version: 1,
  topic: 'executions',
  dataClass: LedgerAccessedV1,
  sample: { jti: SAMPLE.jti, actionHash: SAMPLE.actionHash, by: SAMPLE.person, runs: [SAMPLE.run], keys: ['3q2-7wAAAAAAAAAAAAAAAA'], until: '2026-01-02T03:19:05.000Z', reason: 'a customer asks where their receipt went' },
});
