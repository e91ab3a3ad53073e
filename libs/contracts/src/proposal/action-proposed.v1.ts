import { IsIn } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsNames, IsPart, IsPrincipal, IsSha256, IsTimestamp } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The planner wants this done. It is only a wish. */
export class ActionProposedV1 {
  @IsPart(() => Action) action!: Action;
  /** SHA-256 of the canonical action; every reader computes it again. */
  @IsSha256() actionHash!: Sha256;
  @IsIn(['read', 'write']) effect!: 'read' | 'write';
  /** Steps whose outcome this one waited for. */
  @IsNames() after!: string[];
  @IsPrincipal() agent!: Principal;
  @IsPrincipal() subject!: Principal;
  /** Hash of the agent contract that the run is pinned to. */
  @IsSha256() contractHash!: Sha256;
  /** The run's: nothing is granted after it. */
  @IsTimestamp() runDeadline!: string;
}

export const actionProposedV1 = defineEvent({
  type: 'countersign.action.proposed',
  version: 1,
  topic: 'proposals',
  dataClass: ActionProposedV1,
  sample: {
    action: SAMPLE.action,
    actionHash: SAMPLE.actionHash,
    effect: 'write',
    after: ['charge'],
    agent: SAMPLE.agent,
    subject: SAMPLE.upstream,
    contractHash: SAMPLE.fileHash,
    runDeadline: '2026-01-02T04:04:05.000Z',
  },
});
