import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { Server } from 'node:net';
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
  vi.restoreAllMocks();
  rmSync(empty, { recursive: true });
});

describe('the check of the machine', () => {
  it('misses Java and, as long as the jars are not there, Maven', async () => {
    const missing = await missingOnMachine(empty, readStackEnvironment({ COUNTERSIGN_CACHE: empty }));
    expect(missing).toEqual([expect.stringMatching(/^Java is missing: /), expect.stringMatching(/^Maven is missing: /)]);
  });

  it.skipIf(!existsSync('/proc/sys'))('misses room on the disk of the data, though they are not there yet', async () => {
    // A file system that has none.
    const missing = await missingOnMachine('/proc/sys/countersign/data', readStackEnvironment({ COUNTERSIGN_CACHE: empty, KAFKA_BROKERS: 'kafka.example:9093' }));
    expect(missing).toEqual(['disk space is missing: 0.0 GB free in `/proc/sys/countersign/data`, 0.5 GB are needed there: free some, or use another folder (TMPDIR, --data)']);
  });

  it('misses a port where nothing may listen', async () => {
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      queueMicrotask(() => this.emit('error', Object.assign(new Error('listen EPERM'), { code: 'EPERM' })));
      return this;
    });
    const missing = await missingOnMachine(empty, readStackEnvironment({ COUNTERSIGN_CACHE: empty, KAFKA_BROKERS: 'kafka.example:9093' }));
    expect(missing).toEqual(['no port can be opened on 127.0.0.1 (EPERM): Kafka, PostgreSQL and the services listen there, so this process must be allowed to']);
  });

  it('misses neither with a Kafka of somebody else', async () => {
    expect(await missingOnMachine(empty, readStackEnvironment({ COUNTERSIGN_CACHE: empty, KAFKA_BROKERS: 'kafka.example:9093' }))).toEqual([]);
  });
});
