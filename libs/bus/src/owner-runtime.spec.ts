import { describe, expect, it } from 'vitest';
import { CountersignError, millis, minutes, seconds, type Instant, type KeyId } from '@countersign/kernel';
import { formatCause, parseCauses, type Cause, type Verified } from '@countersign/contracts';
import { after, Bench, echo, say, textOf, type BenchControls, type Echo } from './bench.fixture.js';
import type { Follower, LogRecord, TopicPartition } from './broker.js';
import { COMMIT_DELAY } from './committer.js';
import { MemoryBroker } from './memory/memory-broker.js';
import { MemoryProcess } from './memory/memory-process.js';
import { FETCH_WAIT } from './memory/memory-cluster.js';
import { ToyWire } from './memory/schedule/toy-wire.fixture.js';
import { newStats } from './stats.js';
import type { Guard, Step, WorkItem } from './step.js';

const texts = (bench: Bench): string[] => bench.written('decisions').map(({ event }) => textOf(event));
const PROPOSED = 'countersign.action.proposed';
const SOON = seconds(1);

describe('an owner', () => {
  it('claims its partition, writes in that epoch what it makes of its inputs, and names their places', async () => {
    const bench = new Bench();
    await bench.start(echo());
    const [cause] = bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(bench.claims('decisions')).toEqual([0]);
    const [written] = bench.written('decisions');
    expect(written).toMatchObject({ offset: 1, epoch: '0' });
    expect(written && textOf(written.event)).toBe('a');
    expect(written?.event.causes).toBe(cause && formatCause(cause));
  });

  it('puts what it makes of many inputs into one append', async () => {
    const bench = new Bench();
    const { stats } = await bench.start(echo());
    bench.writer('proposals').write(...Array.from({ length: 40 }, (_, nth) => [PROPOSED, { text: String(nth) }] as const));
    await bench.run(SOON);
    expect(texts(bench)).toHaveLength(40);
    expect(stats.appends).toBe(1);
  });

  it('commits a moment after the outputs are in the log, with what the reader has to know', async () => {
    const bench = new Bench();
    await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }]);
    await bench.run(millis(50));
    expect(texts(bench)).toEqual(['a', 'b']);
    expect(bench.committed('policy', 'proposals')).toBeUndefined();
    await bench.run(SOON);
    expect(bench.committed('policy', 'proposals')).toEqual({ ...bench.target('proposals'), offset: 3, metadata: '{"e":0,"s":2,"k":"00000000000000aa"}' });
  });

  it('has no timer and sends nothing when there is nothing to do, but heartbeats and waiting fetches', async () => {
    const bench = new Bench();
    const asked: string[] = [];
    bench.cluster.faults.answer = (_process, kind) => void asked.push(kind);
    await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(minutes(1));
    asked.length = 0;
    await bench.run(minutes(10));
    expect([...new Set(asked)].sort()).toEqual(['fetch', 'heartbeat']);
  });

  it('sends an input whose handler throws to the dead letters, and goes on', async () => {
    const bench = new Bench();
    await bench.start(
      echo({
        handle: ({ event }) => {
          if (textOf(event) === 'b') throw new TypeError('undefined is not a function');
          return [say(textOf(event))];
        },
      }),
    );
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }], [PROPOSED, { text: 'c' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a', 'c']);
    expect(bench.deadLetters('policy')).toEqual([{ code: 'HANDLER_FAILED', message: 'undefined is not a function', topic: 'proposals', partition: 0, offset: 2 }]);
    expect(bench.committed('policy', 'proposals')?.offset).toBe(4);
  });

  it('keeps the code of a handler that knows why it refuses', async () => {
    const bench = new Bench();
    await bench.start(echo({ handle: () => Promise.reject(new CountersignError('VOTE_INVALID', 'the vote is not signed')) }));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(bench.deadLetters('policy')).toMatchObject([{ code: 'VOTE_INVALID' }]);
  });

  it('sends an input to the dead letters that gives rise to more than a batch can hold, and none of it to the log', async () => {
    const bench = new Bench();
    await bench.start(echo({ handle: ({ event }) => (textOf(event) === 'big' ? Array.from({ length: 20 }, (_, nth) => say(`${nth}`.padStart(40_000, '.'))) : [say(textOf(event))]) }));
    bench.writer('proposals').write([PROPOSED, { text: 'big' }], [PROPOSED, { text: 'b' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['b']);
    expect(bench.deadLetters('policy')).toMatchObject([{ code: 'EVENT_TOO_LARGE', offset: 1 }]);
  });

  it('sends an input to the dead letters whose outcome cannot be folded, and drops what was folded of it', async () => {
    const bench = new Bench();
    const step = echo({ handle: ({ event }) => [say(`${textOf(event)}1`), say(`${textOf(event)}2`)] });
    await bench.start({
      ...step,
      evolve: (state, event, cause) => {
        if (textOf(event) === 'b2') throw new RangeError('too much');
        return step.evolve(state, event, cause);
      },
    });
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }], [PROPOSED, { text: 'c' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a1', 'a2', 'c1', 'c2']);
    expect(bench.deadLetters('policy')).toMatchObject([{ code: 'HANDLER_FAILED', offset: 2 }]);
  });

  it('refuses to write into a partition that is not its own', async () => {
    const bench = new Bench();
    await bench.start(echo({ handle: () => [say('x', { workflow: 'payouts' as never })] }), { partitions: 64 });
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(bench.deadLetters('policy')).toMatchObject([{ code: 'HANDLER_FAILED' }]);
    expect(texts(bench)).toEqual([]);
  });

  it('gives several events of one type and subject different ids, and the same ones when it handles the input again', async () => {
    const bench = new Bench();
    const refuse = { count: 0 };
    bench.cluster.faults.append = (target) => (target.topic === 'bench.decisions' && (refuse.count += 1) === 2 ? { kind: 'delayed', by: seconds(5) } : undefined);
    await bench.start(echo({ handle: () => [say('x'), say('x')] }));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(seconds(10));
    const ids = bench.written('decisions').map(({ event }) => event.id);
    expect(ids).toHaveLength(4);
    expect(ids[0]).not.toBe(ids[1]);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  it('claims again after an append that failed, so that what arrives late is void', async () => {
    const bench = new Bench();
    let appends = 0;
    bench.cluster.faults.append = (target) => (target.topic === 'bench.decisions' && (appends += 1) === 2 ? { kind: 'delayed', by: seconds(5) } : undefined);
    await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(seconds(10));
    expect(bench.claims('decisions')).toEqual([0, 1]);
    expect(bench.written('decisions').map(({ offset, epoch }) => `${offset} in ${epoch}`)).toEqual(['2 in 1', '3 in 0']);
  });

  it('stops, and does not lose its place, while a dead letter cannot be written', async () => {
    const bench = new Bench();
    let broken = true;
    bench.cluster.faults.append = (target) => (broken && target.topic === 'bench.dlq.policy' ? { kind: 'refused' } : undefined);
    await bench.start(echo({ handle: ({ event }) => (textOf(event) === 'a' ? Promise.reject(new TypeError('x')) : [say(textOf(event))]) }));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }]);
    await bench.run(seconds(30));
    expect(texts(bench)).toEqual([]);
    expect(bench.committed('policy', 'proposals')).toBeUndefined();
    broken = false;
    await bench.run(seconds(10));
    expect(texts(bench)).toEqual(['b']);
    expect(bench.deadLetters('policy')).toHaveLength(1);
  });
});

