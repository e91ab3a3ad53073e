import { IsArray, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { IsText } from '../values/decorators.js';
import { Fault } from '../values/parts.js';
import { defineEvent } from '../define-event.js';

/** The door did not admit a record; `faults` name the places. */
export class TaskRefusedV1 {
  /** Absent where the record was too broken to tell. */
  @IsOptional() @IsString() @MaxLength(200) task?: string;
  /** Absent where the record was too broken to tell. */
  @IsOptional() @IsString() @MaxLength(200) source?: string;
  @Matches(/^[a-z0-9][a-z0-9.-]{0,80}$/) code!: string;
  @IsText() message!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Fault) faults!: Fault[];
}

export const taskRefusedV1 = defineEvent({
  type: 'countersign.task.refused',
  version: 1,
  topic: 'outcomes',
  dataClass: TaskRefusedV1,
  sample: { task: 'ticket-1042', source: '/helpdesk/tickets', code: 'input.invalid', message: 'the input breaks its schema', faults: [{ pointer: '/amount_cents', message: 'must be integer' }] },
});
