import { describe, expect, it } from 'vitest';
import { canonicalJson } from '@countersign/kernel';
import { bundlesOf, partitionTapes, taped, type Taped, type TapedTopic } from '@countersign/replay';
import { ToldRun } from '../spec-support/told-run.spec-support.js';
import { missingCauses } from './missing-causes.js';

const told = new ToldRun().refunded();
const events: readonly Taped[] = told.log.map(({ log, offset, event }) =>
  taped(log.split('/')[0] as TapedTopic, event, { topic: `countersign.${log.split('/')[0]}`, partition: 0, offset, timestamp: Date.parse(event.time), key: null, value: Buffer.from(canonicalJson(event)), headers: {} }));
const ofTopic = (topic: TapedTopic): readonly Taped[] => events.filter((each) => each.topic === topic);

/** What is missing of the run on a tape of some of its events. */
const missingFrom = (left: readonly Taped[], refused: readonly Taped[] = []) => {
  const tapes = partitionTapes(left);
  const bundle = tapes.flatMap((tape) => bundlesOf(tape).get(told.run) ?? [])[0];
  if (!bundle) throw new Error('there is no run');
  const { lost, awaited } = missingCauses({ tapes, refused: refused.map(({ topic, record }) => ({ topic, record, code: 'EVENT_INVALID' })) }, bundle);
  return { lost: lost.map(({ topic, offset }) => `${topic}/${offset}`), awaited: awaited.map(({ topic, offset }) => `${topic}/${offset}`) };
};

describe('what a run rests on', () => {
  it('is all there', () => expect(missingFrom(events)).toEqual({ lost: [], awaited: [] }));

  it.each(['decisions', 'executions'] as const)('is lost where the log of `%s` goes on without it', (topic) => {
    const [first] = ofTopic(topic);
    expect(missingFrom(events.filter((each) => each !== first))).toEqual({ lost: [`${topic}/${first?.record.offset}`], awaited: [] });
  });

  it.each(['tasks', 'decisions', 'executions'] as const)('is awaited where the log of `%s` has not come as far', (topic) => {
    const { lost, awaited } = missingFrom(events.filter((each) => each.topic !== topic));
    expect({ lost, isAwaited: awaited.length > 0 && awaited.every((place) => place.startsWith(topic)) }).toEqual({ lost: [], isAwaited: true });
  });

  it('is there also where no service acts on it', () => {
    const [first] = ofTopic('decisions');
    expect(missingFrom(events.filter((each) => each !== first), first ? [first] : [])).toEqual({ lost: [], awaited: [] });
  });
});
