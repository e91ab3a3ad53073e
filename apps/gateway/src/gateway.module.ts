import { Module, type DynamicModule } from '@nestjs/common';
import type { RelayParts } from '@countersign/service';
import type { GatewayConfig } from './gateway.config.js';
import { GatewayConsumer } from './gateway.consumer.js';
import { GatewayHandler } from './gateway.handler.js';
import { GatewayOutbox } from './gateway.outbox.js';

/** Wiring of the service. */
@Module({})
export class GatewayModule {
  static of(parts: RelayParts<GatewayConfig>): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [GatewayConsumer],
      providers: [
        { provide: GatewayHandler, useFactory: (): GatewayHandler => new GatewayHandler(parts.config.trustDomain) },
        { provide: GatewayOutbox, useFactory: (): GatewayOutbox => new GatewayOutbox(parts) },
      ],
    };
  }
}
