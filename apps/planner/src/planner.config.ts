import { readServiceConfig, ServiceConfig } from '@countersign/service';

/** Nothing beyond what every service needs. */
export class PlannerConfig extends ServiceConfig {}

export const readPlannerConfig = (env: NodeJS.ProcessEnv): PlannerConfig => readServiceConfig(PlannerConfig, env);
