import { IsIn } from 'class-validator';
import { IsCount, IsText } from '../values/decorators.js';
import { SERVICES, type Service } from '../flow.js';
import { defineEvent } from '../define-event.js';

/** A person wants a dead letter handled again, in place: nothing is re-appended. */
export class DlqRedrivenV1 {
  /** The reading service that takes the record once more. */
  @IsIn(SERVICES) service!: Service;
  /** Place of the original record; the topic without its namespace. */
  @IsText(300) topic!: string;
  @IsCount() partition!: number;
  @IsCount() offset!: number;
}

export const dlqRedrivenV1 = defineEvent({
  type: 'countersign.dlq.redriven',
  version: 1,
  topic: 'controls',
  dataClass: DlqRedrivenV1,
  sample: { service: 'policy', topic: 'proposals', partition: 1, offset: 42 },
});
