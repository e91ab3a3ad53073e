import { describe, expect, it } from 'vitest';
import { CountersignError, type RunId } from '@countersign/kernel';
import { disclosureOf } from './open.js';

const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId;
const ledgerThatFails = (code: 'NOT_FOUND' | 'DATABASE_UNREACHABLE') => ({ events: () => Promise.reject(new CountersignError(code, 'no')) });

describe('what was disclosed to who asked', () => {
  it('is not there yet while the ledger has not read of the request', async () => {
    expect(await disclosureOf(ledgerThatFails('NOT_FOUND'), RUN)).toBeUndefined();
  });

  it('is not known while the ledger cannot say', async () => {
    await expect(disclosureOf(ledgerThatFails('DATABASE_UNREACHABLE'), RUN)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });
});
