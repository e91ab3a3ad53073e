import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeEvent, type Event } from '@countersign/contracts';
import { CedarEngine } from '@countersign/policy-engines';
import { bundlesOf, isWhole, newSandbox, replayExactly, taped, type Divergence, type PartitionTape, type Taped, type TapedTopic } from '@countersign/replay';
import { PARTITIONS } from '../trust/forgery/world.ts';
import { Recording, refund, TRUST_DOMAIN } from './recording.ts';

const recording = new Recording();
let tapes: readonly PartitionTape[] = [];

beforeAll(async () => {
  await recording.start();
  await recording.carryOut({ id: 'plain', input: refund('plain', 'ch_1') });
  await recording.carryOut({ id: 'asked', input: refund('ask', 'ch_2') });
  await recording.carryOut({ id: 'two', input: refund('two', 'ch_3') });
  await recording.carryOut({ id: 'expired', input: refund('brief', 'ch_4') }, false);
  await recording.stop();
  tapes = recording.tapes();
}, 60_000);
afterAll(() => recording.stop());

const replayed = async (given: readonly PartitionTape[]) => {
  const divergences: Divergence[] = [];
  let [events, quiet] = [0, 0];
  for (const tape of given) {
    const sandbox = newSandbox({ engine: new CedarEngine(), trustDomain: TRUST_DOMAIN, partitions: PARTITIONS });
    const found = await replayExactly({ tape, controls: recording.timeline(), sandbox, isCompared: () => true, onDivergence: (divergence) => divergences.push(divergence) });
    events += found.events;
    quiet += found.quiet;
  }
  return { divergences, events, quiet };
};

/** The tape with other events of one topic. */
const but = (topic: TapedTopic, change: (event: Taped) => readonly Taped[]): readonly PartitionTape[] => tapes.map((tape) => ({ ...tape, topics: { ...tape.topics, [topic]: tape.topics[topic].flatMap(change) } }));

/** An event as a service with other code would have written it. */
const rewritten = (each: Taped, data: object): Taped => {
  const event = { ...each.event, data: Object.assign({}, each.event.data, data) } as Event;
  return taped(each.topic, event, { ...each.record, value: encodeEvent(event) });
};

describe('an exact replay', () => {
  it('writes every event of runs that were granted, asked about, expired and not as they should be once more, byte for byte', async () => {
    const runs = tapes.flatMap((tape) => [...bundlesOf(tape).values()]);
    expect(runs.filter(isWhole).map(({ outcome = 'open' }) => outcome).toSorted((one, other) => one.localeCompare(other))).toEqual(['expired', 'succeeded', 'succeeded', 'unverified']);
    const written = tapes.flatMap(({ topics }) => [topics.proposals, topics.decisions, topics.approvals, topics.executions]).flat().length;
    const { divergences, events, quiet } = await replayed(tapes);
    expect(divergences).toEqual([]);
    expect(events).toBe(written);
    expect(quiet).toBeGreaterThan(0);
  });

  it('shows where a decision is another one than the code makes, with both sides', async () => {
    const { divergences } = await replayed(but('decisions', (each) => [each.event.type === 'countersign.action.allowed' && each.event.step === 'plain' ? rewritten(each, { rules: ['a_rule_of_nobody'] }) : each]));
    expect(divergences[0]).toMatchObject({ service: 'policy', why: '`countersign.action.allowed` differs at `/data/rules/0`', difference: { pointer: '/data/rules/0', original: 'a_rule_of_nobody' } });
  });

  it('takes no call for made that is not on the tape: what rests on it has no place', async () => {
    const { divergences } = await replayed(but('executions', (each) => (each.event.type === 'countersign.action.diverged' && each.event.step === 'plain' ? [] : [each])));
    expect(divergences).toEqual(expect.arrayContaining([expect.objectContaining({ service: 'planner', why: 'what it was written for is not on the tape' }), expect.objectContaining({ service: 'policy', why: 'what it was written for is not on the tape' })]));
  });

  it('tells a grant that nobody proposed, and a proposal that nobody decided on', async () => {
    const without = await replayed(but('decisions', (each) => (each.event.type === 'countersign.action.allowed' && each.event.step === 'plain' ? [] : [each])));
    expect(without.divergences).toEqual(expect.arrayContaining([expect.objectContaining({ service: 'policy', why: 'nothing was written for `countersign.action.proposed`, and `countersign.action.allowed` would be' })]));
  });

  it('tells an outcome that the executor would not have made of any answer of the tool', async () => {
    const { divergences } = await replayed(but('executions', (each) => [each.event.type === 'countersign.action.succeeded' ? rewritten(each, { usedMicroUsd: 1 }) : each]));
    expect(divergences[0]).toMatchObject({ service: 'executor', why: '`countersign.action.succeeded` differs at `/data/usedMicroUsd`', difference: { original: 1, replayed: 2000 } });
  });

  it('tells votes that were counted and nobody cast', async () => {
    const { divergences } = await replayed(but('ballots', () => []));
    expect(divergences[0]).toMatchObject({ service: 'approvals', why: 'what it was written for is not on the tape' });
  });
});
