import { describe, expect, it } from 'vitest';
import type { Audit } from '@countersign/audit';
import { viewOf } from '../../spec-support/ledger-fixtures.spec-support.js';
import { auditText } from './audit-text.js';

const AUDIT: Audit = {
  anchor: { namespace: 'countersign', origin: 'ledger.example', size: 9, witnesses: [] },
  logs: [{ topic: 'ballots', partition: 2, epoch: 1, begun: { at: 12, missing: 2, reason: 'the disk was lost', by: 'spiffe://countersign.local/human/ada' }, entries: 1_200, anchored: 4, unanchored: 3, refused: { SIGNATURE_INVALID: 1 }, faults: [] }],
  runs: 70,
  events: 1_200,
  faults: [],
};
const textOf = (isSigned: boolean, change: Partial<Audit> = {}): string => auditText({ ...AUDIT, ...change }, { url: 's3://bucket', isSigned }, viewOf(200));

describe('what is told of an archive', () => {
  it('is what it has, what is archived nowhere and by whose order, and that it is intact', () => {
    expect(textOf(true)).toContain('offsets 10 to 11 are archived nowhere: the disk was lost (ada); 3 not anchored yet; 1 SIGNATURE_INVALID');
    expect(textOf(true)).toContain('intact: 1,200 records, 70 whole runs');
  });

  it('names nobody as who ordered anything where no signature was checked', () => {
    expect(textOf(false)).toContain('the disk was lost (unchecked: ada)');
  });

  it('begins with the first fault, and where it is', () => {
    const faults = [{ log: 'proposals/1', code: 'entry.changed' as const, message: 'entry 7 is another one', entry: 7, offset: 9, event: 'event-1' }, { log: 'tasks/0', code: 'object.missing' as const, message: 'gone', entry: 0, before: 256 }];
    expect(textOf(true, { faults })).toContain('NOT INTACT: proposals/1, entry 7, offset 9, event event-1: entry.changed: entry 7 is another one\n  also: tasks/0, entries 0 to 255: object.missing: gone');
  });
});
