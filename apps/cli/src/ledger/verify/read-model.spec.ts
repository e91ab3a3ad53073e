import { describe, expect, it } from 'vitest';
import { canonicalJson, CountersignError, sha256, type ErrorCode } from '@countersign/kernel';
import type { Ledger } from '../ledger-client.js';
import { rowFaults } from './read-model.js';

const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
const EVENT = { id: 'e-1', data: { amount_cents: 1_200 } };
const HASH = sha256(canonicalJson(EVENT));
const ARCHIVED = new Map([['tasks/1/7', HASH]]);

const ledgerWith = (row: object): Pick<Ledger, 'events'> => ({ events: () => Promise.resolve({ events: [{ topic: 'tasks', partition: 1, offset: 7, sha256: HASH, event: EVENT, ...row }] } as unknown as Awaited<ReturnType<Ledger['events']>>) });
const ledgerThat = (code: ErrorCode): Pick<Ledger, 'events'> => ({ events: () => Promise.reject(new CountersignError(code, 'nothing')) });

describe('rows of the read model, held against the archive', () => {
  it('are right where each has the event and the hash that are archived, and say nothing of what is not archived yet', async () => {
    expect(await rowFaults(ledgerWith({}), RUN, ARCHIVED)).toEqual([]);
    expect(await rowFaults(ledgerWith({}), RUN, new Map())).toEqual([]);
  });

  it('are told one by one where they are others', async () => {
    const message = async (row: object): Promise<readonly string[]> => (await rowFaults(ledgerWith(row), RUN, ARCHIVED)).map((fault) => `${fault.place}: ${fault.message}`);
    expect(await message({ event: { ...EVENT, data: { amount_cents: 1_201 } } })).toEqual(['tasks/1/7: the row has another event than the archive']);
    expect(await message({ sha256: sha256('x') })).toEqual(['tasks/1/7: the row has another hash than its event']);
    expect(await message({ offset: 8 })).toEqual(['tasks/1/7: there is no row of it']);
  });

  it('are missing where the ledger does not know the run, and not where it gives no answer', async () => {
    expect(await rowFaults(ledgerThat('NOT_FOUND'), RUN, ARCHIVED)).toEqual([{ run: RUN, place: 'tasks/1/7', message: 'there is no row of it' }]);
    await expect(rowFaults(ledgerThat('STACK_NOT_RUNNING'), RUN, ARCHIVED)).rejects.toMatchObject({ code: 'STACK_NOT_RUNNING' });
  });
});
