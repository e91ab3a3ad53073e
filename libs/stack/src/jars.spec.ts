import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CountersignError } from '@countersign/kernel';
import { readStackEnvironment } from './environment.js';
import { findKafkaJars, kafkaVersion } from './jars.js';

const folder = mkdtempSync(join(tmpdir(), 'jars-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the Kafka jars', () => {
  it('are missing until the broker is among them, and the message says what to do', () => {
    const environment = readStackEnvironment({ COUNTERSIGN_CACHE: folder });
    const fault = ((): unknown => {
      try {
        return findKafkaJars(environment);
      } catch (caught) {
        return caught;
      }
    })();
    expect(fault).toBeInstanceOf(CountersignError);
    expect(fault).toMatchObject({ code: 'KAFKA_JARS_MISSING', hint: expect.stringContaining('scripts/bootstrap.mjs') });

    const libs = join(folder, `kafka-${kafkaVersion()}`, 'libs');
    mkdirSync(libs, { recursive: true });
    writeFileSync(join(libs, 'kafka-clients-4.3.1.jar'), '');
    expect(() => findKafkaJars(environment)).toThrow('no Kafka jars');
    writeFileSync(join(libs, 'kafka_2.13-4.3.1.jar'), '');
    expect(findKafkaJars(environment)).toBe(libs);
  });

  it('are looked for where COUNTERSIGN_KAFKA_LIBS says, and nowhere else', () => {
    const elsewhere = join(folder, 'elsewhere');
    const environment = readStackEnvironment({ COUNTERSIGN_CACHE: folder, COUNTERSIGN_KAFKA_LIBS: elsewhere });
    expect(() => findKafkaJars(environment)).toThrow(`no Kafka jars in \`${elsewhere}\``);
  });
});

describe('the environment of the stack', () => {
  it('names external parts, and blank values are none', () => {
    expect(readStackEnvironment({ KAFKA_BROKERS: 'a:9092, b:9092,', DATABASE_URL: 'postgres://db/x', JAVA_HOME: '/opt/java' })).toMatchObject({
      externalKafka: ['a:9092', 'b:9092'],
      externalDatabase: 'postgres://db/x',
      java: '/opt/java/bin/java',
    });
    expect(readStackEnvironment({ KAFKA_BROKERS: ' ', DATABASE_URL: '' })).toMatchObject({ externalKafka: undefined, externalDatabase: undefined, java: 'java' });
  });
});