describe('an owner that restarts', () => {
  it('skips inputs whose outputs are in the log, though they were not committed', async () => {
    const bench = new Bench();
    const first = await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }]);
    await bench.run(millis(50));
    first.process.kill();
    expect(bench.committed('policy', 'proposals')).toBeUndefined();
    const second = await bench.start(echo());
    await bench.run(seconds(20));
    expect(texts(bench)).toEqual(['a', 'b']);
    expect(second.stats.skipped).toBe(2);
  });

  it('leaves in good order: everything committed, a snapshot behind it, and no wait for the next one', async () => {
    const bench = new Bench();
    const first = await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(millis(20));
    const stopped = first.runtime.stop();
    await bench.run(SOON);
    await stopped;
    expect(bench.committed('policy', 'proposals')?.offset).toBe(2);
    expect(first.stats.snapshots).toBe(1);
    const heard: string[][] = [];
    const second = await bench.start(echo({ thaw: (frozen) => (heard.push([...(frozen as Echo).said]), frozen as Echo) }));
    expect(second.runtime.owned()).toEqual([{ partition: 0, phase: 'ready' }]);
    expect(heard).toEqual([['a']]);
  });

  it('is not kept from leaving by a broker that is away', async () => {
    const bench = new Bench();
    const { runtime } = await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    bench.cluster.faults.append = () => ({ kind: 'slow', by: minutes(10) });
    await bench.run(SOON);
    const left: boolean[] = [];
    void runtime.stop(seconds(2)).then(() => left.push(true));
    await bench.run(seconds(8));
    expect(left).toEqual([true]);
  });

  it('goes on from a snapshot of the same form only', async () => {
    const bench = new Bench();
    const first = await bench.start(echo(), { snapshotEvery: 1 });
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    first.process.kill();
    const thawed: unknown[] = [];
    const folded: string[] = [];
    const step = echo({ stateVersion: 1, thaw: (frozen) => (thawed.push(frozen), frozen as Echo) });
    await bench.start({ ...step, evolve: (state, event) => (folded.push(textOf(event)), state) });
    await bench.run(seconds(20));
    expect(thawed).toEqual([]);
    expect(folded).toEqual(['a']);
  });

  it('refuses to start where neither log nor snapshot tell the whole story', async () => {
    const bench = new Bench();
    const first = await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    first.process.kill();
    bench.cluster.log.truncate(bench.target('decisions'), 1);
    const second = await bench.start(echo());
    await bench.run(seconds(20));
    expect(second.fatal).toMatchObject([{ code: 'LOG_TRUNCATED' }]);
  });

  it('claims again before retention can take its claim, and leaves a snapshot each time', async () => {
    const bench = new Bench();
    const { stats } = await bench.start(echo(), { claimEvery: minutes(1) });
    await bench.run(minutes(5));
    expect(stats.claims).toBe(6);
    expect(stats.snapshots).toBe(5);
    expect(bench.claims('decisions')).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('causes before effects', () => {
  it('holds an event back until what it rests on was handled, and goes on with the others', async () => {
    const bench = new Bench();
    await bench.start(echo());
    const [proposals, executions] = [bench.writer('proposals'), bench.writer('executions')];
    const [early] = executions.write([PROPOSED, { text: 'early' }]);
    const end = bench.cluster.log.offsets(bench.target('proposals')).end;
    const cause: Cause = { id: 'x', topic: 'proposals', offset: end + 2, sha256: '0'.repeat(64) };
    executions.write([PROPOSED, { text: 'effect' }, [cause]], [PROPOSED, { text: 'behind it' }]);
    await bench.run(SOON);
    expect(early?.offset).toBe(1);
    expect(texts(bench)).toEqual(['early']);
    proposals.write([PROPOSED, { text: 'before' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['early', 'before']);
    proposals.write([PROPOSED, { text: 'cause' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['early', 'before', 'cause', 'effect', 'behind it']);
  });

  it('holds an event back until the controls were read that its writer had seen', async () => {
    const bench = new Bench();
    await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }, [], 1]);
    bench.control('countersign.policy.published', {});
    // As if the one behind it were on its way to this reader: no fetch has shown yet that there is none.
    await bench.run(millis(FETCH_WAIT / 2));
    expect(texts(bench)).toEqual([]);
    bench.control('countersign.policy.published', {});
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a']);
  });

  it('decides on no older controls than it has waited for, also where they come between two inputs', async () => {
    const bench = new Bench();
    const { promise: isThere, resolve } = Promise.withResolvers<void>();
    const handle: Step<Echo, BenchControls>['handle'] = async ({ event }, _state, { controls }) => {
      if (textOf(event) === 'a') await isThere;
      return [say(`${textOf(event)} under ${controls.length}`)];
    };
    const { controls } = await bench.start(echo({ handle }));
    controls.onChange((change) => void (change === 'controls' && resolve()));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }, [], 0]);
    await bench.run(SOON);
    bench.control('countersign.policy.published', {});
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a under 0', 'b under 1']);
  });

  it('writes on all that it makes of an input, a deadline or work which controls it had seen', async () => {
    const bench = new Bench();
    bench.control('countersign.policy.published', {});
    await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    bench.control('countersign.policy.published', {});
    await bench.run(SOON);
    bench.writer('proposals').write([PROPOSED, { text: 'b' }]);
    await bench.run(SOON);
    expect(bench.written('decisions').map(({ event }) => event.controlepoch)).toEqual([0, 1]);
  });

  it('does not wait for ever for controls that were not there when the event was written', async () => {
    const bench = new Bench();
    await bench.start(echo());
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, { text: 'a' }, [], 1_000_000], [PROPOSED, { text: 'b' }]);
    await bench.run(seconds(5));
    expect(texts(bench)).toEqual(['b']);
    expect(bench.deadLetters('policy')).toMatchObject([{ code: 'EVENT_INVALID', message: 'it rests on control 1000000, and there was none yet', topic: 'proposals', offset: 1 }]);
  });

  it('names the controls that a decision was made under', async () => {
    const bench = new Bench();
    bench.control('countersign.policy.published', {});
    bench.control('countersign.tool.published', { refused: true });
    await bench.start(echo({ handle: (_received, _state, { controls, controlEpoch }) => [say(`${controls.join()} ${controlEpoch}`)] }));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['countersign.policy.published 0']);
  });
});

