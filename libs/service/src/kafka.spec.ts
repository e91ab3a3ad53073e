import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaOptions } from './kafka.js';
import { readConfig } from './read-config.js';
import { KAFKA_VARIABLES, KafkaConfig } from './service.config.js';

describe('how to log in to Kafka', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-login-'));
  const passwordFile = join(folder, 'password');
  beforeAll(() => writeFileSync(passwordFile, 'secret\n'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const options = (env: NodeJS.ProcessEnv) =>
    kafkaOptions(readConfig(KafkaConfig, { KAFKA_BROKERS: 'kafka.example:9092', KAFKA_USERNAME: 'policy', KAFKA_PASSWORD_FILE: passwordFile, COUNTERSIGN_TENANTS: 'acme', ...env }, KAFKA_VARIABLES), 'test');

  it.each(['scram-sha-512', 'scram-sha-256'])('may be %s', (mechanism) => {
    expect(options({ KAFKA_SASL_MECHANISM: mechanism })).toMatchObject({ sasl: { mechanism, username: 'policy', password: 'secret' } });
  });

  it.each([
    [{ KAFKA_TLS: 'true' }],
    [{ KAFKA_BROKERS: '127.0.0.1:9092,localhost:9093,[::1]:9094' }],
  ])('may be plain where nobody can listen: %j', (env) => {
    expect(options({ KAFKA_SASL_MECHANISM: 'plain', ...env })).toMatchObject({ sasl: { mechanism: 'plain' } });
  });

  it.each(['kafka.example:9092', '127.0.0.1:9092,kafka.example:9092', '127.0.0.1.example:9092'])('is not plain in clear text to %s', (brokers) => {
    expect(() => options({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_BROKERS: brokers })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: 'set KAFKA_TLS=true, or use scram-sha-512 or scram-sha-256' }) as Error,
    );
  });
});
