import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ReadModel, type SignOffView } from '@countersign/read-model';
import { SignOffsParameters } from './parameters.js';

@Controller('v1/sign-offs')
export class SignOffsController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  /** What people have signed about the readiness of a workflow, the newest first. */
  @Get()
  async list(@Query() filter: SignOffsParameters): Promise<{ readonly signOffs: readonly SignOffView[] }> {
    return { signOffs: await this.model.signOffs(filter) };
  }
}
