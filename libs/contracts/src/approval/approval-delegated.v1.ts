import type { Principal } from '@countersign/kernel';
import { IsPart, IsPrincipal } from '../values/decorators.js';
import { SignedWord } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_DELEGATION } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';
import { DelegationGivenV1 } from './delegation-given.v1.js';

/** A delegation that counts, or an absence. */
export class ApprovalDelegatedV1 extends DelegationGivenV1 {
  /** Whose place it is. */
  @IsPrincipal() by!: Principal;
  /** As the person signed it: it goes with each vote that rests on it. */
  @IsPart(() => SignedWord) word!: SignedWord;
}

export const approvalDelegatedV1 = defineEvent({
  type: 'countersign.approval.delegated',
  version: 1,
  topic: 'approvals',
  about: 'workflow',
  dataClass: ApprovalDelegatedV1,
  sample: { delegation: SAMPLE.delegation, by: SAMPLE.person, to: SAMPLE.colleague, roles: ['finance'], from: '2026-01-02T03:04:05.000Z', until: '2026-01-09T03:04:05.000Z', word: SAMPLE_DELEGATION },
});
