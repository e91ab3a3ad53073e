import { canonicalJson } from '@countersign/kernel';
import type { SignedVote } from './parts.js';
import { SAMPLE } from './samples.js';

/** Ada's public key, base64url: the first test key of RFC 8032, whose private half everybody knows. */
export const SAMPLE_PUBLIC_KEY = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';

const SAMPLE_BALLOT = {
  specversion: '1.0',
  id: 'BJZm5ndAWSp45bdQWnWfQa',
  type: 'countersign.ballot.cast',
  dataschema: 'urn:countersign:ballot.cast:1',
  source: '/countersign/operator',
  time: '2026-01-02T03:04:05.000Z',
  datacontenttype: 'application/json',
  tenant: SAMPLE.action.tenant,
  workflow: SAMPLE.action.workflow,
  run: SAMPLE.run,
  step: SAMPLE.step,
  actor: SAMPLE.person,
  causes: '',
  data: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, choice: 'approve', voter: SAMPLE.person, reason: 'checked with the customer' },
};

/** A vote whose signature holds. */
export const SAMPLE_VOTE: SignedVote = {
  value: canonicalJson(SAMPLE_BALLOT),
  jws: 'eyJhbGciOiJFZERTQSIsImtpZCI6IjIxZmUzMWRmYTE1NGEyNjEifQ..Fd9GgVXEZhs9x3FsNn2ooEiMgyALPg6K3J9cvfw2b-S4s85B0wDjFWzEOO6DKqah9-epqURQm0UEZepS_etuBQ',
};
