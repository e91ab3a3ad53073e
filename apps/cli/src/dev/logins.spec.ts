import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICES } from '@countersign/contracts';
import { KafkaAccess } from './kafka-access.js';
import { sharedLogins } from './logins.js';

describe('logins on a Kafka that is not ours', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-logins-'));
  const file = (name: string): string => join(folder, name);
  beforeAll(() => {
    for (const name of ['shared', 'planner']) writeFileSync(file(name), `password of ${name}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const SHARED = { KAFKA_BROKERS: 'kafka.example:9092', KAFKA_USERNAME: 'countersign', KAFKA_PASSWORD_FILE: file('shared') };
  const PLANNER = { KAFKA_USERNAME_PLANNER: 'agents', KAFKA_PASSWORD_FILE_PLANNER: file('planner') };
  const access = (env: NodeJS.ProcessEnv): KafkaAccess => new KafkaAccess({ external: true, brokers: ['kafka.example:9092'] }, folder, ['acme'], env);

  it('are the one of the environment unless a principal has its own', () => {
    const both = access({ ...SHARED, ...PLANNER });
    expect(both.environment('policy')).toEqual(SHARED);
    expect(both.environment('planner')).toEqual({ ...SHARED, KAFKA_USERNAME: 'agents', KAFKA_PASSWORD_FILE: file('planner') });
    expect(both.kafka('planner')).toMatchObject({ sasl: { username: 'agents', password: 'password of planner' } });
    expect(both.kafka('operator')).toMatchObject({ sasl: { username: 'countersign' } });
    expect(both.client()).toMatchObject({ username: 'countersign' });
    expect(access({ ...SHARED, KAFKA_USERNAME_OPERATOR: 'people', KAFKA_PASSWORD_FILE_OPERATOR: file('planner') }).client()).toMatchObject({ username: 'people' });
  });

  it('are refused where a name has no password', () => {
    expect(() => access({ ...SHARED, KAFKA_USERNAME_PLANNER: 'agents' }).environment('planner')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
  });

  it('that several services share are named', () => {
    expect(sharedLogins(SHARED)).toEqual(SERVICES);
    expect(sharedLogins({ ...SHARED, ...PLANNER })).toEqual(SERVICES.filter((service) => service !== 'planner'));
    const own = Object.fromEntries(SERVICES.flatMap((service) => [[`KAFKA_USERNAME_${service.toUpperCase()}`, service], [`KAFKA_PASSWORD_FILE_${service.toUpperCase()}`, file('shared')]]));
    expect(sharedLogins({ ...SHARED, ...own })).toEqual([]);
  });
});
