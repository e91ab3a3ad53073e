import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '@countersign/kernel';
import { CedarEngine } from '@countersign/policy-engines';
import { newSandbox, replayExactly, type Divergence } from '@countersign/replay';
import { PARTITIONS } from '../trust/forgery/world.ts';
import { Recording, TRUST_DOMAIN } from './recording.ts';

const recording = new Recording();
const runs: Record<string, RunId> = {};

beforeAll(async () => {
  await recording.start();
  const refund = (how: string, charge: string, cents = 700): Readonly<Record<string, unknown>> => ({ how, charge_id: charge, amount_cents: cents, reason: 'a test asks for it' });
  runs['plain'] = await recording.carryOut({ id: 'plain', input: refund('plain', 'ch_1') });
  runs['asked'] = await recording.carryOut({ id: 'asked', input: refund('ask', 'ch_2') });
  runs['two'] = await recording.carryOut({ id: 'two', input: refund('two', 'ch_3') });
  runs['expired'] = await recording.carryOut({ id: 'expired', input: refund('brief', 'ch_4') }, false);
  await recording.stop();
}, 60_000);
afterAll(() => recording.stop());

const replayed = async () => {
  const divergences: Divergence[] = [];
  let [events, quiet] = [0, 0];
  for (const tape of recording.tapes()) {
    const found = await replayExactly({ tape, controls: recording.timeline(), sandbox: newSandbox({ engine: new CedarEngine(), trustDomain: TRUST_DOMAIN, partitions: PARTITIONS }), isCompared: () => true, onDivergence: (divergence) => divergences.push(divergence) });
    events += found.events;
    quiet += found.quiet;
  }
  return { divergences, events, quiet };
};

describe('an exact replay', () => {
  it('writes every event of runs that were decided, asked about and expired once more, byte for byte', async () => {
    const { divergences, events, quiet } = await replayed();
    expect(divergences).toEqual([]);
    console.log(events, quiet);
  });
});
