import { IsString } from 'class-validator';
import { readServiceConfig, ServiceConfig } from '@countersign/service';

export class WebhooksConfig extends ServiceConfig {
  /** What endpoints are signed for with; mode 0600. */
  @IsString() secretsFile!: string;
}

export const readWebhooksConfig = (env: NodeJS.ProcessEnv): WebhooksConfig => readServiceConfig(WebhooksConfig, env, { secretsFile: 'COUNTERSIGN_WEBHOOKS_FILE' });
