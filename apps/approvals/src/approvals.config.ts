import { readServiceConfig, ServiceConfig } from '@countersign/service';

/** Nothing beyond what every service needs. */
export class ApprovalsConfig extends ServiceConfig {}

export const readApprovalsConfig = (env: NodeJS.ProcessEnv): ApprovalsConfig => readServiceConfig(ApprovalsConfig, env);
