import type { JsonObject, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import { IsFlag, IsJson, IsName, IsRunId, IsSha256, IsText, IsTool } from './decorators.js';

/** The full canonical action: what is proposed, decided, approved and executed is this, byte for byte. */
export class Action {
  @IsName() tenant!: Tenant;
  @IsName() workflow!: Workflow;
  @IsRunId() run!: RunId;
  @IsName() step!: StepId;
  @IsTool() tool!: string;
  @IsSha256() toolContractHash!: Sha256;
  @IsJson() args!: JsonObject;
  /** The connection of the tool contract: the outside system that is acted on. */
  @IsText(253) destination!: string;
  @IsText(64) idempotencyKey!: string;
  @IsFlag() dryRun!: boolean;
}
