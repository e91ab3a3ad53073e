import { IsIn } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsCount, IsFlag, IsOffset, IsPart, IsPrincipal, IsSha256, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { GivenVotes } from '../values/amounts.js';
import { SAMPLE } from '../values/samples.js';
import { OfScope } from '../values/stop.js';
import { defineEvent } from '../define-event.js';

/** A grant that the executor did not use, and that stays open until its action is decided again. */
export class WaitingGrant {
  @IsText(64) jti!: string;
  /** A call may have had its effect. */
  @IsFlag() mayBeDone!: boolean;
  /** As in the grant. */
  @IsCount() renewals!: number;
  @IsText() why!: string;
}

/** Not yet: policy keeps the case, and decides it when what it waits for is over. */
export class DecisionDeferredV1 extends GivenVotes {
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @IsPrincipal() sub!: Principal;
  @IsPrincipal() act!: Principal;
  /** `outcomes`: until every earlier granted action of the run has its outcome. `stop`: until a mode no longer holds it, or people restore its workflow, which was degraded to `safe`. `tool`: until its tool may be called again. */
  @IsIn(['outcomes', 'stop', 'tool']) until!: 'outcomes' | 'stop' | 'tool';
  /** What the mode is of, or the workflow; present for `stop` alone. */
  @Optional() @IsPart(() => OfScope) stop?: OfScope;
  /** When the tool may be called again; present for `tool` alone. */
  @Optional() @IsTimestamp() at?: string;
  /** Of the tool, by its contract: reads go on before writes do. */
  @IsIn(['read', 'write']) effect!: 'read' | 'write';
  /** When it was first deferred. */
  @IsTimestamp() since!: string;
  @IsOffset() controlEpoch!: number;
  /** Absent where nothing was granted before. */
  @Optional() @IsPart(() => WaitingGrant) grant?: WaitingGrant;
  /** The run's: it is decided by then. */
  @IsTimestamp() runDeadline!: string;
}

export const decisionDeferredV1 = defineEvent({
  type: 'countersign.decision.deferred',
  version: 1,
  topic: 'decisions',
  dataClass: DecisionDeferredV1,
  sample: {
    action: SAMPLE.action,
    actionHash: SAMPLE.actionHash,
    sub: SAMPLE.upstream,
    act: SAMPLE.agent,
    until: 'stop',
    stop: { scope: 'tenant', value: 'acme' },
    effect: 'write',
    since: '2026-01-02T03:04:05.000Z',
    controlEpoch: 12,
    votes: [],
    tier: 0,
    quorum: 0,
    roles: [],
    runDeadline: '2026-01-02T04:04:05.000Z',
  },
});
