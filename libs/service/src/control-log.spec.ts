import { describe, expect, it } from 'vitest';
import { ControlsFollower, DeadLetters, MemoryBroker, MemoryCluster, MemoryProcess, newStats, silentLog, VirtualTime } from '@countersign/bus';
import { decodeEvent, encodeEvent, HEADERS, newEvent, type ConfigKind, type Event, type EventData } from '@countersign/contracts';
import { manifestHash, type ControlState } from '@countersign/domain';
import { generateKey, humanPrincipal, keyIdOf, rawPublicKeyOf, signAsPerson, type Root } from '@countersign/identity';
import { canonicalJson, hours, seconds, sha256, type Instant, type JsonObject } from '@countersign/kernel';
import { announcedKeys, controlsFold, controlVerifier } from './control-log.js';

const TARGET = { topic: 'countersign.controls', partition: 0 };
const PUBLIC_KEY = rawPublicKeyOf(generateKey());
const KEY = keyIdOf(PUBLIC_KEY);

type KeyControl = 'countersign.key.announced' | 'countersign.key.retired';

/** Announces a key and retires it ten seconds later, on the clock of a person that is `ahead`; gives Kafka's time of each, and what a service reads. */
const announceAndRetire = async (ahead: number) => {
  const time = new VirtualTime(1);
  const cluster = new MemoryCluster(time);
  cluster.log.createTopic(TARGET.topic, 1);
  const put = <Type extends KeyControl>(type: Type, data: EventData<Type>): number => {
    const value = encodeEvent(newEvent({ service: 'operator', type, data, subject: KEY, now: (time.now() + ahead) as Instant }));
    cluster.log.append(TARGET, [{ key: null, value, headers: {} }], time.now());
    return time.now();
  };
  const announced = put('countersign.key.announced', { service: 'policy', key: KEY, publicKey: PUBLIC_KEY });
  await time.run(seconds(10));
  const retired = put('countersign.key.retired', { key: KEY });
  const process = new MemoryProcess('planner-1', time);
  const broker = new MemoryBroker(cluster, process);
  const parts = { timers: process.timers, stats: newStats(), log: silentLog };
  const deadLetters = new DeadLetters({ ...parts, broker, namespace: 'countersign', service: 'planner', signal: new AbortController().signal });
  const controls: ControlsFollower<ControlState> = new ControlsFollower({ ...parts, broker, deadLetters, topic: TARGET.topic, fold: controlsFold, verify: ({ value }) => ({ event: decodeEvent(value ?? Buffer.alloc(0)), quorate: true }) });
  void controls.start();
  await time.run(seconds(2));
  return { announced, retired, keys: announcedKeys(() => controls.state) };
};

describe('a key that was retired', () => {
  it.each([
    ['right', 0],
    ['an hour ahead', hours(1)],
    ['an hour behind', hours(-1)],
  ])('signed up to the moment at which Kafka took its retirement, also where the clock of who retired it is %s', async (_, ahead) => {
    const { announced, retired, keys } = await announceAndRetire(ahead);
    expect(keys.find(KEY, announced)).toMatchObject({ service: 'policy' });
    expect(keys.find(KEY, retired)).toMatchObject({ service: 'policy' });
    expect(keys.find(KEY, retired + 1)).toBeUndefined();
  });
});

describe('a manifest', () => {
  const put = (state: ControlState, event: Event): ControlState => controlsFold.evolve(state, { event, quorate: true }, { offset: state.epoch + 1, timestamp: 0 });
  const rule = (condition: string): JsonObject => ({ id: 'refunds', policies: [{ name: 'large', if: { tool: '*', amount_usd: condition }, then: { action: 'deny' } }] });
  const activated = (state: ControlState, body: JsonObject): ControlState => {
    const version = (state.active?.version ?? 0) + 1;
    const file = { id: 'refunds', version, hash: sha256(canonicalJson(body)) };
    const kind: ConfigKind = 'policy';
    const files = [{ ...file, kind }];
    const common = { service: 'operator', now: 0 as Instant, subject: `${version}` } as const;
    const published = put(state, newEvent({ ...common, type: 'countersign.policy.published', data: { ...file, path: 'policies/refunds.yaml', body } }));
    return put(published, newEvent({ ...common, type: 'countersign.config.activated', data: { version, hash: manifestHash(files), files } }));
  };

  it('that somebody signs with rules that do not compile is void for every service, and the set before it stays', () => {
    const good = activated(controlsFold.initial(), rule('> 100'));
    expect(good.active?.version).toBe(1);
    const after = activated(good, rule('more than 100'));
    expect(after.active).toEqual(good.active);
    expect(JSON.stringify(after.faults)).toMatch(/`amount_usd` needs an operator/);
    expect(activated(after, rule('> 50')).active?.version).toBe(2);
  });
});

describe('a copy of a control', () => {
  const person = generateKey();
  const actor = humanPrincipal('ada');
  const root: Root = { people: [{ subject: actor, publicKey: rawPublicKeyOf(person), roles: ['admin'] }], quorum: { admin: 1, operator: 1 } };
  const value = encodeEvent(newEvent({ service: 'operator', type: 'countersign.key.retired', data: { key: KEY }, subject: KEY, actor, now: 0 as Instant }));
  const headers = { [HEADERS.personSignature]: Buffer.from(signAsPerson(value, person, keyIdOf(rawPublicKeyOf(person)))) };
  const at = (offset: number) => ({ value, headers, offset });

  it('is refused wherever it lies behind the first one, which can be read again', () => {
    const verify = controlVerifier(root);
    expect(verify(at(3)).event.type).toBe('countersign.key.retired');
    expect(() => verify(at(9))).toThrow(expect.objectContaining({ code: 'EVENT_REPEATED' }));
    expect(verify(at(3)).event.type).toBe('countersign.key.retired');
  });

  it('is none where it has more signatures: that is how others of a quorum sign', () => {
    const second = generateKey();
    const both: Root = { ...root, people: [...root.people, { subject: humanPrincipal('grace'), publicKey: rawPublicKeyOf(second), roles: ['admin'] }] };
    const verify = controlVerifier(both);
    const signed = { [HEADERS.personSignature]: Buffer.from(`${String(headers[HEADERS.personSignature])} ${signAsPerson(value, second, keyIdOf(rawPublicKeyOf(second)))}`) };
    expect(verify(at(3)).quorate).toBe(true);
    expect(verify({ ...at(5), headers: signed })).toMatchObject({ event: { type: 'countersign.key.retired' }, quorate: true });
    for (const copy of [{ ...at(7), headers: signed }, at(8)]) expect(() => verify(copy)).toThrow(expect.objectContaining({ code: 'EVENT_REPEATED' }));
  });

  it('is refused as well where the copy was seen before the first one was', () => {
    const verify = controlVerifier(root);
    verify(at(9));
    expect(verify(at(3)).event.type).toBe('countersign.key.retired');
    expect(() => verify(at(9))).toThrow(expect.objectContaining({ code: 'EVENT_REPEATED' }));
  });
});