describe('an owner that was away', () => {
  /** A client that hands over no records of `controls` while it is held. */
  class Lagging extends MemoryBroker {
    private held = Promise.resolve();

    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.held = promise;
      return resolve;
    }

    override follow(target: TopicPartition, from: number, follower: Follower): Promise<{ close(): Promise<void> }> {
      return super.follow(target, from, { ...follower, onRecords: (records) => this.held.then(() => follower.onRecords(records)) });
    }
  }

  const away = async () => {
    const bench = new Bench();
    const client = new MemoryProcess('client', bench.time);
    const broker = new Lagging(bench.cluster, client);
    const controls = bench.follower(broker, client, 'policy', newStats());
    void controls.start();
    await bench.run(SOON);
    const owner = await bench.start(echo({ handle: ({ event }, _state, moment) => [say(`${textOf(event)} under ${moment.controls.length}`)] }), { controls });
    owner.process.freeze();
    await bench.run(minutes(1));
    const release = broker.hold();
    bench.control('countersign.policy.published', {});
    owner.process.thaw();
    await bench.run(seconds(20));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    return { bench, owner, release };
  };

  it('decides nothing before it has read what was put in force meanwhile', async () => {
    const { bench, owner, release } = await away();
    expect(texts(bench)).toEqual([]);
    expect(owner.runtime.owned()).toEqual([{ partition: 0, phase: 'restoring' }]);
    release();
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a under 1']);
    expect(bench.claims('decisions')).toHaveLength(2);
  });

  it('can leave while it waits for that', async () => {
    const { bench, owner } = await away();
    let left = false;
    void owner.runtime.stop().then(() => (left = true));
    await bench.run(SOON);
    expect(left).toBe(true);
    expect(texts(bench)).toEqual([]);
  });

  it('waits for it also where the broker is away in between', async () => {
    const { bench, release } = await away();
    bench.cluster.restart(seconds(20));
    await bench.run(seconds(5));
    release();
    await bench.run(minutes(1));
    expect(texts(bench)).toEqual(['a under 1']);
  });
});

