import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newClaim, newEvent, orderingKey, type Event } from '@countersign/contracts';
import { kafkaMissing, startTestKafka, type TestKafka } from '@countersign/testing';
import { seconds, type Instant, type KeyId } from '@countersign/kernel';
import { echo, TENANT, textOf, WORKFLOW, type BenchControls } from '../bench.fixture.js';
import type { LogRecord, TopicPartition } from '../broker.js';
import { silentLog } from '../bus-log.js';
import { ControlsFollower, type SignedControl } from '../controls.js';
import { DeadLetters, readDeadLetter } from '../dead-letters.js';
import { ToyWire } from '../memory/schedule/toy-wire.fixture.js';
import { OwnerRuntime } from '../owner-runtime.js';
import { RelayRuntime } from '../relay-runtime.js';
import { newStats } from '../stats.js';
import { systemTimers } from '../timers.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaBroker } from './kafka-broker.js';
import { startTransactor, type Transactor } from './transactor.fixture.js';

const NAMESPACE = 'tx';
const STRAY = JSON.stringify({ causes: '', data: { text: 'stray' } });
const PLANNER = new ToyWire('00000000000000aa' as KeyId);
const NOW = 0 as Instant;
const at = (local: string): TopicPartition => ({ topic: `${NAMESPACE}.${local}`, partition: 0 });
const jsonOf = ({ value }: LogRecord): Event => JSON.parse(String(value)) as Event;

describe.skipIf(kafkaMissing !== undefined)(`topics that strangers write transactions into${kafkaMissing === undefined ? '' : ` (${kafkaMissing})`}`, { timeout: 120_000 }, () => {
  let kafka: TestKafka;
  let admin: KafkaAdmin;
  let broker: KafkaBroker;
  let transactor: Transactor;

  beforeAll(async () => {
    kafka = await startTestKafka();
    admin = new KafkaAdmin(kafka.options());
    await admin.createTopics({ namespace: NAMESPACE, tenants: ['acme'], partitions: 1 }, { replicationFactor: 1, minInsyncReplicas: 1 });
    broker = new KafkaBroker(kafka.options());
    transactor = await startTransactor(kafka.options());
  }, 120_000);
  afterAll(async () => {
    await transactor?.close();
    await broker?.close();
    await admin?.close();
    await kafka?.stop();
  }, 60_000);

  const endOf = async (local: string): Promise<number> => (await broker.offsets(at(local))).end;
  const committedOf = async (service: string, local: string): Promise<number | undefined> => (await broker.committed(`${NAMESPACE}.${service}`, [at(local)]))[0]?.offset;
  const read = async (local: string): Promise<readonly LogRecord[]> => {
    const found: LogRecord[] = [];
    await broker.read(at(local), 0, await endOf(local), (records) => void found.push(...records));
    return found;
  };
  const said = async (): Promise<readonly string[]> => (await read('decisions')).map(jsonOf).flatMap((event) => ('text' in event.data && textOf(event) !== 'stray' ? [textOf(event)] : []));

  /** What the planner would write. */
  const propose = async (text: string, seq: number): Promise<void> => {
    if (seq === 0) {
      const claim = newClaim({ service: 'planner', claim: { member: 'm', instance: 'planner', nonce: 'n', key: PLANNER.key, after: -1 }, now: NOW });
      expect(await broker.append(at('proposals'), PLANNER.seal({ ...at('proposals'), epoch: 'claim', firstSeq: 0 }, [{ key: null, value: PLANNER.encodeClaim(claim) }]))).toBe(0);
    }
    const event = newEvent({ service: 'planner', type: 'countersign.action.proposed', data: { text } as never, tenant: TENANT, workflow: WORKFLOW, subject: text, now: NOW });
    await broker.append(at('proposals'), PLANNER.seal({ ...at('proposals'), epoch: 0, firstSeq: seq }, [{ key: Buffer.from(orderingKey(TENANT, WORKFLOW)), value: PLANNER.encode(event).value }]));
  };

  it('are read, written and committed to their end, whatever became of the transactions', async () => {
    await transactor.transact(at('decisions'), [STRAY], 'abort');
    await transactor.transact(at('controls'), [STRAY, STRAY], 'abort');
    const fatal: unknown[] = [];
    const onFatal = (fault: unknown): void => void fatal.push(fault);
    const stats = newStats();
    const shared = { broker, namespace: NAMESPACE, timers: systemTimers, stats, log: silentLog };
    const deadLetters = new DeadLetters({ ...shared, service: 'policy', signal: new AbortController().signal });
    const fold = { initial: (): BenchControls => [], evolve: (all: BenchControls, { event }: SignedControl) => [...all, event.type] };
    const verify = (): never => {
      throw new TypeError('not signed by anybody');
    };
    const controls = new ControlsFollower({ ...shared, topic: at('controls').topic, fold, verify, deadLetters });
    await controls.start();
    expect(controls.position).toBe(2);
    const wire = new ToyWire('00000000000000bb' as KeyId);
    const owner = new OwnerRuntime({ ...shared, step: echo(), controls, wire, partitions: 1, instance: 'policy-1', onFatal });
    const received: string[] = [];
    const relay = new RelayRuntime({
      ...shared,
      relay: { service: 'gateway', handle: (batch) => Promise.resolve(void received.push(...batch.received.map(({ record }) => String(record.value)))) },
      controls, wire, partitions: 1, inputs: ['inbox.acme'], onFatal,
    });
    await Promise.all([owner.start(), relay.start()]);

    await propose('a', 0);
    await expect.poll(said, { timeout: 20_000 }).toEqual(['a']);
    for (const [nth, end] of (['abort', 'commit', 'abort'] as const).entries()) {
      for (const local of ['inbox.acme', 'proposals', 'decisions', 'controls']) await transactor.transact(at(local), [STRAY], end);
      await propose(`${nth}`, nth + 1);
    }
    // One that is open holds up what reads behind it, and nothing is lost meanwhile.
    const close = await transactor.begin(at('decisions'), [STRAY]);
    await propose('z', 4);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await close('abort');

    await expect.poll(said, { timeout: 20_000 }).toEqual(['a', '0', '1', '2', 'z']);
    expect(received).toEqual([STRAY]);
    for (const [service, local] of [['policy', 'proposals'], ['gateway', 'inbox.acme']] as const) {
      const end = await endOf(local);
      await expect.poll(() => committedOf(service, local), { timeout: 20_000 }).toBe(end);
    }
    const end = await endOf('controls');
    await expect.poll(() => controls.position, { timeout: 5_000 }).toBe(end - 1);
    await controls.caughtUp();
    expect(controls.isFresh(seconds(1))).toBe(true);
    const letters = (await read('dlq.policy')).map(readDeadLetter);
    expect(letters.map(({ topic, code }) => `${topic} ${code}`).sort()).toEqual(['controls INTERNAL', 'proposals SIGNATURE_MISSING']);
    expect(stats).toMatchObject({ claims: 1, displaced: 0, sequenceBroken: 0 });
    expect(fatal).toEqual([]);
    await Promise.all([owner.stop(), relay.stop()]);
    await controls.stop();
  });
});
