import { describe, expect, it } from 'vitest';
import { readLedgerConfig } from './ledger.config.js';

const COMPLETE = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  COUNTERSIGN_TENANTS: 'acme',
  SERVICE_NAME: 'ledger-1',
  COUNTERSIGN_KEY_FILE: '/keys/ledger.pem',
  COUNTERSIGN_ROOT_FILE: '/keys/root.json',
  COUNTERSIGN_BLOB_FOLDER: '/blobs',
  DATABASE_URL: 'postgres://user:secret@127.0.0.1:5432/countersign',
  COUNTERSIGN_LEDGER_TOKEN_FILE: '/secrets/ledger.token',
};

describe('the configuration of the ledger', () => {
  it('takes any free port unless told otherwise', () => {
    expect(readLedgerConfig(COMPLETE)).toMatchObject({ port: 0, tokenFile: '/secrets/ledger.token' });
    expect(readLedgerConfig({ ...COMPLETE, COUNTERSIGN_LEDGER_PORT: '4100' }).port).toBe(4_100);
  });

  it('names every fault by its variable, and no value', () => {
    const read = (): unknown => readLedgerConfig({ ...COMPLETE, DATABASE_URL: 'mysql://secret', COUNTERSIGN_LEDGER_PORT: '70000', COUNTERSIGN_LEDGER_TOKEN_FILE: '' });
    expect(read).toThrow(/DATABASE_URL: [\s\S]*COUNTERSIGN_LEDGER_PORT: [\s\S]*COUNTERSIGN_LEDGER_TOKEN_FILE: /);
    expect(read).not.toThrow(/secret/);
  });
});
