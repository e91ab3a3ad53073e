import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NewRecord } from '@countersign/bus';
import type { Approver } from '@countersign/domain';
import { generateKey } from '@countersign/identity';
import type { Instant, Principal } from '@countersign/kernel';
import { cardWith } from '../card/cards.spec-support.js';
import { BallotBox, RECORD_DEADLINE } from './ballot-box.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const ADA = { subject: 'spiffe://countersign.local/human/ada' as Principal, name: 'Ada' } as Approver;
const PRESS = { slack: { team: 'T0123ABCD', user: 'U0456EFGH' }, id: 'trigger-1' };

/** A log whose answers come when the test says so. */
const slowLog = () => {
  const appended: NewRecord[] = [];
  const answers: PromiseWithResolvers<number>[] = [];
  const append = (_target: unknown, records: readonly NewRecord[]): Promise<number> => {
    appended.push(...records);
    const answer = Promise.withResolvers<number>();
    answers.push(answer);
    return answer.promise;
  };
  return { appended, answers, broker: { append, offsets: () => Promise.resolve({ start: 0, end: 0 }) } };
};

describe('the box for ballots', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const given = () => {
    const log = slowLog();
    const box = new BallotBox({ broker: log.broker, namespace: 'countersign', partitions: 2, privateKey: generateKey(), clock: { now: () => NOW } });
    const settled: unknown[] = [];
    const vote = (press = PRESS): void => void box.vote(cardWith(), ADA, 'approve', '', press).then(() => settled.push('recorded'), (fault: unknown) => settled.push(fault));
    return { ...log, box, settled, vote };
  };

  it('says nothing of a vote until the log has it', async () => {
    const { answers, settled, vote } = given();
    vote();
    await vi.advanceTimersByTimeAsync(RECORD_DEADLINE - 1);
    expect(settled).toEqual([]);
    answers[0]?.resolve(7);
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toEqual(['recorded']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives a vote that the log does not take within two seconds for not recorded, and stays so when it lands late', async () => {
    const { answers, settled, vote } = given();
    vote();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(settled).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toMatchObject([{ code: 'TIMED_OUT' }]);
    answers[0]?.resolve(7);
    await vi.advanceTimersByTimeAsync(RECORD_DEADLINE);
    expect(settled).toHaveLength(1);
  });

  it('a log that refuses it late is nobody’s fault any more', async () => {
    const { answers, settled, vote } = given();
    vote();
    await vi.advanceTimersByTimeAsync(RECORD_DEADLINE);
    answers[0]?.reject(new Error('the broker is gone'));
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toMatchObject([{ code: 'TIMED_OUT' }]);
  });

  it('puts the same press into the log under one id, and another press under another', () => {
    const { appended, vote } = given();
    for (const id of ['trigger-1', 'trigger-1', 'trigger-2']) vote({ ...PRESS, id });
    const [first, again, other] = appended.map(({ value }) => (JSON.parse(String(value)) as { readonly id: string }).id);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('waits for as long as it takes with what is no vote: nobody is answered with it', async () => {
    const { answers, box, settled } = given();
    void box.refuse('ask-1', undefined, { code: 'slack.unmapped', message: 'nobody' }, PRESS).then(() => settled.push('kept'));
    await vi.advanceTimersByTimeAsync(10 * RECORD_DEADLINE);
    answers[0]?.resolve(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toEqual(['kept']);
  });
});
