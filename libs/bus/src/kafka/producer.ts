import { CountersignError, messageOf, seconds, type Millis } from '@countersign/kernel';
import type { NewRecord, TopicPartition } from '../broker.js';
import { PATIENCE, type Cluster } from './cluster.js';
import { ANY_NODE, type Connections } from './connections.js';
import { accept, Backoff, isDeadProducer, isPassing, isRetriable, isStaleMetadata, isTooLarge, KAFKA, persist, refused, unreachable } from './faults.js';
import { InitProducerId } from './kafkajs-codec.js';
import { encodeBatch, produceExchange, sizeOfBatch, type Produced, type ProducerState } from './produce-request.js';

/** How long the leader waits for its replicas before it says that it could not. */
const REPLICA_TIMEOUT = seconds(10);
/** Below what brokers take by default (1,048,588), with room for the header. */
const MAX_BATCH_BYTES = 1_000_000;
/** Sequence numbers have 31 bits; a partition that comes near takes another producer id. */
const SEQUENCES = 2 ** 31 - 1_000_000;
const LANE = 'produce';

/** What a producer needs of the cluster. */
export interface ProducerCluster extends Pick<Cluster, 'knownLeader' | 'leaderOf' | 'forgetLeaders'> {
  readonly connections: Pick<Connections, 'call' | 'exchange' | 'log'>;
}

interface Append {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly asked: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (fault: unknown) => void;
}

/** A batch that is on its way, and stays the same however often it is sent: that is how the broker knows it again. */
interface Shipment {
  readonly appends: readonly Append[];
  readonly bytes: number;
  readonly batch: Buffer;
  readonly count: number;
}

interface Lot extends TopicPartition {
  readonly waiting: Append[];
  state: ProducerState | undefined;
  sequence: number;
  shipment: Shipment | undefined;
  readonly backoff: Backoff;
  /** Bytes of a batch of several appends; less once the topic turned out to take less. */
  most: number;
  /** Not before it is tried again. */
  held: boolean;
}

/**
 * Appends with acks from all replicas. What is asked for while a request is on its way goes out together in the next one: one request
 * per leader at a time, one batch per partition in it. A batch is sent again, byte for byte, until it is acked or its time is up.
 */
export class Producer {
  readonly #lots = new Map<string, Lot>();
  readonly #busy = new Set<number>();
  #shared: Promise<ProducerState> | undefined;
  #scheduled = false;
  #closed = false;

  constructor(
    readonly cluster: ProducerCluster,
    readonly patience: Millis = PATIENCE,
  ) {}

