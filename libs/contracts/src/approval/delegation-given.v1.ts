import type { Principal } from '@countersign/kernel';
import { IsNames, IsPrincipal, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person lets somebody vote in their place in one workflow, or is away. Whose place it is is the event's actor. */
export class DelegationGivenV1 {
  @IsText(64) delegation!: string;
  /** Absent: the person is out of office, and nobody stands in. */
  @Optional() @IsPrincipal() to?: Principal;
  /** Roles of the person that are lent; empty: all. */
  @IsNames() roles!: string[];
  @IsTimestamp() from!: string;
  @IsTimestamp() until!: string;
}

export const delegationGivenV1 = defineEvent({
  type: 'countersign.delegation.given',
  version: 1,
  topic: 'ballots',
  about: 'workflow',
  dataClass: DelegationGivenV1,
  sample: { delegation: SAMPLE.delegation, to: SAMPLE.colleague, roles: ['finance'], from: '2026-01-02T03:04:05.000Z', until: '2026-01-09T03:04:05.000Z' },
});
