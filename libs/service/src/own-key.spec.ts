import { beforeEach, describe, expect, it } from 'vitest';
import { ControlsFollower, DeadLetters, MemoryBroker, MemoryCluster, MemoryProcess, newStats, silentLog, VirtualTime, type BusRuntime } from '@countersign/bus';
import { decodeEvent, encodeEvent, newEvent, type EventData } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { generateKey, keyIdOf, rawPublicKeyOf } from '@countersign/identity';
import { seconds } from '@countersign/kernel';
import { controlsFold } from './control-log.js';
import { ANNOUNCEMENT_DEADLINE, behindOwnKey } from './own-key.js';

const TARGET = { topic: 'countersign.controls', partition: 0 };
const PUBLIC_KEY = rawPublicKeyOf(generateKey());
const KEY = keyIdOf(PUBLIC_KEY);
const OTHER_PUBLIC_KEY = rawPublicKeyOf(generateKey());
const OTHER_KEY = keyIdOf(OTHER_PUBLIC_KEY);

type KeyControl = 'countersign.key.announced' | 'countersign.key.retired';

/** A planner with the key `KEY`, and everything that happened to it, in order. */
class Planner {
  readonly seen: unknown[] = [];
  readonly #time = new VirtualTime(1);
  readonly #cluster = new MemoryCluster(this.#time);
  #runtime: BusRuntime | undefined;

  constructor() {
    this.#cluster.log.createTopic(TARGET.topic, 1);
  }

  put<Type extends KeyControl>(type: Type, data: EventData<Type>): void {
    const value = encodeEvent(newEvent({ service: 'operator', type, data, subject: 'key', now: this.#time.now() }));
    this.#cluster.log.append(TARGET, [{ key: null, value, headers: {} }], this.#time.now());
  }

  announce(service: 'planner' | 'policy', key = KEY, publicKey = PUBLIC_KEY): void {
    this.put('countersign.key.announced', { service, key, publicKey });
  }

  /** Starts it; `seen` then says that it joined its group, or what its start failed with. */
  start(): void {
    const { timers } = new MemoryProcess('planner-1', this.#time);
    const broker = new MemoryBroker(this.#cluster, new MemoryProcess('planner-1', this.#time));
    const parts = { broker, timers, stats: newStats(), log: silentLog };
    const deadLetters = new DeadLetters({ ...parts, namespace: 'countersign', service: 'planner', signal: new AbortController().signal });
    const controls = new ControlsFollower<ControlState>({ ...parts, deadLetters, topic: TARGET.topic, fold: controlsFold, verify: ({ value }) => ({ event: decodeEvent(value ?? Buffer.alloc(0)), quorate: true }) });
    const joining: BusRuntime = {
      start: () => Promise.resolve(void this.seen.push('joined')),
      stop: () => Promise.resolve(void this.seen.push('left')),
    };
    this.#runtime = behindOwnKey({ service: 'planner', key: KEY, controls, timers, onFatal: (fault) => this.seen.push({ fatal: fault }) }, joining);
    this.#runtime.start().catch((fault: unknown) => this.seen.push({ refused: fault }));
  }

  stop(): Promise<void> {
    return this.#runtime?.stop() ?? Promise.resolve();
  }

  wait(time = seconds(2)): Promise<unknown> {
    return Promise.resolve(this.#time.run(time));
  }
}

describe('a service and its own key', () => {
  let planner: Planner;

  beforeEach(() => {
    planner = new Planner();
  });

  it('joins its group at once where its key was announced before', async () => {
    planner.announce('planner');
    planner.start();
    await planner.wait();
    expect(planner.seen).toEqual(['joined']);
  });

  it('does not join with a key that nobody announced, and says which key that is and what to do', async () => {
    planner.announce('planner', OTHER_KEY, OTHER_PUBLIC_KEY);
    planner.start();
    await planner.wait();
    expect(planner.seen).toEqual([]);
    await planner.wait(ANNOUNCEMENT_DEADLINE);
    expect(planner.seen).toMatchObject([{ refused: { code: 'SIGNER_UNKNOWN', message: `the key \`${KEY}\` of planner is not announced: nobody would accept what it signs`, hint: expect.stringContaining(`announce it with a \`countersign.key.announced\` of \`${KEY}\` for \`planner\``) } }]);
  });

  it('joins once its key is announced while it waits', async () => {
    planner.start();
    await planner.wait();
    planner.announce('planner');
    await planner.wait();
    expect(planner.seen).toEqual(['joined']);
  });

  it('does not wait where its key is that of another service', async () => {
    planner.announce('policy');
    planner.start();
    await planner.wait();
    expect(planner.seen).toMatchObject([{ refused: { code: 'SIGNER_WRONG', message: `the key \`${KEY}\` of planner is announced for policy` } }]);
  });

  it('does not wait where its key was retired, for it never comes back', async () => {
    planner.announce('planner');
    planner.put('countersign.key.retired', { key: KEY });
    planner.start();
    await planner.wait();
    expect(planner.seen).toMatchObject([{ refused: { code: 'SIGNER_UNKNOWN', message: `the key \`${KEY}\` of planner is retired: nobody accepts what it signs` } }]);
  });

  it('stops for good, once, when its key is retired meanwhile, and not for the key of another', async () => {
    planner.announce('planner');
    planner.announce('policy', OTHER_KEY, OTHER_PUBLIC_KEY);
    planner.start();
    await planner.wait();
    planner.put('countersign.key.retired', { key: OTHER_KEY });
    await planner.wait();
    expect(planner.seen).toEqual(['joined']);
    planner.put('countersign.key.retired', { key: KEY });
    await planner.wait(seconds(30));
    expect(planner.seen).toMatchObject(['joined', { fatal: { code: 'SIGNER_UNKNOWN' } }]);
  });

  it('does not join any more once it was told to stop while it waited', async () => {
    planner.start();
    await planner.wait();
    await planner.stop();
    planner.announce('planner');
    await planner.wait();
    expect(planner.seen).toEqual(['left']);
  });
});
