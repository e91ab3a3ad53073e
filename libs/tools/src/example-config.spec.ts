import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.js';

const config = loadConfig(path.resolve(import.meta.dirname, '../../../config'), { localPublicKey: 'A'.repeat(43) });

describe('the example configuration', () => {
  it('has no fault', () => {
    expect(config.faults).toEqual([]);
  });

  it('holds every kind of file', () => {
    expect(new Set(config.files.map(({ kind }) => kind))).toEqual(new Set(['contract', 'tool', 'policy', 'playbook', 'approvers', 'tenant']));
  });

  it('lets every write be looked at afterwards, but for the export that policy limits', () => {
    const blind = config.documents.tools.filter(({ document }) => document.effect === 'write' && !document.readBack).map(({ document }) => document.id);
    expect(blind).toEqual(['crm.export']);
  });
});
