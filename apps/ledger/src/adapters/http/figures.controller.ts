import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ReadModel, type ApprovalFigures } from '@countersign/read-model';
import { FiguresParameters } from './parameters.js';

@Controller('v1/approval-figures')
export class FiguresController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  /** How people have answered, by rule or by approver. */
  @Get()
  show(@Query() parameters: FiguresParameters): Promise<ApprovalFigures> {
    return this.model.approvalFigures(parameters);
  }
}
