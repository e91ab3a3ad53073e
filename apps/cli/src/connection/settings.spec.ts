import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KAFKA_VARIABLES } from '@countersign/service/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDataDir } from '../data-dir.js';
import { readSettings } from './settings.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-settings-'));
  mkdirSync(join(folder, 'project/.countersign'), { recursive: true });
  mkdirSync(join(folder, 'project/deep/er'), { recursive: true });
  writeFileSync(
    join(folder, 'project/.countersign/client.json'),
    JSON.stringify({ schema: 1, namespace: 'countersign', partitions: 4, tenants: ['acme', 'globex'], brokers: ['127.0.0.1:1', '127.0.0.1:2'], passwordFile: 'operator.password', tls: false, ledger: { url: 'http://127.0.0.1:3' } }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = (env: NodeJS.ProcessEnv = {}) => readSettings({ dataDir: join(folder, 'project/.countersign'), env });

describe('the data folder', () => {
  it('is found upwards from where one is', () => {
    expect(findDataDir({ option: undefined, env: {}, cwd: join(folder, 'project/deep/er') })).toBe(join(folder, 'project/.countersign'));
  });

  it('that knows of a stack wins over a nearer one that does not', () => {
    mkdirSync(join(folder, 'project/deep/.countersign'), { recursive: true });
    expect(findDataDir({ option: undefined, env: {}, cwd: join(folder, 'project/deep/er') })).toBe(join(folder, 'project/.countersign'));
  });

  it('is the one that is named, relative to where one is', () => {
    expect(findDataDir({ option: 'data', env: { COUNTERSIGN_HOME: '/elsewhere' }, cwd: folder })).toBe(join(folder, 'data'));
    expect(findDataDir({ option: undefined, env: { COUNTERSIGN_HOME: '/elsewhere' }, cwd: folder })).toBe('/elsewhere');
  });
});

describe('settings', () => {
  it('are fields of the file, with paths made absolute', () => {
    expect(settings().kafka(KAFKA_VARIABLES)).toMatchObject({
      KAFKA_BROKERS: '127.0.0.1:1,127.0.0.1:2',
      KAFKA_PASSWORD_FILE: join(folder, 'project/.countersign/operator.password'),
      KAFKA_TLS: 'false',
      COUNTERSIGN_PARTITIONS: '4',
      COUNTERSIGN_TENANTS: 'acme,globex',
      KAFKA_USERNAME: undefined,
    });
  });

  it('of the environment win, one by one', () => {
    const given = settings({ KAFKA_BROKERS: 'kafka:9092', COUNTERSIGN_LEDGER_URL: '' });
    expect(given.kafka(KAFKA_VARIABLES)).toMatchObject({ KAFKA_BROKERS: 'kafka:9092', COUNTERSIGN_TENANTS: 'acme,globex' });
    expect(given.get('ledger.url', 'COUNTERSIGN_LEDGER_URL')).toBe('http://127.0.0.1:3');
  });

  it('that are nowhere say whether there is a stack at all', () => {
    expect(settings().missing('the root file', 'COUNTERSIGN_ROOT_FILE')).toMatchObject({ code: 'CONFIG_INVALID', hint: 'set COUNTERSIGN_ROOT_FILE, or bring the stack down and up again' });
    const none = readSettings({ dataDir: join(folder, 'nowhere'), env: {} });
    expect(none.missing('the root file', 'COUNTERSIGN_ROOT_FILE')).toMatchObject({ code: 'STACK_NOT_RUNNING' });
  });

  it.each([
    ['{', 'is no JSON'],
    ['{"schema":2}', 'is of another version of countersign'],
  ])('of a file with %s are refused', (content, message) => {
    mkdirSync(join(folder, 'bad'), { recursive: true });
    writeFileSync(join(folder, 'bad/client.json'), content);
    expect(() => readSettings({ dataDir: join(folder, 'bad'), env: {} })).toThrow(message);
  });
});
