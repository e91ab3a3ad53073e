import { IsIn } from 'class-validator';
import { DEFAULT_ENGINE, ENGINE_NAMES, type EngineName } from '@countersign/policy-engines';
import { readServiceConfig, ServiceConfig } from '@countersign/service';

/** What policy needs beyond every service. */
export class PolicyConfig extends ServiceConfig {
  /** Both give the same verdicts. */
  @IsIn(ENGINE_NAMES) engine: EngineName = DEFAULT_ENGINE;
}

export const readPolicyConfig = (env: NodeJS.ProcessEnv): PolicyConfig => readServiceConfig(PolicyConfig, env, { engine: 'COUNTERSIGN_POLICY_ENGINE' });
