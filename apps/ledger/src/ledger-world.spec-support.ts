import { freeRunning, MemoryBroker, MemoryCluster, MemoryProcess, RelayRuntime, SignedWire, systemTimers, type Conductor, type LogRecord, type NewRecord } from '@countersign/bus';
import { encodeClaim, FLOW, inputsOf, newClaim, newEvent, orderingKey, partitionCountOf, partitionOf, SERVICES, TOPICS, type Event, type EventData, type EventType, type KeyRing, type NewEvent, type Owner, type Service, type Topic } from '@countersign/contracts';
import { generateKey, keyRing, rawPublicKeyOf, signerOf } from '@countersign/identity';
import { runIdOf, seconds, sha256, systemClock, type Instant, type MicroUsd, type Principal, type RunId, type Tenant, type Workflow } from '@countersign/kernel';
import { ReadModel } from '@countersign/read-model';
import { AlarmWriter } from './adapters/alarm-writer.js';
import { OwnEventWriter } from './adapters/own-event-writer.js';
import { LogPositions } from './adapters/log-positions.js';
import { LedgerHandler } from './ledger.handler.js';
import { projectionOf } from './projection.js';
import { Projector } from './projector.js';

export const NAMESPACE = 'countersign';
export const PARTITIONS = 2;
const TENANT = 'acme' as Tenant;
/** A killed ledger is missed soon. */
const SESSION = seconds(1);
const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream' as Principal;
const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/desk-0/agent/desk' as Principal;
const CONTRACT = { id: 'desk', version: 1, hash: sha256('desk') };
/** The people's controls are of no concern here, and all read. */
const CONTROLS = { onChange: () => () => undefined, onFault: () => () => undefined, position: Number.MAX_SAFE_INTEGER, epoch: -1, confirmedAt: systemTimers.elapsed(), redrives: () => [] };

/** A ledger under way in this process. */
export interface RunningLedger {
  readonly model: ReadModel;
  readonly alarms: EventData<'countersign.ledger.alarm'>[];
  readonly faults: unknown[];
  /** The ordinary end. */
  stop(): Promise<void>;
  /** What SIGKILL leaves: no answer arrives any more, nothing is committed. */
  kill(): Promise<void>;
}

/** A cluster in memory with a log that is written as services write it, and ledgers that read it into a real PostgreSQL. */
export class LedgerWorld {
  readonly cluster: MemoryCluster;
  private readonly keys = new Map(SERVICES.map((service) => [service, generateKey()]));
  private readonly ring: KeyRing;
  private readonly written = new Map<string, { readonly epoch: number; seq: number }>();
  private processes = 0;

  constructor(readonly conductor: Conductor = freeRunning) {
    this.cluster = new MemoryCluster(conductor);
    const names = new Map([...this.keys].map(([service, key]) => [signerOf(service, key).key, { service, publicKey: rawPublicKeyOf(key) }]));
    this.ring = keyRing((key) => names.get(key));
    for (const topic of TOPICS) this.cluster.log.createTopic(this.nameOf(topic), partitionCountOf(topic, PARTITIONS));
    this.cluster.log.createTopic(`${NAMESPACE}.dlq.ledger`, 1);
  }

  wire(service: Service): SignedWire {
    const key = this.keys.get(service);
    if (!key) throw new Error(`no key for ${service}`);
    return new SignedWire({ namespace: NAMESPACE, partitions: PARTITIONS, signer: signerOf(service, key), keys: this.ring });
  }

  append(topic: Topic, partition: number, records: readonly NewRecord[]): number {
    return this.cluster.log.append({ topic: this.nameOf(topic), partition }, records, systemClock.now());
  }

  records(topic: Topic | 'dlq.ledger', partition: number): readonly LogRecord[] {
    return this.cluster.log.slice({ topic: topic === 'dlq.ledger' ? `${NAMESPACE}.${topic}` : this.nameOf(topic), partition }, 0, 1_000_000);
  }

  /** Signed by its service, in the place of its key; gives where it lies. */
  write<Type extends EventType>(topic: Topic, given: Omit<NewEvent<Type>, 'service' | 'now'>): { readonly partition: number; readonly offset: number } {
    const service = SERVICES.find((name) => !FLOW[topic].writers.includes('operator') && FLOW[topic].writers.includes(name)) ?? 'gateway';
    const event = newEvent<Type>({ ...given, service, now: systemClock.now() }) as Event;
    const key = Buffer.from(orderingKey(given.tenant ?? '', given.workflow ?? ''));
    const partition = partitionOf(key, PARTITIONS);
    const batch = { topic: this.nameOf(topic), partition, ...this.sequence(topic, service, partition) };
    const wire = this.wire(service);
    return { partition, offset: this.append(topic, partition, wire.seal(batch, [{ key, value: wire.encode(event).value }])) };
  }