describe('controls that can be followed no further', () => {
  it('end the process: what it stands by is old', async () => {
    const bench = new Bench();
    const { process, fatal } = await bench.start(echo());
    process.freeze();
    await bench.run(SOON);
    for (let nth = 0; nth < 3; nth += 1) bench.control('countersign.policy.published', {});
    bench.cluster.log.truncate(bench.target('controls'), 3);
    expect(fatal).toEqual([]);
    process.thaw();
    await bench.run(SOON);
    expect(fatal).toMatchObject([{ code: 'LOG_TRUNCATED' }]);
  });
});

describe('a key that this process has not heard of', () => {
  class Announced extends ToyWire {
    readonly known = new Set<string>();
    onRefused: (key: string) => void = () => undefined;

    override verify(records: readonly LogRecord[]): readonly (Verified | CountersignError)[] {
      return super.verify(records).map((found) => {
        if (found instanceof CountersignError || this.known.has(found.key)) return found;
        this.onRefused(found.key);
        return new CountersignError('SIGNER_UNKNOWN', `key \`${found.key}\` is not announced`);
      });
    }
  }
  const WRITER = '00000000000000aa';
  const OWN = '0000000000000001' as KeyId;

  it('may have been announced a moment ago: nothing that it signed is refused before the controls were read again', async () => {
    const bench = new Bench();
    const wire = new Announced(OWN);
    wire.known.add(OWN);
    const { controls } = await bench.start(echo(), { wire });
    controls.onChange(() => void (controls.state.includes('countersign.key.announced') && wire.known.add(WRITER)));
    bench.control('countersign.key.announced', {});
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(seconds(2));
    expect(texts(bench)).toEqual(['a']);
    expect(bench.deadLetters('policy')).toEqual([]);
  });

  it('is unknown for good once they were', async () => {
    const bench = new Bench();
    const wire = new Announced(OWN);
    wire.known.add(OWN);
    await bench.start(echo(), { wire });
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(seconds(2));
    expect(texts(bench)).toEqual([]);
    expect(bench.deadLetters('policy').map(({ code }) => code)).toEqual(['SIGNER_UNKNOWN', 'SIGNER_UNKNOWN']);
  });

  it('is waited for where it signed the own output before', async () => {
    const bench = new Bench();
    const first = await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    first.process.kill();
    const wire = new Announced('00000000000000cc' as KeyId);
    for (const key of [WRITER, '00000000000000cc']) wire.known.add(key);
    // Announced already, and read a moment later.
    wire.onRefused = (key) => void bench.time.after(millis(50), () => wire.known.add(key));
    await bench.start(echo({ handle: ({ event }, { said }) => [say(`${said.join()} ${textOf(event)}`)] }), { wire });
    bench.writer('executions').write([PROPOSED, { text: 'b' }]);
    await bench.run(seconds(20));
    expect(texts(bench)).toEqual(['a', 'a b']);
  });
});

describe('deadlines', () => {
  const reminding = (at: (state: Echo) => Instant | undefined) =>
    echo({
      nextDue: at,
      due: (state) => state.said.filter((text) => text.length === 1 && !state.said.includes(`${text}!`)).map((text) => ({ cause: { id: 'a', topic: 'decisions', offset: 1, sha256: '0'.repeat(64) }, outgoing: [say(`${text}!`)] })),
    });

  it('come when they are due, once, also after a restart', async () => {
    const bench = new Bench();
    const due = after(bench.time.now(), seconds(30));
    const step = () => reminding(({ said }) => (said.includes('a') && !said.includes('a!') ? due : undefined));
    const first = await bench.start(step());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(seconds(20));
    expect(texts(bench)).toEqual(['a']);
    first.process.kill();
    await bench.start(step());
    await bench.run(minutes(2));
    expect(texts(bench)).toEqual(['a', 'a!']);
    expect(parseCauses(bench.written('decisions')[1]?.event.causes ?? '')).toMatchObject([{ topic: 'decisions', offset: 1 }]);
  });

  it('do not make a partition spin whose step never stops to be due', async () => {
    const bench = new Bench();
    let asked = 0;
    await bench.start(echo({ nextDue: () => bench.time.now(), due: () => ((asked += 1), []) }));
    await bench.run(minutes(5));
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(15);
  });
});

