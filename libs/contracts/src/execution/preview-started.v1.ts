import type { Sha256 } from '@countersign/kernel';
import { IsCount, IsSha256, IsText, IsTimestamp, IsTool } from '../values/decorators.js';
import { OfGrant } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The executor is about to ask a tool what an action would do. Nothing is done by it, so whoever takes over asks again. */
export class PreviewStartedV1 extends OfGrant {
  @IsText(64) approval!: string;
  @IsTool() tool!: string;
  @IsSha256() toolContractHash!: Sha256;
  /** Of the preview grant, seconds since 1970. */
  @IsCount() exp!: number;
  /** The run's: what was shown is remembered until then. */
  @IsTimestamp() runDeadline!: string;
}

export const previewStartedV1 = defineEvent({
  type: 'countersign.preview.started',
  version: 1,
  topic: 'executions',
  dataClass: PreviewStartedV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    approval: SAMPLE.approval,
    tool: SAMPLE.action.tool,
    toolContractHash: SAMPLE.fileHash,
    exp: 1_767_323_075,
    runDeadline: '2026-01-02T04:04:05.000Z',
  },
});
