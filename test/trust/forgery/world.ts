import { randomUUID } from 'node:crypto';
import { ControlsFollower, DeadLetters, freeRunning, MemoryBroker, MemoryCluster, MemoryProcess, newStats, OwnerRuntime, RelayRuntime, silentLog, SignedWire, systemTimers, type LogRecord, type NewRecord, type Step, type WorkItem } from '@countersign/bus';
import { NO_KEYS, Seals } from '@countersign/privacy';
import { deadLetterTopic, FLOW, inputsOf, OWNERS, partitionCountOf, SERVICES, snapshotTopic, TOPICS, type EventType, type Owner, type Service, type Topic } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { signerOf } from '@countersign/identity';
import { seconds, systemClock } from '@countersign/kernel';
import { announcedKeys, controlsFold, controlVerifier } from '@countersign/service';
import { ApprovalsHandler } from '../../../apps/approvals/src/approvals.handler.js';
import { GrantLog } from '../../../apps/executor/src/adapters/grant-log.js';
import { GrantMemory } from '../../../apps/executor/src/adapters/grant-memory.js';
import { Tools } from '../../../apps/executor/src/adapters/tools.js';
import { Credentials } from '../../../apps/executor/src/credentials/credentials.js';
import { GrantTokens } from '../../../apps/executor/src/credentials/grant-tokens.js';
import { ExecutorHandler } from '../../../apps/executor/src/executor.handler.js';
import { AlarmWriter } from '../../../apps/ledger/src/adapters/alarm-writer.js';
import { OwnEventWriter } from '../../../apps/ledger/src/adapters/own-event-writer.js';
import { ControlsRecorder } from '../../../apps/ledger/src/adapters/controls-recorder.js';
import { BallotCheck } from '../../../apps/ledger/src/ballot-check.js';
import { LedgerConsumer } from '../../../apps/ledger/src/ledger.consumer.js';
import { LedgerHandler } from '../../../apps/ledger/src/ledger.handler.js';
import { controlsOfDesk, KEYS, ROOT } from './desk.ts';
import { Outside } from './outside.ts';

export const NAMESPACE = 'countersign';
export const PARTITIONS = 2;
const TENANTS = ['acme', 'globex'];
const NOTHING = Buffer.alloc(0);

interface Running {
  stop(): Promise<void>;
}
interface Process {
  readonly broker: MemoryBroker;
  readonly controls: ControlsFollower<ControlState>;
  readonly verify: ReturnType<typeof controlVerifier>;
}

/** Executor, approvals and ledger with all that the product checks, on a broker in memory; only PostgreSQL and the outside are not there. */
export class World {
  readonly cluster = new MemoryCluster(freeRunning);
  readonly outside = new Outside();
  /** What people have put in force in it. */
  readonly desk = controlsOfDesk();
  readonly #running = new Map<string, Running>();
  #starts = 0;

  constructor() {
    const perTenant = (topic: Topic): readonly string[] => (FLOW[topic].perTenant ? TENANTS.map((tenant) => `${topic}.${tenant}`) : [topic]);
    for (const topic of TOPICS) for (const name of perTenant(topic)) this.cluster.log.createTopic(`${NAMESPACE}.${name}`, partitionCountOf(topic, PARTITIONS));
    for (const service of OWNERS) this.cluster.log.createTopic(snapshotTopic(NAMESPACE, service), PARTITIONS);
    for (const service of SERVICES) this.cluster.log.createTopic(deadLetterTopic(NAMESPACE, service), 1);
    this.append('controls', 0, this.desk);
  }

  /** As whoever has the password of a writer of the topic; gives the first offset. */
  append(local: string, partition: number, records: readonly NewRecord[]): number {
    return this.cluster.log.append({ topic: `${NAMESPACE}.${local}`, partition }, records, systemClock.now());
  }

  records(local: string, partition: number, from = 0): readonly LogRecord[] {
    return this.cluster.log.slice({ topic: `${NAMESPACE}.${local}`, partition }, from, Number.MAX_SAFE_INTEGER);
  }

  end(local: string, partition: number): number {
    return this.cluster.log.offsets({ topic: `${NAMESPACE}.${local}`, partition }).end;
  }

  async start(): Promise<void> {
    await this.startExecutor();
    await this.own('approvals', new ApprovalsHandler(), ['countersign.approval.required', 'countersign.action.previewed', 'countersign.ballot.cast']);
    await this.#startLedger();
  }

