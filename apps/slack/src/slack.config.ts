import { IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { Transform } from 'class-transformer';
import { CountersignError } from '@countersign/kernel';
import { number, readServiceConfig, ServiceConfig } from '@countersign/service';

/** What opens a workspace of Slack. It is in this process alone, and in nothing that it writes. */
export class SlackConfig extends ServiceConfig {
  @Matches(/^xoxb-[A-Za-z0-9-]+$/) botToken!: string;
  /** For socket mode, which needs no public address. */
  @IsOptional() @Matches(/^xapp-[A-Za-z0-9-]+$/) appToken?: string;
  /** For HTTP mode: what Slack signs its callbacks with. */
  @IsOptional() @IsString() signingSecret?: string;
  /** Of the callbacks in HTTP mode, on loopback; whatever ends TLS stands in front of it. 0 for a free one. */
  @Transform(number) @IsInt() @Min(0) @Max(65_535) port = 3_000;
  /** Slack's Web API; another one where something stands in for Slack. */
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true }) apiUrl = 'https://slack.com/api/';
  /** For what the directory of approvers names no channel for. */
  @IsOptional() @Matches(/^[CGD][A-Z0-9]{1,30}$/) channel?: string;
}

const SECRETS = { botToken: 'SLACK_BOT_TOKEN', appToken: 'SLACK_APP_TOKEN', signingSecret: 'SLACK_SIGNING_SECRET' } as const;

/** Throws `CONFIG_INVALID`, also where neither or both of the two modes are asked for. The secrets are taken out of the environment, so that no report and no library finds them there. */
export const readSlackConfig = (env: NodeJS.ProcessEnv): SlackConfig => {
  const config = readServiceConfig(SlackConfig, env, { ...SECRETS, port: 'SLACK_PORT', apiUrl: 'SLACK_API_URL', channel: 'SLACK_CHANNEL' });
  if ((config.appToken === undefined) === (config.signingSecret === undefined)) throw new CountersignError('CONFIG_INVALID', 'give SLACK_APP_TOKEN for socket mode, or SLACK_SIGNING_SECRET for HTTP: one of the two');
  for (const name of Object.values(SECRETS)) delete env[name];
  return config;
};
