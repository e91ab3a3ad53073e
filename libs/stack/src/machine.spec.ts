import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { join } from 'node:path';
import { readStackEnvironment } from './environment.js';
import { missingOnMachine } from './machine.js';

/** A machine with no program at all. */
let empty = '';
beforeEach(() => {
  empty = mkdtempSync(join(tmpdir(), 'machine-'));
  vi.stubEnv('PATH', empty);
  vi.stubEnv('JAVA_HOME', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(empty, { recursive: true });
});

describe('the check of the machine', () => {
  it('misses Java and, as long as the jars are not there, Maven', async () => {
    const missing = await missingOnMachine(readStackEnvironment({ COUNTERSIGN_CACHE: empty }));
    expect(missing).toEqual([expect.stringMatching(/^Java is missing: /), expect.stringMatching(/^Maven is missing: /)]);
  });

  it('misses neither with a Kafka of somebody else', async () => {
    expect(await missingOnMachine(readStackEnvironment({ COUNTERSIGN_CACHE: empty, KAFKA_BROKERS: 'kafka.example:9093' }))).toEqual([]);
  });
});
