import { ArrayNotEmpty, Equals, IsArray, IsIn, Matches } from 'class-validator';
import type { KeyId, Principal, Sha256 } from '@countersign/kernel';
import { IsCount, IsKeyId, IsOffset, IsNames, IsPart, IsParts, IsPrincipal, IsSha256, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { GivenApproval, Stages } from '../values/amounts.js';
import { Reason } from '../values/parts.js';
import { DAY_PATTERN, MONTH_PATTERN } from '../values/patterns.js';
import { LIMIT_NAMES, type LimitName } from '../values/vocabulary.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Lets the executor ask the tool what the action would do, and no more. The signed event is the grant, as it is with `action.allowed`. */
export class PreviewGrant {
  @Equals('executor') aud!: 'executor';
  /** Seconds since 1970. */
  @IsCount() iat!: number;
  @IsCount() exp!: number;
  /** One use. */
  @IsText(64) jti!: string;
  /** Key of the executor that may use it. */
  @IsKeyId() cnf!: KeyId;
}

/** Policy wants people to look first. */
export class ApprovalRequiredV1 extends Stages {
  /** Id of the approval that is asked for. */
  @IsText(64) approval!: string;
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @IsParts(() => Reason) reasons!: Reason[];
  @IsSha256() policySet!: Sha256;
  @IsOffset() controlEpoch!: number;
  @IsCount(1) tier!: number;
  @IsCount(1) quorum!: number;
  @IsNames() roles!: string[];
  /** Nobody answered by then: the approval expires. */
  @IsTimestamp() deadline!: string;
  /** Limits of the run that a yes lets exactly this action go over; absent where rules ask. Nothing is reserved meanwhile. */
  @Optional() @IsIn(LIMIT_NAMES, { each: true }) @ArrayNotEmpty() @IsArray() over?: LimitName[];
  /** Only `sub` is asked, and whether to go on: it approves no risk. Absent for a question to approvers. */
  @Optional() @Equals(true) confirmation?: true;
  /** What people have approved already: the risk of what now goes over a limit. */
  @Optional() @IsPart(() => GivenApproval) approved?: GivenApproval;
  /** The local day and month of the contract's time zone in which it counts as a step, if it is the first time that its step does. */
  @Matches(DAY_PATTERN) day!: string;
  @Matches(MONTH_PATTERN) month!: string;
  /** Absent: the tool's contract says of no way to look at what the action would do. */
  @Optional() @IsPart(() => PreviewGrant) preview?: PreviewGrant;
  @IsPrincipal() sub!: Principal;
  @IsPrincipal() act!: Principal;
  /** The run's: nothing is granted after it. */
  @IsTimestamp() runDeadline!: string;
}

export const approvalRequiredV1 = defineEvent({
  type: 'countersign.approval.required',
  version: 1,
  topic: 'decisions',
  dataClass: ApprovalRequiredV1,
  sample: {
    approval: SAMPLE.approval,
    action: SAMPLE.action,
    actionHash: SAMPLE.actionHash,
    reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }],
    policySet: SAMPLE.fileHash,
    controlEpoch: 12,
    tier: 2,
    quorum: 1,
    roles: ['finance'],
    deadline: '2026-01-02T04:04:05.000Z',
    day: '2026-01-02',
    month: '2026-01',
    sub: SAMPLE.upstream,
    act: SAMPLE.agent,
    preview: { aud: 'executor', iat: 1_767_323_045, exp: 1_767_323_075, jti: SAMPLE.jti, cnf: '0123456789abcdef' as KeyId },
    runDeadline: '2026-01-02T04:04:05.000Z',
  },
});
