import type { JsonObject, Principal } from '@countersign/kernel';
import { IsJson, IsPart, IsPrincipal, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { ConfigRef } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A task, admitted by the gateway: what it says in its own words is what provenance trusts. */
export class TaskSubmittedV1 {
  /** The upstream's own id of the task. */
  @IsText(200) task!: string;
  /** The upstream's `source` and `type`. */
  @IsText(200) source!: string;
  @IsText(200) upstreamType!: string;
  @IsTimestamp() upstreamTime!: string;
  /** Who handed it in; the run acts for this subject. */
  @IsPrincipal() subject!: Principal;
  @IsJson() input!: JsonObject;
  /** Attributes of the upstream's event that we do not know: kept, never acted on. */
  @IsJson() extensions!: JsonObject;
  @IsPart(() => ConfigRef) contract!: ConfigRef;
  /** Detached JWS of `subject`, a person, over the task as canonical JSON, its tenant and workflow included; absent where the tenant's systems handed it in. */
  @Optional() @IsText(1_000) signature?: string;
}

export const taskSubmittedV1 = defineEvent({
  type: 'countersign.task.submitted',
  version: 1,
  topic: 'tasks',
  dataClass: TaskSubmittedV1,
  sample: {
    ...SAMPLE.task,
    upstreamType: 'refund.requested',
    upstreamTime: '2026-01-02T03:04:05.000Z',
    subject: SAMPLE.upstream,
    input: SAMPLE.input,
    extensions: { priority: 'high' },
    contract: SAMPLE.contract,
  },
});
