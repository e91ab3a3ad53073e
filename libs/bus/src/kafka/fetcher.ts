import type { LogRecord, TopicPartition } from '../broker.js';
import { CountersignError, messageOf, millis, type Millis } from '@countersign/kernel';
import type { Elapsed } from '../steady-clock.js';
import { systemTimers } from '../timers.js';
import type { Cluster } from './cluster.js';
import { Backoff, isPassing, isRetriable, isStaleMetadata, KAFKA, refused } from './faults.js';
import { fetchExchange, type FetchedPartition } from './fetch-request.js';
import { isReady, newFlow, type Flow, type ReadyFlow, type Sink } from './flow.js';
import { decodeBatches, type Decoded } from './record-batch.js';
import type { Lane } from './connections.js';

/** A sink that failed is tried again after this time, on and on: dropping its records is not ours to decide. */
const SINK_RETRY = millis(500);
/** An answer of this size leaves more behind in the log: who waits then only falls back. */
const LARGE_ANSWER_BYTES = 256 * 1024;
/** Less than this is not worth a fetch of its own: the waiting one is about to come back. */
const SHORTEST_WAIT = millis(5);

/**
 * A fetch has one position for each partition, so of several readers of one (`shared`) the first in the row is asked for, and goes to its
 * back: also where nothing came, or two that wait would keep a third one from what is there. The others come with the second fetch.
 */
const oncePerPartition = (flows: readonly ReadyFlow[]): { readonly asked: readonly ReadyFlow[]; readonly shared: ReadonlySet<ReadyFlow> } => {
  const firsts = new Map<string, ReadyFlow>();
  const shared = new Set<ReadyFlow>();
  for (const flow of flows) {
    const name = `${flow.topic}/${flow.partition}`;
    const first = firsts.get(name);
    if (first) shared.add(first);
    else firsts.set(name, flow);
  }
  return { asked: [...firsts.values()], shared };
};

/**
 * Reads any number of partitions. One fetch per node waits at the broker for news of all of them. A partition that becomes readable
 * meanwhile (resumed, sought, taken) is asked for at once by a second fetch, which comes back when the first one does; so it never
 * stands behind the first, and the next one has them all.
 */
export class Fetcher {
  readonly #flows = new Set<Flow>();
  readonly #backoff = new Backoff();
  /** What is being done, and when it comes back by itself. */
  readonly #underWay = new Map<string, number>();
  /** Nodes that are not asked again yet, see `linger`. */
  readonly #resting = new Set<number>();
  #scheduled = false;
  #closed = false;
  #outage = false;

  constructor(
    readonly cluster: Cluster,
    readonly lane: Lane,
    /** How long a fetch waits at the broker for the first byte. */
    readonly maxWait: Millis,
    /** How long a node is left alone after an answer with records, so that the next one has more of them. */
    readonly linger: Millis = millis(0),
  ) {}

  add(target: TopicPartition, sink: Sink, position: number | undefined, paused = false): Flow {
    const flow = newFlow(target, sink, position, paused);
    this.#flows.add(flow);
    this.#wake();
    return flow;
  }

  remove(flow: Flow): void {
    flow.closed = true;
    this.#flows.delete(flow);
  }

  pause(flow: Flow): void {
    flow.paused = true;
  }

  resume(flow: Flow): void {
    if (!flow.paused) return;
    flow.paused = false;
    this.#wake();
  }

