import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { orderingKey, partitionOf } from '@countersign/contracts';
import { generateKey, rawPublicKeyOf } from '@countersign/identity';
import { loadConfig } from '@countersign/tools';
import { TENANT, workflowsFor, writeConfig } from './bench-config.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the configuration of the bench', () => {
  it('has one workflow in each partition', () => {
    expect(workflowsFor(4).map((workflow) => partitionOf(orderingKey(TENANT, workflow), 4))).toEqual([0, 1, 2, 3]);
  });

  it('has no fault', () => {
    writeConfig(folder, workflowsFor(4));
    const { faults, files } = loadConfig(folder, { localPublicKey: rawPublicKeyOf(generateKey()) });
    expect(faults).toEqual([]);
    expect(files.length).toBe(11);
  });
});
