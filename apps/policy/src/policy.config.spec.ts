import { describe, expect, it } from 'vitest';
import { readPolicyConfig } from './policy.config.js';

const COMPLETE = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  COUNTERSIGN_TENANTS: 'acme',
  SERVICE_NAME: 'policy-1',
  COUNTERSIGN_KEY_FILE: '/keys/policy.pem',
  COUNTERSIGN_ROOT_FILE: '/keys/root.json',
  COUNTERSIGN_BLOB_FOLDER: '/blobs',
};

describe('the configuration of policy', () => {
  it('takes Cedar unless OPA is named', () => {
    expect(readPolicyConfig(COMPLETE).engine).toBe('cedar');
    expect(readPolicyConfig({ ...COMPLETE, COUNTERSIGN_POLICY_ENGINE: 'opa' }).engine).toBe('opa');
  });

  it('refuses an engine that nobody knows, by the name of the variable', () => {
    expect(() => readPolicyConfig({ ...COMPLETE, COUNTERSIGN_POLICY_ENGINE: 'rego' })).toThrow(/COUNTERSIGN_POLICY_ENGINE/);
  });
});
