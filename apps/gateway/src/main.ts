import { runRelay } from '@countersign/service';
import { readGatewayConfig } from './gateway.config.js';
import { HANDLED } from './gateway.handler.js';
import { GatewayModule } from './gateway.module.js';

await runRelay({ service: 'gateway', readConfig: readGatewayConfig, handles: HANDLED, module: (parts) => GatewayModule.of(parts) });
