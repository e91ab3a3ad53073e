import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ReadModel, type ApprovalSummary, type ApprovalView } from '@countersign/read-model';
import { Directory } from '../../directory.js';
import { ApprovalsParameters, IdParameter } from './parameters.js';

@Controller('v1/approvals')
export class ApprovalsController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(Directory) private readonly directory: Directory,
  ) {}

  /** Newest first. */
  @Get()
  async list(@Query() parameters: ApprovalsParameters): Promise<{ readonly approvals: readonly ApprovalSummary[]; readonly cursor?: string }> {
    const { items, ...rest } = await this.model.listApprovals(parameters);
    return { approvals: items, ...rest };
  }

  /** With the exact action that is asked for, and who can still vote. */
  @Get(':id')
  show(@Param() { id }: IdParameter): Promise<ApprovalView> {
    return this.model.approval(id, this.directory.voters());
  }
}
