import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ReadModel, type EventView, type RunRecord, type RunSummary, type RunView, type Why } from '@countersign/read-model';
import { Directory } from '../../directory.js';
import { IdParameter, RunsParameters } from './parameters.js';

@Controller('v1/runs')
export class RunsController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(Directory) private readonly directory: Directory,
  ) {}

  /** Newest first. */
  @Get()
  async list(@Query() parameters: RunsParameters): Promise<{ readonly runs: readonly RunSummary[]; readonly cursor?: string }> {
    const { items, ...rest } = await this.model.listRuns(parameters);
    return { runs: items, ...rest };
  }

  @Get(':id')
  show(@Param() { id }: IdParameter): Promise<RunView> {
    return this.model.run(id);
  }

  /** All events of the run, causes before effects. */
  @Get(':id/events')
  async events(@Param() { id }: IdParameter): Promise<{ readonly events: readonly EventView[] }> {
    return { events: await this.model.timeline(id) };
  }

  @Get(':id/why')
  why(@Param() { id }: IdParameter): Promise<Why> {
    return this.model.why(id, this.directory.voters());
  }

  /** The record that auditors get: one line of JSON Lines. */
  @Get(':id/record')
  record(@Param() { id }: IdParameter): Promise<RunRecord> {
    return this.model.record(id);
  }
}