describe('a log that a stranger writes transactions into', () => {
  const stray = { key: null, value: Buffer.from(JSON.stringify({ causes: '', data: { text: 'stray' } })), headers: {} };

  it('is read on behind what was aborted and behind the markers, and committed up to its end', async () => {
    const bench = new Bench();
    let fetches = 0;
    bench.cluster.faults.answer = (_process, kind) => void (kind === 'fetch' && (fetches += 1));
    await bench.start(echo());
    const writer = bench.writer('proposals');
    for (const [text, end] of [['a', 'abort'], ['b', 'commit'], ['c', 'abort']] as const) {
      writer.write([PROPOSED, { text }]);
      bench.transact('proposals', stray, end);
    }
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a', 'b', 'c']);
    expect(bench.deadLetters('policy')).toMatchObject([{ code: 'SIGNATURE_MISSING', offset: 5 }]);
    expect(bench.committed('policy', 'proposals')?.offset).toBe(bench.cluster.log.offsets(bench.target('proposals')).end);
    expect(fetches).toBeLessThan(20);
  });

  it('holds nothing back that rests on what lies behind them', async () => {
    const bench = new Bench();
    await bench.start(echo());
    bench.transact('proposals', stray, 'abort');
    const [cause] = bench.writer('proposals').write([PROPOSED, { text: 'cause' }]);
    bench.writer('executions').write([PROPOSED, { text: 'effect' }, cause ? [cause] : []]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['cause', 'effect']);
  });

  it('is owned and written where it is the own one, with a gap for each transaction and nothing more', async () => {
    const bench = new Bench();
    bench.transact('decisions', stray, 'abort');
    const first = await bench.start(echo());
    const writer = bench.writer('proposals');
    for (const [text, end] of [['a', 'abort'], ['b', 'commit'], ['c', 'abort']] as const) {
      writer.write([PROPOSED, { text }]);
      await bench.run(SOON);
      bench.transact('decisions', stray, end);
    }
    writer.write([PROPOSED, { text: 'd' }]);
    await bench.run(SOON);
    writer.write([PROPOSED, { text: 'e' }]);
    await bench.run(SOON);
    expect(texts(bench).filter((text) => text !== 'stray')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(first.stats).toMatchObject({ gaps: 3, claims: 1, displaced: 0 });
    bench.transact('decisions', stray, 'abort');
    first.process.kill();
    const second = await bench.start(echo());
    await bench.run(seconds(20));
    writer.write([PROPOSED, { text: 'f' }]);
    await bench.run(SOON);
    expect(texts(bench).at(-1)).toBe('f');
    expect(second.stats).toMatchObject({ gaps: 0, claims: 1 });
  });
});

describe('slow work', () => {
  interface Call extends WorkItem {
    readonly text: string;
  }
  const call = (text: string, cause: Cause, more: Partial<WorkItem> = {}): Call => ({ id: text, cause, bulkhead: 'tool', text, ...more });
  const working = (perform: (text: string, signal: AbortSignal, guard: Guard) => Promise<string>) => ({
    ...echo(),
    workFor: (_state: Echo, event: Parameters<typeof textOf>[0], cause: Cause) => (textOf(event).includes(' ') ? [] : [call(textOf(event), cause)]),
    perform: ({ text }: WorkItem & { readonly text?: string }, signal: AbortSignal, guard: Guard) => perform(text ?? '', signal, guard),
    done: (work: WorkItem & { readonly text?: string }, outcome: object) => [say('result' in outcome ? `${work.text} gave ${String(outcome.result)}` : `${work.text} failed`)],
  });

  it('starts when the event that asks for it is in the log, and its result follows from that event', async () => {
    const bench = new Bench();
    let inLog = 0;
    await bench.start(working(() => ((inLog = bench.written('decisions').length), Promise.resolve('x'))));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(inLog).toBe(1);
    expect(texts(bench)).toEqual(['a', 'a gave x']);
    expect(parseCauses(bench.written('decisions')[1]?.event.causes ?? '')).toMatchObject([{ topic: 'decisions', offset: 1, id: bench.written('decisions')[0]?.event.id }]);
  });

  it('of one bulkhead runs as much at a time as its step says', async () => {
    const bench = new Bench();
    const running: string[] = [];
    await bench.start({ ...working((text) => (running.push(text), new Promise(() => undefined))), widthOf: (bulkhead: string) => (bulkhead === 'tool' ? 2 : undefined) });
    bench.writer('proposals').write(...['a', 'b', 'c'].map((text) => [PROPOSED, { text }] as const));
    await bench.run(SOON);
    expect(running).toEqual(['a', 'b']);
  });

  it('that throws is a result too', async () => {
    const bench = new Bench();
    await bench.start(working(() => Promise.reject(new Error('no'))));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a', 'a failed']);
  });

  it('that hangs holds nobody up, and is aborted when the process stops', async () => {
    const bench = new Bench();
    let aborted = false;
    const { runtime } = await bench.start(
      working((text, signal) => {
        signal.addEventListener('abort', () => (aborted = true));
        return text === 'slow' ? new Promise(() => undefined) : Promise.resolve('x');
      }),
    );
    bench.writer('proposals').write([PROPOSED, { text: 'slow' }], [PROPOSED, { text: 'b' }]);
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['slow', 'b', 'b gave x']);
    const stopped = runtime.stop(seconds(5));
    await bench.run(seconds(4));
    expect(aborted).toBe(false);
    await bench.run(seconds(4));
    await stopped;
    expect(aborted).toBe(true);
  });

  it('that runs may finish while the process stops, and nothing new begins', async () => {
    const bench = new Bench();
    const { runtime } = await bench.start(working(() => new Promise((resolve) => void bench.time.after(seconds(3), () => resolve('x')))));
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    const stopped = runtime.stop(seconds(5));
    writer.write([PROPOSED, { text: 'b' }]);
    await bench.run(seconds(6));
    await stopped;
    expect(texts(bench)).toEqual(['a', 'a gave x']);
  });

  it('that runs is aborted at once where the partition is given away while the process stops', async () => {
    const bench = new Bench();
    let aborted = false;
    const { runtime, process } = await bench.start(working((_text, signal) => (signal.addEventListener('abort', () => (aborted = true)), new Promise(() => undefined))));
    await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    const stopped = runtime.stop(seconds(60));
    process.freeze();
    await bench.run(seconds(15));
    process.thaw();
    await bench.run(seconds(5));
    expect(aborted).toBe(true);
    await stopped;
    expect(texts(bench)).toEqual(['a']);
  });

  it.each([0, -6, 6])('may not act in a process that was frozen for longer than half a session, and whose time of day was set by %i s meanwhile', async (step) => {
    const bench = new Bench();
    const could: boolean[] = [];
    let go: () => void = () => undefined;
    const { process } = await bench.start(working((_text, _signal, guard) => new Promise((resolve) => (go = () => (could.push(guard.canAct()), resolve('x'))))));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    process.freeze();
    process.stepClock(step * seconds(1));
    bench.time.after(seconds(6), () => process.reach(() => go()));
    await bench.run(seconds(7));
    process.thaw();
    await bench.run(millis(1));
    expect(could).toEqual([false]);
  });

  const MUCH_LATER = Date.UTC(3000, 0) as Instant;
  /** As an executor does: work of a restored state waits until its deadline has passed. */
  const restorable = (begun: string[]) => {
    const asked = new Map<string, Cause>();
    const step = working((text) => (begun.push(text), Promise.resolve('x')));
    return {
      ...step,
      evolve: (state: Echo, event: Parameters<typeof textOf>[0], cause: Cause) => {
        const text = textOf(event);
        if (text.includes(' ')) asked.delete(text.split(' ')[0] ?? '');
        else asked.set(text, cause);
        return step.evolve(state, event, cause);
      },
      openWork: () => [...asked].map(([text, cause]) => call(text, cause, { notBefore: MUCH_LATER })),
    };
  };
  /** Somebody else's record comes in between, once, when the events of `policy-1` are on their way. */
  const intrude = (bench: Bench, write: () => unknown): void => {
    let isDone = false;
    bench.cluster.faults.append = ({ topic }, process, records) => {
      if (isDone || topic !== 'bench.decisions' || process !== 'policy-1' || String(records[0]?.headers['cs-sig']).includes(' claim ')) return undefined;
      isDone = true;
      write();
      return undefined;
    };
  };

  it('is asked for with the partition that it is of', async () => {
    const bench = new Bench();
    const asked: number[] = [];
    await bench.start({ ...working(() => Promise.resolve('x')), openWork: (_state: Echo, partition: number) => (asked.push(partition), []) });
    await bench.run(SOON);
    expect(asked).toEqual([0]);
  });

  it('starts at once, and once, where a record that claims nothing came in between', async () => {
    for (const signature of [undefined, '00000000000000ff -1 0', '00000000000000ff claim 0']) {
      const bench = new Bench();
      const headers = signature === undefined ? {} : { 'cs-sig': signature };
      const value = Buffer.from(JSON.stringify({ causes: '', data: { text: 'forged', after: -1, key: '00000000000000ff', instance: 'zombie' } }));
      intrude(bench, () => bench.append('decisions', { key: null, value, headers }));
      const begun: string[] = [];
      const { stats } = await bench.start(restorable(begun));
      bench.writer('proposals').write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }]);
      await bench.run(SOON);
      expect(begun).toEqual(['a', 'b']);
      expect(stats).toMatchObject({ gaps: 1, claims: 1, displaced: 0 });
      expect(texts(bench).filter((text) => text !== 'forged')).toEqual(['a', 'b', 'a gave x', 'b gave x']);
      const results = bench.written('decisions').filter(({ event }) => textOf(event).includes('gave'));
      expect(results.map(({ event }) => parseCauses(event.causes)?.[0]?.offset)).toEqual([2, 3]);
    }
  });

  it('starts at once, and once, where a transaction of a stranger ended in between', async () => {
    const bench = new Bench();
    intrude(bench, () => bench.transact('decisions', { key: null, value: null, headers: {} }, 'abort'));
    const begun: string[] = [];
    const { stats } = await bench.start(restorable(begun));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(begun).toEqual(['a']);
    expect(stats).toMatchObject({ gaps: 1, claims: 1, displaced: 0 });
    expect(texts(bench)).toEqual(['a', 'a gave x']);
    expect(parseCauses(bench.written('decisions')[1]?.event.causes ?? '')).toMatchObject([{ topic: 'decisions', offset: 3 }]);
  });

  it('starts once where the same batch is in the log twice, and follows from the first copy', async () => {
    const bench = new Bench();
    let isDone = false;
    bench.cluster.faults.append = ({ topic }, _process, records) => {
      if (isDone || topic !== 'bench.decisions' || String(records[0]?.headers['cs-sig']).includes(' claim ')) return undefined;
      isDone = true;
      return { kind: 'twice' };
    };
    const begun: string[] = [];
    await bench.start(restorable(begun));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(begun).toEqual(['a']);
    expect(texts(bench)).toEqual(['a', 'a', 'a gave x']);
    expect(parseCauses(bench.written('decisions')[2]?.event.causes ?? '')).toMatchObject([{ topic: 'decisions', offset: 1 }]);
  });

  it('does not start where a claim came in between', async () => {
    const bench = new Bench();
    intrude(bench, () => {
      const value = Buffer.from(JSON.stringify({ data: { after: 0, key: '00000000000000ff', instance: 'other' }, type: 'countersign.claim' }));
      bench.append('decisions', { key: null, value, headers: { 'cs-sig': '00000000000000ff claim 0' } });
    });
    const begun: string[] = [];
    const { stats } = await bench.start(restorable(begun));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    expect(begun).toEqual([]);
    expect(stats).toMatchObject({ gaps: 1, displaced: 1, claims: 2 });
  });

  it.each([-3600, 3600])('may act in a process whose time of day was set by %i s', async (step) => {
    const bench = new Bench();
    const could: boolean[] = [];
    const { process } = await bench.start(working((_text, _signal, guard) => (could.push(guard.canAct(), guard.controlsFresh(seconds(1))), Promise.resolve('x'))));
    process.stepClock(step * seconds(1));
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(millis(50));
    expect(could).toEqual([true, true]);
  });

  it('is dropped, and may not act, when somebody else owned the partition meanwhile', async () => {
    const bench = new Bench();
    const could: boolean[] = [];
    const finish: (() => void)[] = [];
    const step = () => working((_text, signal, guard) => new Promise((resolve) => finish.push(() => (could.push(signal.aborted, guard.canAct()), resolve('late')))));
    const first = await bench.start(step());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    first.process.freeze();
    const second = await bench.start(echo());
    await bench.run(seconds(20));
    expect(second.runtime.owned()).toEqual([{ partition: 0, phase: 'ready' }]);
    first.process.thaw();
    second.process.kill();
    await bench.run(seconds(30));
    expect(first.runtime.owned()).toEqual([{ partition: 0, phase: 'ready' }]);
    finish[0]?.();
    await bench.run(SOON);
    expect(could).toEqual([true, false]);
    expect(texts(bench)).toEqual(['a']);
  });
});

