import type { Principal } from '@countersign/kernel';
import { IsPart, IsPrincipal } from '../values/decorators.js';
import { SignedWord } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_CONSENT } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';
import { ConsentGivenV1 } from './consent-given.v1.js';

/** A consent that counts. */
export class ApprovalConsentedV1 extends ConsentGivenV1 {
  @IsPrincipal() by!: Principal;
  /** As the person signed it: it is the vote on each question that it answers. */
  @IsPart(() => SignedWord) word!: SignedWord;
}

export const approvalConsentedV1 = defineEvent({
  type: 'countersign.approval.consented',
  version: 1,
  topic: 'approvals',
  about: 'run',
  dataClass: ApprovalConsentedV1,
  sample: { consent: SAMPLE.consent, by: SAMPLE.person, name: 'returns of the outage', tools: ['payments.refund'], tier: 2, until: '2026-01-02T03:34:05.000Z', word: SAMPLE_CONSENT },
});
