import { describe, expect, it } from 'vitest';
import { CountersignError, type ErrorCode } from '@countersign/kernel';
import type { RejectedRecord } from '@countersign/read-model';
import { LedgerHandler, type LedgerParts } from './ledger.handler.js';
import type { LedgerBatch } from './projection.js';

const rejected = (code: ErrorCode, offset = 3): RejectedRecord => ({ topic: 'decisions', partition: 0, offset, timestamp: 0, code, message: '' });
const batchOf = (...records: readonly RejectedRecord[]): LedgerBatch => ({ topic: 'decisions', partition: 0, from: 0, next: 9, reader: '', records: [], rejected: records, passedOver: [] });

const given = (parts: Partial<LedgerParts> = {}): { readonly handler: LedgerHandler; readonly steps: string[] } => {
  const steps: string[] = [];
  const handler = new LedgerHandler({
    project: () => Promise.resolve(void steps.push('projected')),
    alarms: { raise: (records) => Promise.resolve(void steps.push(...records.map(({ code }) => code))) },
    onGap: ({ code }) => void steps.push(`gap ${code}`),
    ...parts,
  });
  return { handler, steps };
};

describe('the ledger', () => {
  it('tells of forgeries before it moves on, and of nothing else', async () => {
    const { handler, steps } = given();
    await handler.handle(batchOf(rejected('SIGNER_WRONG'), rejected('HANDLER_FAILED'), rejected('SIGNATURE_INVALID')));
    expect(steps).toEqual(['SIGNER_WRONG', 'SIGNATURE_INVALID', 'projected']);
  });

  it('tells of what everybody passes over, which goes into no read model', async () => {
    const { handler, steps } = given();
    await handler.handle({ ...batchOf(), passedOver: [rejected('EPOCH_STALE'), rejected('EVENT_REPEATED')] });
    expect(steps).toEqual(['EPOCH_STALE', 'EVENT_REPEATED', 'projected']);
  });

  it('does not move on while an alarm cannot be written', async () => {
    const fault = new CountersignError('BROKER_UNREACHABLE', 'away', { retry: 'later' });
    const { handler, steps } = given({ alarms: { raise: () => Promise.reject(fault) } });
    await expect(handler.handle(batchOf(rejected('SIGNER_WRONG')))).rejects.toBe(fault);
    expect(steps).toEqual([]);
  });

  it('ends the process where it is ahead of the read model, and makes no dead letters of good records', async () => {
    const { handler, steps } = given({ project: () => Promise.reject(new CountersignError('POSITION_GAP', 'the read model ends at 0')) });
    await expect(handler.handle(batchOf())).rejects.toMatchObject({ code: 'POSITION_GAP', retry: 'later' });
    expect(steps).toEqual(['gap POSITION_GAP']);
  });

  it('passes on what PostgreSQL refuses', async () => {
    const fault = new CountersignError('DATABASE_REFUSED', 'refused');
    await expect(given({ project: () => Promise.reject(fault) }).handler.handle(batchOf())).rejects.toBe(fault);
  });
});