  /** The executor, or the next one on the same log where there was one. */
  async startExecutor(): Promise<void> {
    await this.#running.get('executor')?.stop();
    const { broker, controls } = await this.process('executor');
    const tools = new Tools({ clients: { http: this.outside, github: this.outside }, connections: new Map([['payments', { url: new URL('http://payments.invalid') }]]), credentials: new Credentials({ namespace: NAMESPACE, variables: new Map(), clock: systemClock }), blobs: { put: () => Promise.reject(new Error('no blob here')) }, seals: new Seals(NO_KEYS), now: () => systemClock.now() });
    const grants = new GrantMemory(new GrantLog({ broker, namespace: NAMESPACE, partitions: PARTITIONS }));
    await this.own('executor', new ExecutorHandler({ keys: [KEYS.executor.id], tools, grants, tokens: new GrantTokens(KEYS.executor.key), controls: () => controls.state, onControls: (look) => controls.onChange(look), clock: systemClock, partitions: PARTITIONS }), ['countersign.action.allowed', 'countersign.approval.required'], { broker, controls });
  }

  /** Ends one service, as far as it runs. */
  async halt(service: Service): Promise<void> {
    await this.#running.get(service)?.stop();
    this.#running.delete(service);
  }

  async stop(): Promise<void> {
    for (const running of this.#running.values()) await running.stop();
  }

  wire(service: Service, controls?: ControlsFollower<ControlState>): SignedWire {
    return new SignedWire({ namespace: NAMESPACE, partitions: PARTITIONS, signer: signerOf(service, KEYS[service].key), keys: announcedKeys(() => controls?.state ?? controlsFold.initial()) });
  }

  async process(service: Service): Promise<Process> {
    this.#starts += 1;
    const broker = new MemoryBroker(this.cluster, new MemoryProcess(`${service}-${this.#starts}`, freeRunning));
    const parts = { timers: systemTimers, stats: newStats(), log: silentLog };
    const deadLetters = new DeadLetters({ ...parts, broker, namespace: NAMESPACE, service, signal: new AbortController().signal });
    const verify = controlVerifier(ROOT);
    const controls: ControlsFollower<ControlState> = new ControlsFollower<ControlState>({ ...parts, broker, deadLetters, topic: `${NAMESPACE}.controls`, fold: controlsFold, verify });
    await controls.start();
    return { broker, controls, verify };
  }

  /** Runs an owner service until `stop`. */
  async own<State, Work extends WorkItem, Result>(service: Owner, step: Step<State, ControlState, Work, Result>, handles: readonly EventType[], made?: Pick<Process, 'broker' | 'controls'>): Promise<void> {
    const { broker, controls } = made ?? (await this.process(service));
    // As the consumer's routes say it in a service: what nobody handles is not decoded.
    const routed = Object.assign(Object.create(step) as typeof step, { handles: new Set(handles) });
    const runtime = new OwnerRuntime({ step: routed, broker, controls, wire: this.wire(service, controls), namespace: NAMESPACE, partitions: PARTITIONS, instance: randomUUID(), onFatal: fatal, sessionTimeout: seconds(10) });
    await runtime.start();
    this.#running.set(service, {
      stop: async () => {
        await runtime.stop();
        await controls.stop();
        await broker.close();
      },
    });
  }

  async #startLedger(): Promise<void> {
    const { broker, controls, verify } = await this.process('ledger');
    const wire = this.wire('ledger', controls);
    const alarms = new AlarmWriter({ writer: new OwnEventWriter({ broker, wire, namespace: NAMESPACE }), partitions: PARTITIONS, onAlarm: () => undefined });
    const handler = new LedgerHandler({ project: () => Promise.resolve(), alarms, onGap: fatal });
    const consumer = new LedgerConsumer(handler, new BallotCheck(() => controls.state));
    const recorder = new ControlsRecorder({ broker, namespace: NAMESPACE, verify: (record) => verify(record).event, position: () => Promise.resolve(0), handle: (batch) => handler.handle(batch), onCrash: fatal });
    const runtime = new RelayRuntime({
      relay: { service: 'ledger', handle: (batch) => consumer.take(batch) },
      broker, wire, controls,
      namespace: NAMESPACE,
      partitions: PARTITIONS,
      inputs: inputsOf('ledger').flatMap((topic) => (FLOW[topic].perTenant ? TENANTS.map((tenant) => `${topic}.${tenant}`) : [topic])),
      onFatal: fatal,
    });
    await recorder.start();
    await runtime.start();
    this.#running.set('ledger', {
      stop: async () => {
        await runtime.stop();
        await recorder.stop();
        await controls.stop();
        await broker.close();
      },
    });
  }
}

const fatal = (fault: unknown): void => {
  queueMicrotask(() => {
    throw new Error('a service of the world cannot go on', { cause: fault });
  });
};

export const bytesOf = ({ value }: LogRecord): Buffer => value ?? NOTHING;
