import { describe, expect, it } from 'vitest';
import { systemTimers, type Follower, type LogRecord } from '@countersign/bus';
import { newEvent } from '@countersign/contracts';
import { CountersignError, type Instant } from '@countersign/kernel';
import type { ProjectionBatch } from '@countersign/read-model';
import { ControlsRecorder, type ControlsRecorderParts } from './controls-recorder.js';

const REDRIVEN = newEvent({ service: 'operator', type: 'countersign.dlq.redriven', subject: 'one', now: 0 as Instant, data: { service: 'policy', topic: 'proposals', partition: 1, offset: 42 } });

const record = (offset: number, isForged = false): LogRecord => ({ topic: 'countersign.controls', partition: 0, offset, timestamp: 5, key: null, value: Buffer.from(isForged ? 'forged' : 'good'), headers: {} });

const given = async (parts: Partial<ControlsRecorderParts> = {}) => {
  const batches: ProjectionBatch[] = [];
  const crashes: unknown[] = [];
  let follower: Follower | undefined;
  let followedFrom = -1;
  const recorder = new ControlsRecorder({
    broker: {
      follow: (_target, from, follows) => {
        follower = follows;
        followedFrom = from;
        return Promise.resolve({ close: () => Promise.resolve() });
      },
    },
    namespace: 'countersign',
    verify: ({ value }) => {
      if (value?.toString() === 'forged') throw new CountersignError('SIGNER_WRONG', 'no admin signed it');
      return REDRIVEN;
    },
    position: () => Promise.resolve(4),
    handle: (batch) => Promise.resolve(void batches.push(batch)),
    onCrash: (fault) => crashes.push(fault),
    ...parts,
  });
  await recorder.start();
  return { batches, crashes, from: () => followedFrom, records: async (...read: readonly LogRecord[]) => follower?.onRecords(read), end: (at: number) => follower?.onEnd(at, systemTimers.elapsed()), fail: (fault: unknown) => follower?.onFault(fault) };
};

describe('recording the controls', () => {
  it('goes on where the model ends, and covers every offset once', async () => {
    const { batches, from, records } = await given();
    await records(record(4), record(5));
    await records(record(5), record(6));
    expect(from()).toBe(4);
    expect(batches.map(({ from: begin, next, records: taken }) => [begin, next, taken.length])).toEqual([
      [4, 6, 2],
      [6, 7, 1],
    ]);
  });

  it('comes to the end also where the last offsets hold nothing, one step at a time', async () => {
    const done: string[] = [];
    const slowly = async ({ from, next }: ProjectionBatch): Promise<void> => {
      done.push(`from ${from}`);
      await new Promise((resolve) => setImmediate(resolve));
      done.push(`to ${next}`);
    };
    const { records, end } = await given({ handle: slowly });
    end(4);
    end(6);
    end(6);
    await records(record(6), record(8));
    end(9);
    await records();
    expect(done).toEqual(['from 4', 'to 6', 'from 6', 'to 9']);
  });

  it('keeps a control that nobody entitled signed apart, with its code', async () => {
    const { batches, records } = await given();
    await records(record(4, true), record(5));
    expect(batches).toMatchObject([{ records: [{ offset: 5, known: { event: { type: 'countersign.dlq.redriven' } } }], rejected: [{ offset: 4, code: 'SIGNER_WRONG' }] }]);
  });

  it('ends the process where it cannot go on: the bus would only stop following', async () => {
    const fault = new CountersignError('DATABASE_REFUSED', 'refused');
    const asked: number[] = [];
    const { crashes, records, end } = await given({ handle: ({ from }) => (asked.push(from), Promise.reject(fault)) });
    await records(record(4));
    // Nothing may follow what is not in the model.
    end(5);
    await records(record(5));
    expect(crashes).toEqual([fault]);
    expect(asked).toEqual([4]);
  });

  it('ends the process where the controls can be followed no further', async () => {
    const { crashes, fail } = await given();
    const fault = new CountersignError('LOG_TRUNCATED', 'offset 4 is not in the log any more');
    fail(fault);
    await new Promise((resolve) => setImmediate(resolve));
    expect(crashes).toEqual([fault]);
  });
});
