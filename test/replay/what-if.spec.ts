import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { CedarEngine } from '@countersign/policy-engines';
import { bundlesOf, coursesOf, endOf, newSandbox, play, replayExactly, underCandidate, type Played, type PartitionTape, type TapedOutcome } from '@countersign/replay';
import { PARTITIONS } from '../trust/forgery/world.ts';
import { candidate } from './candidate.ts';
import { Recording, refund, TRUST_DOMAIN } from './recording.ts';

const recording = new Recording();
let tapes: readonly PartitionTape[] = [];

beforeAll(async () => {
  await recording.start();
  for (const [id, how] of [['plain', 'plain'], ['asked', 'ask'], ['two', 'two']] as const) await recording.carryOut({ id, input: refund(how, `ch_${id}`) });
  await recording.carryOut({ id: 'expired', input: refund('brief', 'ch_4') }, false);
  await recording.stop();
  tapes = recording.tapes();
}, 60_000);
afterAll(() => recording.stop());

const sandbox = () => newSandbox({ engine: new CedarEngine(), trustDomain: TRUST_DOMAIN, partitions: PARTITIONS });

const played = async (tape: PartitionTape, other?: ControlState): Promise<Played> => {
  const controls = recording.timeline();
  const outcomes: TapedOutcome[] = [];
  await replayExactly({ tape, controls, sandbox: sandbox(), isCompared: () => true, onDivergence: () => undefined, onOutcome: (found) => outcomes.push(found), only: new Set(['executor'] as const) });
  return play({ tape, sandbox: sandbox(), controlsAt: other ? underCandidate(controls, other) : (time) => controls.atTime(time), outcomes, from: 0 as Instant });
};

/** How each run ends under other files. */
const endsUnder = async (other: ControlState): Promise<Readonly<Record<string, string>>> => {
  const ends: Record<string, string> = {};
  for (const tape of tapes) {
    const result = await played(tape, other);
    const courses = coursesOf(result.events);
    for (const run of bundlesOf(tape).keys()) ends[['plain', 'asked', 'two', 'expired'].find((id) => recording.runOf({ id }) === run) ?? run] = endOf(courses.get(run), result.ends.filter((end) => end.run === run));
  }
  return ends;
};

const rules = (folder: string, change: (text: string) => string): void => {
  const file = join(folder, 'policies/desk.yaml');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
};
const without = (name: string) => (text: string): string => text.replace(new RegExp(`  - name: ${name}\\n(?:    .*\\n)+`), '');

const AS_IT_WAS = { plain: 'unverified', asked: 'succeeded', two: 'succeeded', expired: 'expired' };

describe('a tape that is played', () => {
  it('comes out as it was under what was in force: the same events, by their ids', async () => {
    for (const tape of tapes) {
      const { events, ends } = await played(tape);
      const { topics } = tape;
      const shape = (all: typeof events): readonly string[] => all.map(({ event }) => `${event.id} ${event.type}`).toSorted();
      expect(ends).toEqual([]);
      expect(shape(events)).toEqual(shape([topics.proposals, topics.decisions, topics.approvals, topics.executions].flat()));
    }
  });

  it('comes out as it was under a copy of the files that were in force', async () => {
    expect(await endsUnder(candidate(() => undefined))).toEqual(AS_IT_WAS);
  });

  it('stands still where people are asked who were not, for nobody has voted', async () => {
    const stricter = candidate((folder) => rules(folder, (text) => `${text}  - name: all_ask\n    if: { tool: "payments.refund", amount_usd: "> 5" }\n    then: { action: require_human_approval }\n`));
    expect(await endsUnder(stricter)).toEqual({ ...AS_IT_WAS, plain: 'waits for people at plain' });
  });

  it('goes on with what the tool said where people are no longer asked', async () => {
    const milder = candidate((folder) => rules(folder, (text) => without('desk_asks_for_six')(without('desk_asks')(text))));
    expect(await endsUnder(milder)).toEqual(AS_IT_WAS);
    const tape = tapes.find(({ topics }) => topics.decisions.some(({ event }) => event.step === 'ask'));
    const { events } = await played(tape as PartitionTape, milder);
    // The votes of then are on the tape, and nobody has asked for them now.
    const ofApprovals = events.filter(({ event }) => event.step === 'ask').map(({ event }) => event.type).filter((type) => type.startsWith('countersign.approval.'));
    expect([...new Set(ofApprovals)]).toEqual(['countersign.approval.ballot-refused']);
    expect(events.some(({ event }) => event.step === 'ask' && event.type === 'countersign.action.verified')).toBe(true);
  });

  it('stops where it would do what was never done, and says so', async () => {
    const milder = candidate((folder) => rules(folder, without('desk_asks_briefly')));
    expect(await endsUnder(milder)).toEqual({ ...AS_IT_WAS, expired: 'the tape ends at brief: it was never called with these arguments' });
  });

  it('counts the votes of then for the quorum of now', async () => {
    const more = candidate((folder) => rules(folder, (text) => text.replace('tier: 3, quorum: 2 }\n  - name: desk_asks_two_who', 'tier: 3, quorum: 3 }\n  - name: desk_asks_two_who')));
    // Three have voted, and two were enough.
    expect(await endsUnder(more)).toEqual(AS_IT_WAS);
    const tooMany = candidate((folder) => rules(folder, (text) => text.replace('tier: 3, quorum: 2 }\n  - name: desk_asks_two_who', 'tier: 3, quorum: 4 }\n  - name: desk_asks_two_who')));
    expect(await endsUnder(tooMany)).toEqual({ ...AS_IT_WAS, two: 'waits for people at two' });
  });

  it('ends what is denied now', async () => {
    const denies = candidate((folder) => rules(folder, (text) => `${text}  - name: none_at_all\n    if: { tool: "desk.two" }\n    then: { action: deny }\n`));
    expect(await endsUnder(denies)).toEqual({ ...AS_IT_WAS, two: 'denied' });
  });
});