describe('a dead letter that is handled again', () => {
  const fussy = (mood: { fails: boolean }) =>
    echo({
      handle: ({ event }, state) => {
        if (mood.fails && textOf(event) === 'b') throw new TypeError('not now');
        return state.said.includes(`${textOf(event)} again`) ? [] : [say(textOf(event))];
      },
    });

  it('is taken once more in place, by its control, and never again', async () => {
    const bench = new Bench();
    const mood = { fails: true };
    const first = await bench.start(fussy(mood));
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, { text: 'a' }], [PROPOSED, { text: 'b' }], [PROPOSED, { text: 'c' }]);
    await bench.run(SOON);
    mood.fails = false;
    const control = bench.control('countersign.dlq.redriven', { service: 'policy', topic: 'proposals', partition: 0, offset: 2 });
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a', 'c', 'b']);
    expect(parseCauses(bench.written('decisions')[2]?.event.causes ?? '')).toMatchObject([{ topic: 'proposals', offset: 2 }, { topic: 'controls', partition: 0, offset: control }]);
    first.process.kill();
    const second = await bench.start(fussy(mood));
    writer.write([PROPOSED, { text: 'd' }]);
    await bench.run(seconds(20));
    expect(texts(bench)).toEqual(['a', 'c', 'b', 'd']);
    expect(second.stats.redriven).toBe(0);
  });

  it('that fails again is a dead letter again, and waits for the next control', async () => {
    const bench = new Bench();
    const mood = { fails: true };
    const first = await bench.start(fussy(mood));
    bench.writer('proposals').write([PROPOSED, { text: 'b' }]);
    await bench.run(SOON);
    bench.control('countersign.dlq.redriven', { service: 'policy', topic: 'proposals', partition: 0, offset: 1 });
    await bench.run(SOON);
    expect(bench.deadLetters('policy')).toHaveLength(2);
    expect(bench.committed('policy', 'proposals')?.metadata).toContain('"r":0');
    first.process.kill();
    mood.fails = false;
    await bench.start(fussy(mood));
    await bench.run(seconds(20));
    expect(texts(bench)).toEqual([]);
    bench.control('countersign.dlq.redriven', { service: 'policy', topic: 'proposals', partition: 0, offset: 1 });
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['b']);
  });

  it('is handled once for two controls that ask for the same', async () => {
    const bench = new Bench();
    const mood = { fails: true };
    const { stats } = await bench.start(fussy(mood));
    bench.writer('proposals').write([PROPOSED, { text: 'b' }]);
    await bench.run(SOON);
    mood.fails = false;
    for (let times = 0; times < 2; times += 1) {
      bench.control('countersign.dlq.redriven', { service: 'policy', topic: 'proposals', partition: 0, offset: 1 });
      await bench.run(SOON);
    }
    expect(texts(bench)).toEqual(['b']);
    expect(stats.redriven).toBe(1);
  });

  it('is nothing where the record was handled: once more could be twice', async () => {
    const bench = new Bench();
    const { stats } = await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    bench.control('countersign.dlq.redriven', { service: 'policy', topic: 'proposals', partition: 0, offset: 1 });
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a']);
    expect(stats.redriven).toBe(0);
  });

  it('is nothing where the record was not read yet, or is of somebody who did not own the partition', async () => {
    const bench = new Bench();
    await bench.start(echo());
    const [former, present] = [bench.writer('proposals'), bench.writer('proposals')];
    former.write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    const claim = former.claim();
    present.append([{ key: null, value: Buffer.from('{"data":{"text":"zombie"},"causes":""}') }], 0, 1);
    former.write([PROPOSED, { text: 'b' }]);
    for (const offset of [claim + 1, 99]) bench.control('countersign.dlq.redriven', { service: 'policy', topic: 'proposals', partition: 0, offset });
    await bench.run(SOON);
    expect(texts(bench)).toEqual(['a', 'b']);
  });
});

