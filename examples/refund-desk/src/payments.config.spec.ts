import { expect, it } from 'vitest';
import { paymentsConfig } from './payments.config.js';

it('reads the environment and takes a free port unless told', () => {
  expect(paymentsConfig({ DATABASE_URL: 'postgresql://u:p@127.0.0.1/db', API_TOKEN: 't' })).toEqual({
    databaseUrl: 'postgresql://u:p@127.0.0.1/db',
    port: 0,
    apiToken: 't',
    faultSwitches: false,
  });
});

it('names every fault of the environment at once', () => {
  expect(() => paymentsConfig({ PORT: '99999', FAULT_SWITCHES: 'yes' })).toThrow(
    'the configuration is not usable: DATABASE_URL must be a postgresql:// address; API_TOKEN must be set; PORT must be a port number, or 0; FAULT_SWITCHES must be `on` or `off`',
  );
});