  /** What is on its way for the partition is dropped. */
  seek(flow: Flow, position: number): void {
    flow.position = position;
    flow.seeks += 1;
    flow.awaited = undefined;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    for (const flow of this.#flows) flow.closed = true;
    this.#flows.clear();
  }

  /** Once per turn of the event loop: many partitions are often resumed together. */
  #wake(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    if (this.#closed) return;
    const byNode = new Map<number, ReadyFlow[]>();
    const unknown = new Set<string>();
    for (const flow of this.#flows) {
      if (!isReady(flow)) continue;
      const leader = this.cluster.knownLeader(flow.topic, flow.partition);
      if (leader === undefined) unknown.add(flow.topic);
      else if (!byNode.get(leader)?.push(flow)) byNode.set(leader, [flow]);
    }
    for (const topic of unknown) this.#findLeaders(topic);
    for (const [node, ready] of byNode) {
      if (this.#resting.has(node)) continue;
      const { asked, shared } = oncePerPartition(ready);
      const waiting = this.#underWay.get(`${node}/first`);
      const rest = waiting === undefined ? this.maxWait : millis(waiting - performance.now());
      if (waiting !== undefined && (this.#underWay.has(`${node}/second`) || rest < SHORTEST_WAIT)) continue;
      for (const flow of shared) this.#toBack(flow);
      void this.#fetch(node, waiting === undefined ? 'first' : 'second', rest, asked);
      if (waiting === undefined && shared.size > 0) this.#wake();
    }
  }

  #toBack(flow: Flow): void {
    this.#flows.delete(flow);
    this.#flows.add(flow);
  }

  #findLeaders(topic: string): void {
    const key = `leaders of ${topic}`;
    if (this.#underWay.has(key)) return;
    this.#underWay.set(key, 0);
    this.cluster.partitionsOf(topic).then(
      () => this.#done(key),
      (fault: unknown) => this.#interrupted(key, fault, [...this.#flows].filter((flow) => flow.topic === topic)),
    );
  }

  async #fetch(node: number, which: 'first' | 'second', wait: Millis, flows: readonly ReadyFlow[]): Promise<void> {
    const key = `${node}/${which}`;
    const token = Symbol(key);
    const asked = new Map<string, ReadyFlow>();
    for (const flow of flows) {
      flow.awaited = token;
      asked.set(`${flow.topic}/${flow.partition}`, flow);
    }
    this.#underWay.set(key, performance.now() + wait);
    const askedAt = systemTimers.elapsed();
    try {
      const answer = await this.cluster.connections.exchange(node, `${this.lane}.${which}`, fetchExchange(flows, Math.round(wait)), wait);
      this.#recovered();
      this.#rest(node, answer);
      for (const fetched of answer) {
        const flow = asked.get(`${fetched.topic}/${fetched.partition}`);
        if (flow?.awaited !== token) continue;
        flow.awaited = undefined;
        if (!flow.closed && !flow.paused) this.#take(flow, fetched, askedAt);
      }
      this.#done(key);
    } catch (fault) {
      // The leader may be another node by now.
      for (const { topic } of flows) this.cluster.forgetLeaders(topic);
      this.#interrupted(key, fault, flows);
    } finally {
      for (const flow of flows) if (flow.awaited === token) flow.awaited = undefined;
    }
  }

  #rest(node: number, answer: readonly FetchedPartition[]): void {
    const bytes = answer.reduce((sum, { batches }) => sum + batches.length, 0);
    if (this.linger === 0 || bytes === 0 || bytes >= LARGE_ANSWER_BYTES || this.#resting.has(node)) return;
    this.#resting.add(node);
    setTimeout(() => {
      this.#resting.delete(node);
      this.#wake();
    }, this.linger);
  }

  #take(flow: ReadyFlow, fetched: FetchedPartition, askedAt: Elapsed): void {
    const { errorCode, aborted, batches } = fetched;
    if (errorCode !== KAFKA.none) return this.#refuse(flow, errorCode);
    const decoded = this.#decode(flow, batches, aborted);
    if (!decoded) return;
    const { records, next } = decoded;
    if (next === flow.position) return this.#took(flow, next, fetched, askedAt);
    // To the back of the row: the broker fills its answer in the order of the request.
    this.#toBack(flow);
    const { seeks } = flow;
    const took = (): void => {
      if (flow.seeks === seeks) this.#took(flow, next, fetched, askedAt);
    };
    try {
      const taking = flow.sink.onRecords(records, { from: flow.position, next });
      // What is only enqueued is taken at once, so that the partition is in the next fetch.
      if (taking === undefined) return took();
      flow.busy = true;
      taking.then(took).then(
        () => {
          flow.busy = false;
          this.#wake();
        },
        (fault: unknown) => this.#notTaken(flow, records, fault),
      );
    } catch (fault) {
      this.#notTaken(flow, records, fault);
    }
  }

  #decode(flow: ReadyFlow, batches: Buffer, aborted: FetchedPartition['aborted']): Decoded | undefined {
    try {
      return decodeBatches(flow.topic, flow.partition, batches, flow.position, aborted);
    } catch (fault) {
      this.#fail(flow, fault);
      return undefined;
    }
  }

  #notTaken(flow: Flow, records: readonly LogRecord[], fault: unknown): void {
    this.cluster.connections.log.error('what was read could not be taken; it will be handed over again', {
      topic: flow.topic,
      partition: flow.partition,
      offset: records[0]?.offset,
      fault: messageOf(fault),
    });
    this.#hold(flow, SINK_RETRY);
  }

  #took(flow: Flow, next: number, { end, written }: FetchedPartition, askedAt: Elapsed): void {
    flow.position = next;
    if (next >= end && !flow.closed) flow.sink.onEnd?.(next, askedAt, written);
  }

  #refuse(flow: ReadyFlow, code: number): void {
    const where = `\`${flow.topic}/${flow.partition}\``;
    if (code === KAFKA.offsetOutOfRange) {
      this.#fail(flow, new CountersignError('LOG_TRUNCATED', `offset ${flow.position} of ${where} is not in the log any more`));
    } else if (isStaleMetadata(code) || isRetriable(code)) {
      this.cluster.forgetLeaders(flow.topic);
      this.#hold(flow, this.#backoff.next());
    } else {
      this.#fail(flow, refused(code, where));
    }
  }

  #fail(flow: Flow, fault: unknown): void {
    this.remove(flow);
    flow.sink.onFault(fault);
  }

  /** Leaves a partition alone for a while. */
  #hold(flow: Flow, pause: Millis): void {
    flow.busy = true;
    setTimeout(() => {
      flow.busy = false;
      this.#wake();
    }, pause);
  }

  #done(key: string): void {
    this.#underWay.delete(key);
    this.#wake();
  }

  #interrupted(key: string, fault: unknown, flows: readonly Flow[]): void {
    if (this.#closed) return;
    if (!isPassing(fault)) {
      for (const flow of flows) if (!flow.closed) this.#fail(flow, fault);
      return this.#done(key);
    }
    if (!this.#outage) this.cluster.connections.log.warn('reading is interrupted', { lane: this.lane, fault: messageOf(fault) });
    this.#outage = true;
    setTimeout(() => this.#done(key), this.#backoff.next());
  }

  #recovered(): void {
    if (this.#outage) this.cluster.connections.log.info('reading goes on', { lane: this.lane });
    this.#outage = false;
    this.#backoff.reset();
  }
}
