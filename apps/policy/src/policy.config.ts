import { readServiceConfig, ServiceConfig } from '@countersign/service';

/** Nothing beyond what every service needs. */
export class PolicyConfig extends ServiceConfig {}

export const readPolicyConfig = (env: NodeJS.ProcessEnv): PolicyConfig => readServiceConfig(PolicyConfig, env);
