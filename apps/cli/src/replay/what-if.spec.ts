import { resolve } from 'node:path';
import { canonicalJson, days, minutes, timestamp, type Instant } from '@countersign/kernel';
import { bundlesOf, partitionTapes, taped } from '@countersign/replay';
import { NOW } from '@countersign/testing/given';
import { taskSubmitted } from '@countersign/testing/refund-desk';
import { describe, expect, it } from 'vitest';
import { contextIn } from '../spec-support/context.spec-support.js';
import type { ArchivedTape } from './read-tape.js';
import { whatIfOn } from './what-if.js';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** A tape with one run, handed in at a time, and nothing to play it with. */
const tapeOf = (handedIn: Instant): ArchivedTape => {
  const { event } = taskSubmitted();
  const record = { topic: 'countersign.tasks', partition: 0, offset: 0, timestamp: handedIn, key: null, value: Buffer.from(canonicalJson(event)), headers: {} };
  return { tapes: [], runs: partitionTapes([taped('tasks', event, record)]).flatMap((tape) => [...bundlesOf(tape).values()]) } as unknown as ArchivedTape;
};

describe('the runs that are played under other files', () => {
  /** Asks for those of the last day; reading the archive takes as long as is said. */
  const asked = async (handedIn: Instant, reading = minutes(0)): Promise<unknown> => {
    let now: number = NOW;
    const { context, out } = contextIn(ROOT, { json: true, now: () => now });
    const read = (): Promise<ArchivedTape> => {
      now += reading;
      return Promise.resolve(tapeOf(handedIn));
    };
    await whatIfOn(read)(context, { args: [], options: { policy: 'config', since: '1d', engine: 'cedar' } });
    return JSON.parse(out());
  };
  const aDayAgo = (NOW - days(1)) as Instant;

  it('are not those that were handed in before the age that is asked for', async () => {
    await expect(asked((aDayAgo - 1) as Instant)).rejects.toMatchObject({ code: 'NOT_FOUND', message: `no run of the archive was handed in since ${timestamp(aDayAgo)}` });
  });

  it.each([0, 30])('are counted from when it was asked: one of exactly that age is among them where reading takes %i minutes', async (reading) => {
    expect(await asked(aDayAgo, minutes(reading))).toMatchObject({ runs: 1, since: timestamp(aDayAgo) });
  });
});
