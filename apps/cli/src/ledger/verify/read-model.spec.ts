import { describe, expect, it } from 'vitest';
import type { Checked } from '@countersign/audit';
import { canonicalJson, CountersignError, sha256, type ErrorCode } from '@countersign/kernel';
import type { Ledger } from '../ledger-client.js';
import { ArchivedRecords } from './read-model.js';

const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
const OTHER = 'run-BBBBBBBBBBBBBBBBBBBBBB';
const EVENT = { id: 'e-1', run: RUN, data: { amount_cents: 1_200 } };
const HASH = sha256(canonicalJson(EVENT));
const ROW = { topic: 'tasks', partition: 1, offset: 7, sha256: HASH, event: EVENT };

/** What was checked of offsets 5 to 9 of `tasks/1`: the event at 7, and records that are no events. */
const archived = (): ArchivedRecords => {
  const records = new ArchivedRecords();
  for (const offset of [5, 6, 7, 9]) {
    const record = { topic: 'countersign.tasks', partition: 1, offset, timestamp: 0, key: null, value: Buffer.from(offset === 7 ? canonicalJson(EVENT) : '{}'), headers: {} };
    records.take((offset === 7 ? { kind: 'event', topic: 'tasks', record, event: EVENT } : { kind: 'passed', topic: 'tasks', record }) as Checked);
  }
  return records;
};

type Row = Readonly<Record<string, unknown>>;
interface Has {
  /** Rows by the run that they are said to be of. */
  readonly rows?: Readonly<Record<string, readonly Row[]>>;
  /** Rows that are of no run. */
  readonly others?: readonly Row[];
  /** Runs that no row of an event is of. */
  readonly runs?: readonly string[];
}

const ledgerWith = ({ rows = { [RUN]: [ROW] }, others = [], runs = [] }: Has): Ledger =>
  ({
    runs: ({ cursor }: { readonly cursor?: string }) => Promise.resolve(cursor === undefined ? { runs: [], cursor: 'next' } : { runs: [...Object.keys(rows), ...runs].map((id) => ({ id })) }),
    events: (run: string) => (rows[run] || runs.includes(run) ? Promise.resolve({ events: rows[run] ?? [] }) : Promise.reject(new CountersignError('NOT_FOUND', 'nothing'))),
    allEvents: ({ from }: { readonly from?: string }) => Promise.resolve(from === undefined ? { events: others, cursor: 'next', end: false } : { events: Object.values(rows).flat(), cursor: 'end', end: true }),
  }) as unknown as Ledger;

const told = async (has: Has, gaps: Parameters<ArchivedRecords['faultsOf']>[1] = []) => {
  const { faults, notArchived } = await archived().faultsOf(ledgerWith(has), gaps, () => undefined);
  return { faults: faults.map(({ run, place, message }) => `${run ?? 'no run'}: ${place}: ${message}`), notArchived };
};

describe('rows of the read model, held against the archive', () => {
  it('are right where each has the event and the hash that are archived', async () => {
    expect(await told({})).toEqual({ faults: [], notArchived: 0 });
  });

  it('are told one by one where they are others', async () => {
    const of = async (row: object): Promise<readonly string[]> => (await told({ rows: { [RUN]: [{ ...ROW, ...row }] } })).faults;
    expect(await of({ event: { ...EVENT, data: { amount_cents: 1_201 } } })).toEqual([`${RUN}: tasks/1/7: the row has another event than the archive`]);
    expect(await of({ sha256: sha256('x') })).toEqual([`${RUN}: tasks/1/7: the row has another hash than its event`]);
    expect(await told({ rows: {} })).toEqual({ faults: [`${RUN}: tasks/1/7: there is no row of it`], notArchived: 0 });
  });

  it('are told where the archive has nothing like them at their place, of whatever run they say they are', async () => {
    const invented = [{ ...ROW, offset: 8 }, { ...ROW, offset: 9 }];
    const faults = ['tasks/1/8: the archive has no such event', 'tasks/1/9: the row has another event than the archive'];
    expect((await told({ rows: { [RUN]: [ROW, ...invented] } })).faults).toEqual(faults.map((fault) => `${RUN}: ${fault}`));
    expect((await told({ rows: { [RUN]: [ROW], [OTHER]: invented } })).faults).toEqual(faults.map((fault) => `${OTHER}: ${fault}`));
    expect((await told({ others: invented.map((row) => ({ ...row, event: undefined })) })).faults).toEqual(['no run: tasks/1/8: the archive has no such event', 'no run: tasks/1/9: the row has another event than the archive']);
  });

  it('are told where they are put to another run, and a run where it has none', async () => {
    expect((await told({ rows: { [RUN]: [], [OTHER]: [ROW] } })).faults).toEqual([`${RUN}: tasks/1/7: there is no row of it`, `${OTHER}: tasks/1/7: the event is of another run, or of none`]);
    expect((await told({ runs: [OTHER] })).faults).toEqual([`${OTHER}: ${OTHER}: there is no event of this run`]);
  });

  it('are counted, and said nothing else of, where the archive does not reach, or what is there is archived nowhere by a person’s order', async () => {
    const rows = { [RUN]: [ROW], [OTHER]: [{ ...ROW, offset: 10 }, { ...ROW, offset: 4 }, { ...ROW, partition: 0 }, { ...ROW, offset: 8 }] };
    expect(await told({ rows }, [{ topic: 'tasks', partition: 1, begun: { at: 9, missing: 1, reason: '', by: '' } }])).toEqual({ faults: [], notArchived: 4 });
  });

  it('are held against nothing where the ledger gives no answer', async () => {
    const silent = (code: ErrorCode): Ledger => ({ ...ledgerWith({}), events: () => Promise.reject(new CountersignError(code, 'nothing')) });
    await expect(archived().faultsOf(silent('STACK_NOT_RUNNING'), [], () => undefined)).rejects.toMatchObject({ code: 'STACK_NOT_RUNNING' });
  });
});
