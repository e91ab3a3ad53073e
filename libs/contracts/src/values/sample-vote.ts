import { canonicalJson } from '@countersign/kernel';
import type { SignedVote, SignedWord } from './parts.js';
import { SAMPLE } from './samples.js';

/** Ada's public key, base64url: the first test key of RFC 8032, whose private half everybody knows. */
export const SAMPLE_PUBLIC_KEY = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';

const BY_ADA = {
  specversion: '1.0',
  source: '/countersign/operator',
  time: '2026-01-02T03:04:05.000Z',
  datacontenttype: 'application/json',
  tenant: SAMPLE.action.tenant,
  workflow: SAMPLE.action.workflow,
  actor: SAMPLE.person,
  causes: '',
};

const SAMPLE_BALLOT = {
  ...BY_ADA,
  id: 'BJZm5ndAWSp45bdQWnWfQa',
  type: 'countersign.ballot.cast',
  dataschema: 'urn:countersign:ballot.cast:1',
  run: SAMPLE.run,
  step: SAMPLE.step,
  data: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, choice: 'approve', voter: SAMPLE.person, reason: 'checked with the customer' },
};

/** A vote whose signature holds. */
export const SAMPLE_VOTE: SignedVote = {
  value: canonicalJson(SAMPLE_BALLOT),
  jws: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjIxZmUzMWRmYTE1NGEyNjEifQ..Fd9GgVXEZhs9x3FsNn2ooEiMgyALPg6K3J9cvfw2b-S4s85B0wDjFWzEOO6DKqah9-epqURQm0UEZepS_etuBQ',
};

/** A delegation and a consent of hers. */
export const SAMPLE_DELEGATION: SignedWord = {
  value: canonicalJson({
    ...BY_ADA,
    id: 'CJZm5ndAWSp45bdQWnWfQa',
    type: 'countersign.delegation.given',
    dataschema: 'urn:countersign:delegation.given:1',
    data: { delegation: SAMPLE.delegation, to: SAMPLE.colleague, roles: ['finance'], from: '2026-01-02T03:04:05.000Z', until: '2026-01-09T03:04:05.000Z' },
  }),
  jws: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjIxZmUzMWRmYTE1NGEyNjEifQ..a3EOK7sj79V-AzLsX3tJO_5hAqFIhi2uu4xFl8MWCTkAOYpIEGU-_6y9pdWdP3omW0EgDrX2TcMzt5PmuUTAAw',
};

export const SAMPLE_CONSENT: SignedWord = {
  value: canonicalJson({
    ...BY_ADA,
    id: 'DJZm5ndAWSp45bdQWnWfQa',
    type: 'countersign.consent.given',
    dataschema: 'urn:countersign:consent.given:1',
    run: SAMPLE.run,
    data: { consent: SAMPLE.consent, name: 'returns of the outage', tools: ['payments.refund'], tier: 2, until: '2026-01-02T03:34:05.000Z' },
  }),
  jws: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjIxZmUzMWRmYTE1NGEyNjEifQ..qRFLe82-HBlrbuzZH4Tz8nggSgYM5A5BcKZ68jlL9E1XWPgslwlR41q9MW9A2UwquGmiuxrwGiipDrx5dt_dBw',
};
