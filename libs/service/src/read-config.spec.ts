import { describe, expect, it } from 'vitest';
import { readServiceConfig, ServiceConfig } from './service.config.js';

const COMPLETE = {
  KAFKA_BROKERS: '127.0.0.1:9092, 127.0.0.1:9093',
  COUNTERSIGN_TENANTS: 'acme,globex',
  SERVICE_NAME: 'policy-1',
  COUNTERSIGN_KEY_FILE: '/keys/policy.pem',
  COUNTERSIGN_ROOT_FILE: '/keys/root.json',
  COUNTERSIGN_BLOB_FOLDER: '/blobs',
};

describe('configuration', () => {
  it('reads lists, numbers and flags, and fills in the defaults', () => {
    const config = readServiceConfig(ServiceConfig, { ...COMPLETE, KAFKA_TLS: 'true', COUNTERSIGN_PARTITIONS: '8' });
    expect(config).toMatchObject({ brokers: ['127.0.0.1:9092', '127.0.0.1:9093'], tenants: ['acme', 'globex'], tls: true, partitions: 8, namespace: 'countersign', mechanism: 'scram-sha-512' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('names every fault at once, by variable and without its value', () => {
    const read = (): unknown => readServiceConfig(ServiceConfig, { ...COMPLETE, KAFKA_BROKERS: '', COUNTERSIGN_PARTITIONS: 'secret-x', KAFKA_TLS: 'maybe', LOG_LEVEL: 'loud' });
    expect(read).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    expect(read).toThrow(/KAFKA_BROKERS: [\s\S]*COUNTERSIGN_PARTITIONS: [\s\S]*/);
    expect(read).toThrow(/KAFKA_TLS: /);
    expect(read).toThrow(/LOG_LEVEL: /);
    expect(read).not.toThrow(/secret-x|maybe|loud/);
  });

  it('takes an empty variable for an absent one', () => {
    expect(readServiceConfig(ServiceConfig, { ...COMPLETE, COUNTERSIGN_NAMESPACE: '' }).namespace).toBe('countersign');
  });
});
