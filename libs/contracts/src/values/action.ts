import { Matches, IsBoolean, MaxLength, IsString } from 'class-validator';
import type { JsonObject, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import { IsJson, IsName, IsSha256, IsTool } from './decorators.js';

/** The full canonical action: what is proposed, decided, approved and executed is this, byte for byte. */
export class Action {
  @IsName() tenant!: Tenant;
  @IsName() workflow!: Workflow;
  @Matches(/^run-[A-Za-z0-9_-]{22}$/) run!: RunId;
  @IsName() step!: StepId;
  @IsTool() tool!: string;
  @IsSha256() toolContractHash!: Sha256;
  @IsJson() args!: JsonObject;
  /** The connection of the tool contract: the outside system that is acted on. */
  @IsString() @MaxLength(253) destination!: string;
  @IsString() @MaxLength(64) idempotencyKey!: string;
  @IsBoolean() dryRun!: boolean;
}
