import { Equals, Matches } from 'class-validator';
import type { KeyId, Principal, Sha256 } from '@countersign/kernel';
import { IsCount, IsOffset, IsKeyId, IsNames, IsPart, IsParts, IsPrincipal, IsSha256, IsText, IsTexts, IsTimestamp, Optional } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { GivenVotes, Reservation } from '../values/amounts.js';
import { AgainAnswer, Reason } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** Longest token of a grant, in characters; the longest names there can be take less. */
export const MAX_GRANT_TOKEN = 6_000;

/** Who is told of what is done without being asked for it. */
export class Notice {
  @IsParts(() => Reason) reasons!: Reason[];
  /** Empty: any approver. */
  @IsNames() roles!: string[];
  /** It may be taken back until then; absent where nobody can take it back. */
  @Optional() @IsTimestamp() undoUntil?: string;
}

/** The grant. It is this signed event itself: there is no second signature to mint, and none to lose. */
export class ActionAllowedV1 extends GivenVotes {
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @Equals('policy') iss!: 'policy';
  @Equals('executor') aud!: 'executor';
  /** Whom the run acts for, and the agent that acts. */
  @IsPrincipal() sub!: Principal;
  @IsPrincipal() act!: Principal;
  /** Seconds since 1970; `exp - iat` is at most 60. */
  @IsCount() iat!: number;
  @IsCount() exp!: number;
  /** One use. */
  @IsText(64) jti!: string;
  /** Key of the executor that may use the grant. */
  @IsKeyId() cnf!: KeyId;
  @IsSha256() policySet!: Sha256;
  /** Offset in `controls` up to which policy had read; -1 where there was nothing. */
  @IsOffset() controlEpoch!: number;
  /** Set aside for this action until its terminal event. */
  @IsPart(() => Reservation) reservation!: Reservation;
  /** Rules that matched. */
  @IsTexts(120) rules!: string[];
  /** How many grants of the action in a row the executor could not use before this one, for a key or a clock; absent for none. */
  @Optional() @IsCount(1) renewals?: number;
  /** People are told that it is done; absent where no rule wants that. */
  @Optional() @IsPart(() => Notice) notice?: Notice;
  /** The step had come to an end, and this person's answer lets it be done once more; absent for what is done for the first time. */
  @Optional() @IsPart(() => AgainAnswer) again?: AgainAnswer;
  /** The run's: nothing is granted after it. */
  @IsTimestamp() runDeadline!: string;
  /**
   * For a tool whose credential is exchanged for one: the same claims as a JWT that policy has signed, as a compact JWE
   * (ECDH-ES, A256GCM) to the encryption key of `cnf`. Whoever could read it could use it.
   */
  @Optional() @IsText(MAX_GRANT_TOKEN) @Matches(/^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/) credential?: string;
}

export const actionAllowedV1 = defineEvent({
  type: 'countersign.action.allowed',
  version: 1,
  topic: 'decisions',
  dataClass: ActionAllowedV1,
  sample: {
    action: SAMPLE.action,
    actionHash: SAMPLE.actionHash,
    iss: 'policy',
    aud: 'executor',
    sub: SAMPLE.upstream,
    act: SAMPLE.agent,
    iat: 1_767_323_045,
    exp: 1_767_323_105,
    jti: SAMPLE.jti,
    cnf: '0123456789abcdef' as KeyId,
    policySet: SAMPLE.fileHash,
    controlEpoch: 12,
    reservation: SAMPLE.reservation,
    rules: ['contract.refund-desk', 'refund_requires_approval'],
    approval: SAMPLE.approval,
    votes: [SAMPLE_VOTE],
    tier: 2,
    quorum: 1,
    roles: ['finance'],
    runDeadline: '2026-01-02T04:04:05.000Z',
  },
});