  /** The events of a short run: it was taken up and closed. */
  run(number: number): RunId {
    const task = { task: `ticket-${number}`, source: '/helpdesk' };
    const workflow = `desk-${number % 5}` as Workflow;
    const run = runIdOf(TENANT, workflow, task.source, task.task);
    const about = { trigger: undefined, tenant: TENANT, workflow, run };
    this.write('tasks', { ...about, type: 'countersign.task.submitted', data: { ...task, upstreamType: 'ticket', upstreamTime: '2026-01-02T03:04:05.000Z', subject: UPSTREAM, input: {}, extensions: {}, contract: CONTRACT } });
    this.write('proposals', { ...about, type: 'countersign.run.started', data: { ...task, contract: CONTRACT, agent: AGENT, subject: UPSTREAM, input: {}, deadline: '2026-01-02T04:04:05.000Z' } });
    this.write('proposals', { ...about, type: 'countersign.run.closed', data: { ...task, outcome: 'succeeded', reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd }, sideEffects: [], events: { count: 1, root: sha256('') } } });
    return run;
  }

  /** Takes a partition over, as an owner that joins does. */
  claim(topic: Topic, service: Owner, partition: number): void {
    const wire = this.wire(service);
    const after = this.written.get(`${topic}/${partition}`)?.epoch ?? -1;
    const claim = newClaim({ service, now: systemClock.now(), claim: { member: 'm', instance: 'i', nonce: sha256(String(Math.random())).slice(0, 22), key: wire.key, after } });
    const batch = { topic: this.nameOf(topic), partition, epoch: 'claim', firstSeq: 0 } as const;
    const epoch = this.append(topic, partition, wire.seal(batch, [{ key: null, value: encodeClaim(claim) }]));
    this.written.set(`${topic}/${partition}`, { epoch, seq: 0 });
  }

  async start(url: string): Promise<RunningLedger> {
    const process = new MemoryProcess(`ledger-${(this.processes += 1)}`, freeRunning);
    const broker = new MemoryBroker(this.cluster, process);
    const model = await ReadModel.open({ url });
    const alarms: EventData<'countersign.ledger.alarm'>[] = [];
    const faults: unknown[] = [];
    const life = new AbortController();
    const wire = this.wire('ledger');
    const positions = new LogPositions({ model, broker, namespace: NAMESPACE, onLost: (lost) => faults.push(lost) });
    const projector = new Projector(model.project, life.signal);
    const writer = new AlarmWriter({ writer: new OwnEventWriter({ broker, wire, namespace: NAMESPACE }), partitions: PARTITIONS, onAlarm: (record) => alarms.push(record) });
    const handler = new LedgerHandler({ project: (batch) => projector.add(batch), alarms: writer, onGap: (fault) => faults.push(fault) });
    const runtime = new RelayRuntime({
      relay: { service: 'ledger', handle: (batch) => handler.handle(projectionOf(batch)), positions: (targets) => positions.of(targets) },
      broker,
      wire,
      controls: CONTROLS,
      namespace: NAMESPACE,
      partitions: PARTITIONS,
      inputs: inputsOf('ledger').map((topic) => (FLOW[topic].perTenant ? `${topic}.${TENANT}` : topic)),
      onFatal: (fault) => faults.push(fault),
      timers: process.timers,
      sessionTimeout: SESSION,
    });
    await runtime.start();
    const end = async (): Promise<void> => {
      life.abort();
      await model.close();
    };
    return {
      model,
      alarms,
      faults,
      stop: async () => {
        await runtime.stop();
        await broker.close();
        await end();
      },
      kill: async () => {
        process.kill();
        await end();
      },
    };
  }

  /** Whether a model has read all that is on the log. */
  async isRead(model: ReadModel): Promise<boolean> {
    const positions = await model.positions();
    return inputsOf('ledger').every((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => partition).every((partition) => {
        const name = FLOW[topic].perTenant ? `${topic}.${TENANT}` : topic;
        const { end } = this.cluster.log.offsets({ topic: this.nameOf(topic), partition });
        return positions.some((position) => position.topic === name && position.partition === partition && position.nextOffset === end);
      }),
    );
  }

  private nameOf(topic: Topic): string {
    return FLOW[topic].perTenant ? `${NAMESPACE}.${topic}.${TENANT}` : `${NAMESPACE}.${topic}`;
  }

  private sequence(topic: Topic, service: Service, partition: number): { readonly epoch: number | '-'; readonly firstSeq: number } {
    if (!FLOW[topic].claimed) return { epoch: '-', firstSeq: 0 };
    const place = `${topic}/${partition}`;
    if (!this.written.has(place)) this.claim(topic, service as Owner, partition);
    const written = this.written.get(place);
    if (!written) throw new Error('the partition was not claimed');
    const firstSeq = written.seq;
    written.seq += 1;
    return { epoch: written.epoch, firstSeq };
  }
}

/** A task that nobody takes up. */
export const aTask = () => ({
  tenant: TENANT,
  workflow: 'desk-1' as Workflow,
  run: runIdOf(TENANT, 'desk-1', '/helpdesk', 'lonely'),
  data: { task: 'lonely', source: '/helpdesk', upstreamType: 'ticket', upstreamTime: '2026-01-02T03:04:05.000Z', subject: UPSTREAM, input: {}, extensions: {}, contract: CONTRACT },
});

/** Waits until something holds. */
export const until = async (holds: () => Promise<boolean>, ms = 20_000): Promise<void> => {
  const end = (Date.now() + ms) as Instant;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come to hold in time');
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
};
