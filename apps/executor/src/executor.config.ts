import { IsString } from 'class-validator';
import { readServiceConfig, ServiceConfig } from '@countersign/service';

/** Only the executor knows where outside systems are and what opens them. */
export class ExecutorConfig extends ServiceConfig {
  /** JSON, mode 0600: `{"payments": {"url": "...", "token": "..."}}`. */
  @IsString() connectionsFile!: string;
}

export const readExecutorConfig = (env: NodeJS.ProcessEnv): ExecutorConfig => readServiceConfig(ExecutorConfig, env, { connectionsFile: 'COUNTERSIGN_CONNECTIONS_FILE' });
