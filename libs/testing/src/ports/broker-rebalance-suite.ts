import { describe, expect, it } from 'vitest';
import type { Stage } from './broker-suite.js';
import { eventually, faultOf, joinAs, quietly, record, texts, type Member } from './broker-world.js';

const owned = (member: Member): readonly number[] => member.assignments.at(-1) ?? [];

/** Everything is owned, by one member each. */
const settled = (members: readonly Member[], partitions: number): boolean =>
  members
    .flatMap(owned)
    .sort((a, b) => a - b)
    .join() === Array.from({ length: partitions }, (_, partition) => partition).join();

/** Settled, and nobody has more than one partition more than another. */
const balanced = (members: readonly Member[], partitions: number): boolean => {
  const sizes = members.map((member) => owned(member).length);
  return settled(members, partitions) && Math.max(...sizes) - Math.min(...sizes) <= 1;
};

/**
 * Puts the member out and acts before it knows. Its own heartbeat can be faster and bring it back: then the action succeeds,
 * and rightly so, and the next try will do.
 */
const whenPutOut = async (stage: Stage, group: string, member: Member, act: () => Promise<void>): Promise<{ readonly fault: unknown; readonly told: number }> => {
  for (let attempt = 0; ; attempt += 1) {
    const told = member.assignments.length;
    await stage.world.evict(group, member.membership.memberId);
    const fault = await faultOf(act());
    if (fault !== undefined || attempt === 5) return { fault, told };
  }
};

export const rebalanceSuite = (stage: Stage): void => {
  describe('several members', () => {
    it('share the partitions, and a partition number goes to one member for all topics', async () => {
      const topics = [await stage.topic(4), await stage.topic(4)];
      const group = stage.group();
      const [one, two] = [await stage.connect(), await stage.connect()];
      const first = await joinAs(one, { group, topics });
      const second = await joinAs(two, { group, topics });
      await eventually('two partitions each', () => balanced([first, second], 4));
      for (const topic of topics) for (const partition of [0, 1, 2, 3]) await one.append({ topic, partition }, [record('x')]);
      await eventually('every record', () => first.records.length + second.records.length >= 8);
      for (const member of [first, second]) {
        const got = member.records.map(({ topic, partition }) => `${topic}/${partition}`).sort();
        expect(got).toEqual(topics.flatMap((topic) => owned(member).map((partition) => `${topic}/${partition}`)).sort());
      }
    });

    it('keep what they had, as far as that is fair, when others come and go', async () => {
      const topics = [await stage.topic(6)];
      const group = stage.group();
      const brokers = [await stage.connect(), await stage.connect(), await stage.connect()] as const;
      const first = await joinAs(brokers[0], { group, topics });
      expect(owned(first)).toEqual([0, 1, 2, 3, 4, 5]);
      const second = await joinAs(brokers[1], { group, topics });
      await eventually('three partitions each', () => balanced([first, second], 6));
      const before = { first: owned(first), second: owned(second) };
      const third = await joinAs(brokers[2], { group, topics });
      await eventually('two partitions each', () => balanced([first, second, third], 6));
      expect(before.first).toEqual(expect.arrayContaining([...owned(first)]));
      expect(before.second).toEqual(expect.arrayContaining([...owned(second)]));
      const middle = { first: owned(first), second: owned(second) };
      await third.membership.leave();
      await eventually('three partitions each again', () => balanced([first, second], 6));
      expect(owned(first)).toEqual(expect.arrayContaining([...middle.first]));
      expect(owned(second)).toEqual(expect.arrayContaining([...middle.second]));
      await first.membership.leave();
      await eventually('everything for the last one', () => settled([second], 6));
    });

    it('are told after every join, also when nothing changed for them', async () => {
      const topics = [await stage.topic(1)];
      const group = stage.group();
      const first = await joinAs(await stage.connect(), { group, topics });
      const told = first.assignments.length;
      const second = await joinAs(await stage.connect(), { group, topics });
      await eventually('a further assignment', () => first.assignments.length > told && settled([first, second], 1));
      expect(owned(first)).toEqual([0]);
      expect(owned(second)).toEqual([]);
    });

    it('get nothing after a rebalance before they resume, and then go on where they committed', async () => {
      const topic = await stage.topic(1);
      const group = stage.group();
      const broker = await stage.connect();
      const first = await joinAs(broker, { group, topics: [topic], resume: false });
      first.membership.resume([{ topic, partition: 0 }]);
      await broker.append({ topic, partition: 0 }, [record('a'), record('b')]);
      await eventually('both records', () => first.records.length === 2);
      await first.membership.commit([{ topic, partition: 0, offset: 1, metadata: '' }]);
      const told = first.assignments.length;
      await joinAs(await stage.connect(), { group, topics: [topic] });
      await eventually('a further assignment', () => first.assignments.length > told);
      expect(owned(first)).toEqual([0]);
      await broker.append({ topic, partition: 0 }, [record('c')]);
      await quietly();
      expect(first.records).toHaveLength(2);
      first.membership.resume([{ topic, partition: 0 }]);
      await eventually('the rest', () => first.records.length === 4);
      expect(texts(first.records)).toEqual(['a', 'b', 'b', 'c']);
    });

    it('who were put out are refused, and come back by themselves', async () => {
      const topic = await stage.topic(1);
      const group = stage.group();
      const broker = await stage.connect();
      const member = await joinAs(broker, { group, topics: [topic] });
      let offset = 0;
      const { fault, told } = await whenPutOut(stage, group, member, () => member.membership.commit([{ topic, partition: 0, offset: (offset += 1), metadata: '' }]));
      expect(fault).toBe('OWNERSHIP_LOST');
      const [committed] = await broker.committed(group, [{ topic, partition: 0 }]);
      expect(committed?.offset ?? 0).toBe(offset - 1);
      await eventually('the way back', () => member.assignments.length > told);
      await member.membership.heartbeat();
      await member.membership.commit([{ topic, partition: 0, offset: 9, metadata: '' }]);
      expect(await broker.committed(group, [{ topic, partition: 0 }])).toMatchObject([{ offset: 9 }]);
    });

    it('who were put out learn it from a heartbeat, and that one does not count', async () => {
      const group = stage.group();
      const member = await joinAs(await stage.connect(), { group, topics: [await stage.topic(1)] });
      const { membership } = member;
      let [before, after] = [0, 0];
      const { fault, told } = await whenPutOut(stage, group, member, () => {
        before = membership.lastHeartbeat();
        return membership.heartbeat().finally(() => (after = membership.lastHeartbeat()));
      });
      expect(fault).toBe('OWNERSHIP_LOST');
      expect(after).toBe(before);
      await eventually('the way back', () => member.assignments.length > told);
      await member.membership.heartbeat();
    });
  });
};