  append(target: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    if (this.#closed) return Promise.reject(unreachable('the cluster', 'closed'));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const lot = this.#lotOf(target);
    lot.waiting.push({ records, bytes: sizeOfBatch(records), asked: performance.now(), resolve, reject });
    this.#wake();
    return promise;
  }

  /** What has not been acked by now fails; it may be in the log. */
  close(): void {
    this.#closed = true;
    for (const lot of this.#lots.values()) this.#failAll(lot, unreachable('the cluster', 'closed'));
  }

  #lotOf({ topic, partition }: TopicPartition): Lot {
    const key = `${topic}/${partition}`;
    const known = this.#lots.get(key);
    if (known) return known;
    const lot: Lot = { topic, partition, waiting: [], state: undefined, sequence: 0, shipment: undefined, backoff: new Backoff(), most: MAX_BATCH_BYTES, held: false };
    this.#lots.set(key, lot);
    return lot;
  }

  /** After the present turn of the event loop: what is asked for in one turn goes out together. */
  #wake(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const byLeader = new Map<number, Lot[]>();
    for (const lot of this.#lots.values()) {
      if (lot.held || (!lot.shipment && lot.waiting.length === 0)) continue;
      const leader = this.cluster.knownLeader(lot.topic, lot.partition);
      if (leader === undefined || !lot.state) void this.#prepare(lot);
      else if (!this.#busy.has(leader) && !byLeader.get(leader)?.push(lot)) byLeader.set(leader, [lot]);
    }
    for (const [leader, lots] of byLeader) void this.#send(leader, lots);
  }

  /** Finds the leader and a producer id. */
  async #prepare(lot: Lot): Promise<void> {
    lot.held = true;
    try {
      await this.cluster.leaderOf(lot.topic, lot.partition);
      lot.state ??= await this.#producerState();
      this.#release(lot);
    } catch (fault) {
      if (isPassing(fault) && !this.#isLate(lot)) return this.#holdBack(lot);
      if (lot.shipment) this.#giveUp(lot, fault);
      else this.#failAll(lot, fault);
      this.#release(lot);
    }
  }

  /** One id for all partitions, until one of them needs another. */
  #producerState(): Promise<ProducerState> {
    this.#shared ??= persist(this.patience, async () => {
      const answer = await this.cluster.connections.call(ANY_NODE, LANE, InitProducerId, { transactionTimeout: REPLICA_TIMEOUT });
      accept(answer.errorCode, 'a producer id');
      return { producerId: BigInt(answer.producerId), producerEpoch: answer.producerEpoch };
    }).catch((fault: unknown) => {
      this.#shared = undefined;
      throw fault;
    });
    return this.#shared;
  }

  async #send(leader: number, lots: readonly Lot[]): Promise<void> {
    this.#busy.add(leader);
    const shipments = new Map<string, Lot>();
    const batches = lots.map((lot) => {
      lot.shipment ??= this.#pack(lot);
      shipments.set(`${lot.topic}/${lot.partition}`, lot);
      return { topic: lot.topic, partition: lot.partition, batch: lot.shipment.batch };
    });
    try {
      const answer = await this.cluster.connections.exchange(leader, LANE, produceExchange(batches, REPLICA_TIMEOUT), REPLICA_TIMEOUT);
      for (const produced of answer) {
        const lot = shipments.get(`${produced.topic}/${produced.partition}`);
        if (lot) this.#settle(lot, produced);
      }
    } catch (fault) {
      for (const lot of lots) {
        this.cluster.forgetLeaders(lot.topic);
        this.#tryAgain(lot, fault);
      }
    } finally {
      this.#busy.delete(leader);
      this.#wake();
    }
  }

  /** Takes what waits, in order, as far as it fits into one batch. */
  #pack(lot: Lot): Shipment {
    const appends: Append[] = [];
    let bytes = 0;
    let count = 0;
    for (let next = lot.waiting[0]; next && (appends.length === 0 || bytes + next.bytes <= lot.most); next = lot.waiting[0]) {
      lot.waiting.shift();
      appends.push(next);
      bytes += next.bytes;
      count += next.records.length;
    }
    const { state } = lot;
    if (!state) throw new CountersignError('INTERNAL', 'a batch is packed before there is a producer id');
    return { appends, bytes, count, batch: encodeBatch(appends.flatMap(({ records }) => [...records]), state, lot.sequence, Date.now()) };
  }

  #settle(lot: Lot, { errorCode, baseOffset }: Produced): void {
    const { shipment } = lot;
    if (!shipment) return;
    const what = `an append to \`${lot.topic}/${lot.partition}\``;
    if (errorCode === KAFKA.none) {
      lot.shipment = undefined;
      lot.sequence += shipment.count;
      lot.backoff.reset();
      if (lot.sequence > SEQUENCES) this.#renew(lot);
      let offset = baseOffset;
      for (const { records, resolve } of shipment.appends) {
        resolve(offset);
        offset += records.length;
      }
    } else if (isDeadProducer(errorCode)) {
      this.#giveUp(lot, refused(errorCode, what));
    } else if (isStaleMetadata(errorCode) || isRetriable(errorCode)) {
      this.cluster.forgetLeaders(lot.topic);
      this.#tryAgain(lot, refused(errorCode, what));
    } else if (isTooLarge(errorCode) && shipment.appends.length > 1) {
      // The limit of a topic is that of a batch: in smaller ones each append may fit. Nothing was written, so the number is still free.
      lot.shipment = undefined;
      lot.most = shipment.bytes / 2;
      lot.waiting.unshift(...shipment.appends);
    } else {
      // Refused as it stands, so not written: the sequence number is still free, and what waits behind may be fine.
      lot.shipment = undefined;
      for (const { reject } of shipment.appends) reject(refused(errorCode, what));
    }
  }

  #tryAgain(lot: Lot, fault: unknown): void {
    if (!lot.shipment) return;
    if (this.#closed || !isPassing(fault) || this.#isLate(lot)) this.#giveUp(lot, fault);
    else this.#holdBack(lot);
  }

  /** The outcome is not known. What waits behind it fails too, so that nothing overtakes; the partition goes on under another id. */
  #giveUp(lot: Lot, fault: unknown): void {
    this.cluster.connections.log.warn('an append failed; it may be in the log', { topic: lot.topic, partition: lot.partition, fault: messageOf(fault) });
    this.#failAll(lot, fault);
    this.#renew(lot);
  }

  #renew(lot: Lot): void {
    lot.state = undefined;
    lot.sequence = 0;
    this.#shared = undefined;
  }

  #failAll(lot: Lot, fault: unknown): void {
    const appends = [...(lot.shipment?.appends ?? []), ...lot.waiting.splice(0)];
    lot.shipment = undefined;
    for (const { reject } of appends) reject(fault);
  }

  #isLate(lot: Lot): boolean {
    const oldest = lot.shipment?.appends[0] ?? lot.waiting[0];
    return oldest !== undefined && performance.now() - oldest.asked > this.patience;
  }

  #holdBack(lot: Lot): void {
    lot.held = true;
    setTimeout(() => this.#release(lot), lot.backoff.next());
  }

  #release(lot: Lot): void {
    lot.held = false;
    this.#wake();
  }
}
