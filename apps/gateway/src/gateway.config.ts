import { readServiceConfig, ServiceConfig } from '@countersign/service';

/** Nothing beyond what every service needs. */
export class GatewayConfig extends ServiceConfig {}

export const readGatewayConfig = (env: NodeJS.ProcessEnv): GatewayConfig => readServiceConfig(GatewayConfig, env);
