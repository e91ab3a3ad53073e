import { describe, expect, it } from 'vitest';
import { readSlackConfig } from './slack.config.js';

const env = (more: Record<string, string>): NodeJS.ProcessEnv => ({
  KAFKA_BROKERS: '127.0.0.1:9092', KAFKA_USERNAME: 'slack', KAFKA_PASSWORD_FILE: '/none', COUNTERSIGN_TENANTS: 'acme', SERVICE_NAME: 'slack', COUNTERSIGN_KEY_FILE: '/none', COUNTERSIGN_ROOT_FILE: '/none', COUNTERSIGN_BLOB_FOLDER: '/none', SLACK_BOT_TOKEN: 'xoxb-1', ...more,
});

describe('the configuration of the Slack service', () => {
  it('is for sockets or for callbacks, and the secrets are in the environment no more', () => {
    const sockets = env({ SLACK_APP_TOKEN: 'xapp-1', SLACK_CHANNEL: 'C0123' });
    expect(readSlackConfig(sockets)).toMatchObject({ botToken: 'xoxb-1', appToken: 'xapp-1', channel: 'C0123', apiUrl: 'https://slack.com/api/' });
    expect(Object.keys(sockets).filter((name) => /TOKEN|SECRET/.test(name))).toEqual([]);
    expect(readSlackConfig(env({ SLACK_SIGNING_SECRET: 's' }))).toMatchObject({ signingSecret: 's', port: 3_000 });
  });

  it.each([
    ['neither mode', {}],
    ['both modes', { SLACK_APP_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: 's' }],
    ['a token of a person', { SLACK_BOT_TOKEN: 'xoxp-1', SLACK_APP_TOKEN: 'xapp-1' }],
    ['a channel by its name', { SLACK_APP_TOKEN: 'xapp-1', SLACK_CHANNEL: '#approvals' }],
  ])('is refused with %s', (_, more) => expect(() => readSlackConfig(env(more))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' })));
});
