import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstContact } from '@countersign/bus';
import { kafkaMissing, startTestKafka, type TestKafka } from '@countersign/testing';
import { kafkaOptions } from './kafka.js';
import { readConfig } from './read-config.js';
import { KAFKA_VARIABLES, KafkaConfig } from './service.config.js';

const config = (env: NodeJS.ProcessEnv): KafkaConfig => readConfig(KafkaConfig, { COUNTERSIGN_TENANTS: 'acme', ...env }, KAFKA_VARIABLES);

describe.skipIf(kafkaMissing !== undefined)(`a Kafka that takes clients by their certificate${kafkaMissing === undefined ? '' : ` (${kafkaMissing})`}`, () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startTestKafka({ tls: true });
  }, 120_000);
  afterAll(() => kafka?.stop(), 60_000);
  const env = (): NodeJS.ProcessEnv => {
    const { mutualAddress, caFile, client } = kafka.tls;
    return { KAFKA_BROKERS: mutualAddress, KAFKA_SASL_MECHANISM: 'none', KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: caFile, KAFKA_TLS_CERTIFICATE_FILE: client.certificateFile, KAFKA_TLS_KEY_FILE: client.keyFile };
  };

  it('lets in who is set up as the documentation says', async () => {
    await expect(firstContact(kafkaOptions(config(env()), 'test'))).resolves.toBeUndefined();
  });

  it('is not asked with a key that belongs to another certificate, or with one of the two alone', () => {
    const { stranger } = kafka.tls;
    expect(() => kafkaOptions(config({ ...env(), KAFKA_TLS_KEY_FILE: stranger.keyFile }), 'test')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(/^KAFKA_TLS_CERTIFICATE_FILE and KAFKA_TLS_KEY_FILE cannot be used: .*key values mismatch/) as string }) as Error,
    );
    expect(() => kafkaOptions(config({ ...env(), KAFKA_TLS_KEY_FILE: '' }), 'test')).toThrow('are given together or not at all');
  });

  it('is not asked with a file of authorities that holds none', () => {
    const { client } = kafka.tls;
    expect(() => kafkaOptions(config({ ...env(), KAFKA_TLS_CA_FILE: client.keyFile }), 'test')).toThrow('KAFKA_TLS_CA_FILE holds no certificate');
  });
});

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
