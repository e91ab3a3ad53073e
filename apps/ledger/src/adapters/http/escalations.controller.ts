import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ReadModel, type EscalationSummary, type EscalationView } from '@countersign/read-model';
import { Directory } from '../../directory.js';
import { EscalationsParameters, IdParameter } from './parameters.js';

@Controller('v1/escalations')
export class EscalationsController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(Directory) private readonly directory: Directory,
  ) {}

  /** Newest first. */
  @Get()
  async list(@Query() parameters: EscalationsParameters): Promise<{ readonly escalations: readonly EscalationSummary[]; readonly cursor?: string }> {
    const { items, ...rest } = await this.model.listEscalations(parameters);
    return { escalations: items, ...rest };
  }

  /** With the question as it was asked, and who can answer. */
  @Get(':id')
  show(@Param() { id }: IdParameter): Promise<EscalationView> {
    return this.model.escalation(id, this.directory.voters());
  }
}
