import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceParts } from '@countersign/service';
import type { ApprovalsConfig } from './approvals.config.js';
import { ApprovalsConsumer } from './approvals.consumer.js';
import { ApprovalsHandler } from './approvals.handler.js';

/** Wiring of the service. */
@Module({})
export class ApprovalsModule {
  static of(_parts: ServiceParts<ApprovalsConfig>): DynamicModule {
    return {
      module: ApprovalsModule,
      controllers: [ApprovalsConsumer],
      providers: [{ provide: ApprovalsHandler, useFactory: (): ApprovalsHandler => new ApprovalsHandler() }],
    };
  }
}
