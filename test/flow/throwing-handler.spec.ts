import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlsFollower, DeadLetters, KafkaAdmin, KafkaBroker, newStats, OwnerRuntime, SignedWire, silentLog, systemTimers, type Outgoing, type Received, type Step } from '@countersign/bus';
import { deadLetterTopic, newEvent, orderingKey, type EventData, type KeyRing } from '@countersign/contracts';
import { generateKey, keyRing, rawPublicKeyOf, signerOf } from '@countersign/identity';
import { runIdOf, seconds, sha256, systemClock, timestamp, type Principal, type Tenant, type Workflow } from '@countersign/kernel';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { TopicView } from '../support/topics.ts';

/** A namespace of its own on the stack's Kafka: nobody else reads it. */
const NAMESPACE = 'thrower';
const TENANT = 'acme' as Tenant;
const WORKFLOW = 'desk' as Workflow;

/** What throws what handlers throw when their author was wrong. */
const THROWS: Readonly<Record<string, () => unknown>> = {
  TypeError: () => (undefined as unknown as { readonly steps: unknown }).steps,
  RangeError: () => 'a'.repeat(-1),
  ReferenceError: () => {
    throw new ReferenceError('steps is not defined');
  },
  SyntaxError: () => JSON.parse('{') as unknown,
};

/** A planner that answers each task with a rejection, unless the task's name is that of a fault. */
class Thrower implements Step<Record<string, never>, null> {
  readonly service = 'planner';

  initialState(): Record<string, never> {
    return {};
  }

  handle({ event }: Received): readonly Outgoing[] {
    if (event.type !== 'countersign.task.submitted') return [];
    THROWS[event.data.task]?.();
    const { tenant = TENANT, workflow = WORKFLOW, run } = event;
    return [{ type: 'countersign.proposal.rejected', tenant, workflow, ...(run === undefined ? {} : { run }), subject: event.data.task, data: { tool: 'payments.refund', code: 'args.invalid', message: event.data.task, faults: [] } }];
  }

  evolve(state: Record<string, never>): Record<string, never> {
    return state;
  }

  freeze(): unknown {
    return {};
  }

  thaw(): Record<string, never> {
    return {};
  }
}

describe.skipIf(stackMissing !== undefined)(`a handler that throws${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  const [gatewayKey, plannerKey] = [generateKey(), generateKey()];
  const signers = { gateway: signerOf('gateway', gatewayKey), planner: signerOf('planner', plannerKey) };
  const keys: KeyRing = keyRing((key) => {
    if (key === signers.gateway.key) return { service: 'gateway', publicKey: rawPublicKeyOf(gatewayKey) };
    return key === signers.planner.key ? { service: 'planner', publicKey: rawPublicKeyOf(plannerKey) } : undefined;
  });
  const wireOf = (service: 'gateway' | 'planner'): SignedWire => new SignedWire({ namespace: NAMESPACE, partitions: 1, signer: signers[service], keys });
  const fatal: unknown[] = [];
  let broker: KafkaBroker;
  let controls: ControlsFollower<null>;
  let runtime: OwnerRuntime<Record<string, never>, null>;

  beforeAll(async () => {
    const admin = new KafkaAdmin(stack.kafkaOptions());
    await admin.createTopics({ namespace: NAMESPACE, tenants: [TENANT], partitions: 1 }, { replicationFactor: 1, minInsyncReplicas: 1 });
    await admin.close();
    broker = new KafkaBroker(stack.kafkaOptions());
    const stats = newStats();
    const log = silentLog;
    const signal = new AbortController().signal;
    const deadLetters = new DeadLetters({ broker, namespace: NAMESPACE, service: 'planner', timers: systemTimers, stats, log, signal });
    const verify = (): never => {
      throw new Error('nobody signs controls here');
    };
    controls = new ControlsFollower<null>({ broker, topic: `${NAMESPACE}.controls`, fold: { initial: () => null, evolve: () => null }, verify, deadLetters, timers: systemTimers, stats, log });
    runtime = new OwnerRuntime({ step: new Thrower(), broker, wire: wireOf('planner'), controls, namespace: NAMESPACE, partitions: 1, instance: 'thrower', sessionTimeout: seconds(10), onFatal: (fault) => fatal.push(fault), stats, log });
    await controls.start();
    await runtime.start();
  });
  afterAll(async () => {
    await runtime?.stop();
    await controls?.stop();
    await broker?.close();
  });

  const submit = async (task: string): Promise<Buffer> => {
    const data: EventData<'countersign.task.submitted'> = {
      task,
      source: '/tests/thrower',
      upstreamType: 'desk.refund',
      upstreamTime: timestamp(systemClock.now()),
      subject: 'spiffe://countersign.local/tenant/acme/upstream' as Principal,
      input: {},
      extensions: {},
      contract: { id: 'desk', version: 1, hash: sha256('desk') },
    };
    const event = newEvent({ service: 'gateway', type: 'countersign.task.submitted', data, tenant: TENANT, workflow: WORKFLOW, run: runIdOf(TENANT, WORKFLOW, data.source, task), subject: task, now: systemClock.now() });
    const wire = wireOf('gateway');
    const { value } = wire.encode(event);
    const target = { topic: `${NAMESPACE}.tasks`, partition: 0 };
    await broker.append(target, wire.seal({ ...target, epoch: '-', firstSeq: 0 }, [{ key: Buffer.from(orderingKey(TENANT, WORKFLOW)), value }]));
    return value;
  };

  it('leaves that message to the dead letters, byte for byte and with what was wrong, and the consumer lives', async () => {
    const letters = await TopicView.open(broker, deadLetterTopic(NAMESPACE, 'planner'), 1);
    const proposals = await TopicView.open(broker, `${NAMESPACE}.proposals`, 1);
    await submit('first');
    for (const name of Object.keys(THROWS)) {
      const value = await submit(name);
      const { record } = await letters.untilRecord(`the dead letter of ${name}`, (seen) => value.equals(seen.record.value ?? Buffer.alloc(0)));
      expect(String(record.headers['cs-code'])).toBe('HANDLER_FAILED');
      expect(String(record.headers['cs-message'])).toMatch(/undefined|Invalid count|not defined|JSON/);
    }
    await submit('last');
    await proposals.until('countersign.proposal.rejected', ({ data }) => data['message'] === 'last');
    const answered = (await proposals.events('countersign.proposal.rejected')).map(({ data }) => data['message']);
    expect(answered).toEqual(['first', 'last']);
    expect((await letters.all()).length).toBe(Object.keys(THROWS).length);
    expect(fatal).toEqual([]);
  });
});
