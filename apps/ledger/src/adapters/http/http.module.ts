import { Module, type DynamicModule } from '@nestjs/common';
import { ReadModel } from '@countersign/read-model';
import { Directory } from '../../directory.js';
import { ApprovalsController } from './approvals.controller.js';
import { HealthController } from './health.controller.js';
import { LogController } from './log.controller.js';
import { RunsController } from './runs.controller.js';

export interface HttpParts {
  readonly model: ReadModel;
  readonly directory: Directory;
}

/** The questions that the read model answers, over HTTP. */
@Module({ controllers: [RunsController, ApprovalsController, LogController, HealthController] })
export class HttpModule {}

export const httpModuleOf = ({ model, directory }: HttpParts): DynamicModule => ({
  module: HttpModule,
  providers: [
    { provide: ReadModel, useValue: model },
    { provide: Directory, useValue: directory },
  ],
});
