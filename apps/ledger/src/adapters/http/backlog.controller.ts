import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ReadModel, type BacklogLine } from '@countersign/read-model';
import { BacklogParameters } from './parameters.js';

@Controller('v1/backlog')
export class BacklogController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  /** What policy has put off, the oldest first. */
  @Get()
  async list(@Query() parameters: BacklogParameters): Promise<{ readonly backlog: readonly BacklogLine[] }> {
    return { backlog: await this.model.backlog(parameters) };
  }
}
