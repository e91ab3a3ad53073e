import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceParts } from '@countersign/service';
import type { PlannerConfig } from './planner.config.js';
import { PlannerConsumer } from './planner.consumer.js';
import { PlannerHandler } from './planner.handler.js';

/** Wiring of the service. */
@Module({})
export class PlannerModule {
  static of({ config }: ServiceParts<PlannerConfig>): DynamicModule {
    return {
      module: PlannerModule,
      controllers: [PlannerConsumer],
      providers: [{ provide: PlannerHandler, useFactory: (): PlannerHandler => new PlannerHandler(config.trustDomain) }],
    };
  }
}
