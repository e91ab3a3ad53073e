import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceParts } from '@countersign/service';
import { loadKeyFile } from '@countersign/identity';
import { engineOf } from '@countersign/policy-engines';
import { Policies } from './policies.js';
import type { PolicyConfig } from './policy.config.js';
import { PolicyConsumer } from './policy.consumer.js';
import { PolicyHandler } from './policy.handler.js';

/** Wiring of the service. */
@Module({})
export class PolicyModule {
  static of({ config, log }: ServiceParts<PolicyConfig>): DynamicModule {
    return {
      module: PolicyModule,
      controllers: [PolicyConsumer],
      providers: [{ provide: PolicyHandler, useFactory: (): PolicyHandler => new PolicyHandler(new Policies(engineOf(config.engine), log), loadKeyFile(config.keyFile), config.trustDomain) }],
    };
  }
}
