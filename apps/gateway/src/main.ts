import { runRelay } from '@countersign/service';
import { readGatewayConfig } from './gateway.config.js';
import { GatewayModule } from './gateway.module.js';

await runRelay({ service: 'gateway', readConfig: readGatewayConfig, module: (parts) => GatewayModule.of(parts) });