describe('a former owner', () => {
  it('that wakes up claims nothing: who owns the partition now would not hear of it', async () => {
    const bench = new Bench();
    let appends = 0;
    // The batch of `a` fails, and the claim that follows lands when the partition has long been another's.
    bench.cluster.faults.append = ({ topic }, process) => {
      if (topic !== 'bench.decisions' || process !== 'policy-1') return undefined;
      appends += 1;
      if (appends === 2) return { kind: 'refused' };
      return appends === 3 ? { kind: 'slow', by: seconds(20) } : undefined;
    };
    const first = await bench.start(echo());
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    first.process.freeze();
    const second = await bench.start(echo());
    await bench.run(seconds(20));
    expect(bench.claims('decisions')).toEqual([0, 1, 3]);
    first.process.thaw();
    await bench.run(millis(500));
    expect(bench.claims('decisions')).toHaveLength(3);
    expect(second.stats.claims).toBe(1);
    expect(texts(bench)).toEqual(['a']);
  });

  it('commits nothing: what came to nothing in its state might not in that of the present owner', async () => {
    const bench = new Bench();
    const first = await bench.start(echo({ handle: () => [] }));
    first.process.freeze();
    const second = await bench.start(echo());
    second.process.freeze();
    bench.writer('proposals').write([PROPOSED, { text: 'a' }]);
    await bench.run(millis(100));
    first.process.thaw();
    await bench.run(millis(2 * COMMIT_DELAY));
    expect(first.stats).toMatchObject({ handled: 1, commits: 0, commitFaults: 1 });
    expect(bench.committed('policy', 'proposals')).toBeUndefined();
    second.process.thaw();
    await bench.run(seconds(20));
    expect(texts(bench)).toEqual(['a']);
  });
});

describe('an owner of a partition that is assigned again and again', () => {
  it('never works on what it read under an assignment that is over', async () => {
    const bench = new Bench();
    let trouble: 'none' | 'refused' | 'slow' = 'none';
    bench.cluster.faults.append = ({ topic }) => {
      if (topic !== 'bench.decisions' || trouble === 'none') return undefined;
      return trouble === 'slow' ? { kind: 'slow', by: seconds(8) } : { kind: 'refused' };
    };
    const first = await bench.start(echo());
    trouble = 'refused';
    const writer = bench.writer('proposals');
    writer.write([PROPOSED, { text: 'a' }]);
    await bench.run(SOON);
    writer.write([PROPOSED, { text: 'b' }]);
    // Assigned anew before it could take `a` back, and once more while it claims for that.
    await bench.start(echo());
    trouble = 'slow';
    await bench.run(seconds(2));
    await bench.start(echo());
    trouble = 'none';
    await bench.run(seconds(20));
    expect(first.runtime.owned()).toEqual([{ partition: 0, phase: 'ready' }]);
    expect(texts(bench)).toEqual(['a', 'b']);
  });
});
