import type { Service } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf } from '@countersign/kernel';
import { Backoff } from './backoff.js';
import type { Broker, Committed, Extent, LogRecord, Membership, TopicPartition } from './broker.js';
import type { BusLog } from './bus-log.js';
import type { ControlsChange, ControlsFollower } from './controls.js';
import { handlerFault, type DeadLetters } from './dead-letters.js';
import { openInputs, startFetching } from './input-positions.js';
import type { Inputs } from './inputs.js';
import type { PartitionRunner, Phase } from './partition-group.js';
import { readAgain } from './redrive.js';
import type { BusStats } from './stats.js';
import type { Received, Rejected, Relay, RelayBatch } from './step.js';
import type { Timers } from './timers.js';
import { formatMark, type Settled, type TopicQueue } from './topic-queue.js';
import { Wake } from './wake.js';
import type { Wire } from './wire.js';

/** What all partitions of one relay share. */
export interface RelayContext {
  readonly relay: Relay;
  readonly service: Service;
  readonly broker: Broker;
  readonly wire: Wire;
  readonly controls: Pick<ControlsFollower<unknown>, 'position' | 'confirmedAt' | 'redrives'>;
  readonly deadLetters: DeadLetters;
  readonly timers: Timers;
  readonly stats: BusStats;
  readonly log: BusLog;
  /** Topics without their namespace. */
  readonly inputs: readonly string[];
  readonly membership: Promise<Membership>;
  readonly target: (local: string, partition: number) => TopicPartition;
  readonly committed: (targets: readonly TopicPartition[]) => Promise<readonly Committed[]>;
  readonly onDirty: () => void;
  readonly onFatal: (fault: unknown) => void;
}

/** One transaction of a read model, one produce of a gateway: more at a time saves nothing. */
export const MAX_RELAY_BATCH = 500;

type Entry = RelayBatch['received'][number];

/** Handling it again leads to the same; anything else may be the world's fault, and gets better. */
const isHopeless = (fault: unknown): boolean =>
  fault instanceof CountersignError
    ? fault.retry === 'never'
    : [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => fault instanceof kind);

/** One assigned partition of a relay: hands out what can be handled, topic by topic, and settles what was. */
export class RelayPartition implements PartitionRunner {
  private now: Phase = 'restoring';
  private readonly life = new AbortController();
  private readonly waker = new Wake();
  private readonly backoff: Backoff;
  private membership: Membership | undefined;
  private inputs: Inputs | undefined;
  private assigned = 1;
  private opened = 0;
  /** Up to this offset records are handed out one by one: one of them makes the relay fail. */
  private readonly singly = new Map<TopicQueue, number>();
  /** Everything bad before this offset is in the dead letters. */
  private readonly lettered = new Map<TopicQueue, number>();

  constructor(
    private readonly context: RelayContext,
    readonly partition: number,
  ) {
    this.backoff = new Backoff(context.timers, this.life.signal);
  }

  get phase(): Phase {
    return this.now;
  }

  async run(): Promise<void> {
    while (!this.isOver) {
      this.waker.clear();
      try {
        if (this.opened !== this.assigned) await this.open();
        else if (!(await this.turn())) await this.waker.rest();
        this.backoff.reset();
      } catch (fault) {
        await this.recover(fault);
      }
    }
  }

  reassign(): void {
    this.assigned += 1;
    this.waker.wake();
  }

  end(): void {
    this.now = 'ended';
    this.life.abort();
    this.waker.wake();
  }

  leave(): void {
    if (this.now !== 'ended') this.now = 'leaving';
    this.waker.wake();
  }

  push(local: string, records: readonly LogRecord[], extent: Extent): void {
    const queue = this.inputs?.get(local);
    if (!queue || this.opened !== this.assigned) return;
    if (!queue.push(records, extent, this.context.timers.elapsed())) this.membership?.seek(queue.target, queue.nextToPush);
    this.waker.wake();
  }

  controlsChanged(change: ControlsChange): void {
    if (change === 'controls' || this.inputs?.waitsForControls) this.waker.wake();
  }

  uncommitted(): readonly Settled[] {
    if (!this.inputs || this.opened !== this.assigned) return [];
    return this.inputs.all().flatMap((queue) => queue.uncommitted() ?? []);
  }

  handOver(): Promise<void> {
    return Promise.resolve();
  }

  private get isOver(): boolean {
    return this.now === 'ended' || this.now === 'leaving';
  }

  private async open(): Promise<void> {
    const { assigned } = this;
    this.now = 'restoring';
    this.membership = await this.context.membership;
    const inputs = await openInputs({ ...this.context, handles: this.context.relay.handles, partition: this.partition }, this.membership);
    if (this.isOver || this.assigned !== assigned) return;
    this.singly.clear();
    this.lettered.clear();
    this.inputs = inputs;
    this.opened = assigned;
    this.now = 'ready';
    startFetching(inputs, this.membership);
  }

  private async recover(fault: unknown): Promise<void> {
    if (this.isOver) return;
    if (codeOf(fault) === 'LOG_TRUNCATED') {
      this.end();
      this.context.onFatal(fault);
      return;
    }
    this.context.log.warn('a partition waits and tries again', { partition: this.partition, code: codeOf(fault), reason: messageOf(fault) });
    this.inputs?.rewind();
    await this.backoff.pause();
  }

  /** One batch of each topic, all at a time, so that a relay can put them into one transaction. Gives whether to look again at once. */
  private async turn(): Promise<boolean> {
    const taken: { readonly queue: TopicQueue; readonly batch: RelayBatch }[] = [];
    this.inputs?.lookAgain();
    for (const queue of this.inputs?.all() ?? []) {
      if (this.isOver || this.opened !== this.assigned) return false;
      const batch = (await this.redriven(queue)) ?? this.take(queue);
      if (batch) taken.push({ queue, batch });
    }
    const outcomes = await Promise.allSettled(taken.map(({ queue, batch }) => this.deliver(queue, batch)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return taken.length > 0;
  }

  private take(queue: TopicQueue): RelayBatch | undefined {
    const received: Entry[] = [];
    const rejected: Rejected[] = [];
    const most = queue.position < (this.singly.get(queue) ?? 0) ? 1 : MAX_RELAY_BATCH;
    while (received.length + rejected.length < most) {
      const head = this.inputs?.nextOf(queue);
      if (!head) break;
      if (head.kind === 'event') received.push(head.received);
      else if (head.kind === 'foreign') received.push({ record: head.record, topic: queue.local });
      else rejected.push(head);
      queue.take();
    }
    return queue.position === queue.mark.offset ? undefined : this.batch(queue, received, rejected);
  }

  private batch(queue: TopicQueue, received: readonly Entry[], rejected: readonly Rejected[]): RelayBatch {
    return { topic: queue.local, partition: this.partition, from: queue.mark.offset, next: queue.position, reader: formatMark(queue.taken), received, rejected, passedOver: queue.passedOver };
  }

  private async redriven(queue: TopicQueue): Promise<RelayBatch | undefined> {
    const { controls, service, broker, wire, stats } = this.context;
    const [redrive] = controls.redrives(service, queue.local, this.partition, queue.redriven);
    if (!redrive) return undefined;
    const { offset, control } = redrive;
    // What was not read yet is handled in its turn.
    const again = offset < queue.position ? await readAgain({ broker, wire, local: queue.local, target: queue.target, offset }) : undefined;
    queue.redrive(control.offset);
    stats.redriven += 1;
    if (again?.kind === 'event') return this.batch(queue, [again.received], []);
    if (again?.kind === 'foreign') return this.batch(queue, [{ record: again.record, topic: queue.local }], []);
    return this.batch(queue, [], again?.kind === 'rejected' ? [again] : []);
  }

  private async deliver(queue: TopicQueue, batch: RelayBatch): Promise<void> {
    const { relay, stats, onDirty } = this.context;
    await this.letter(queue, batch);
    try {
      await relay.handle(batch);
    } catch (fault) {
      if (!isHopeless(fault)) throw fault;
      if (batch.received.length > 0) return this.narrow(queue, batch, fault);
      this.noteInVain(batch, fault);
      if (batch.rejected.length > 0) return this.deliver(queue, { ...batch, rejected: [] });
    }
    if (this.isEnded) return;
    stats.handled += batch.received.length;
    queue.settle();
    onDirty();
  }

  /**
   * There is nothing in the batch that is not in the dead letters, and nobody to ask for it once more: so it goes on. It is told
   * at least how far it was read, which is what a relay with positions of its own has to know.
   */
  private noteInVain({ topic, partition, from, next }: RelayBatch, fault: unknown): void {
    const { stats, log } = this.context;
    stats.relayFaults += 1;
    log.error('a relay was told in vain of what is no event', { topic, partition, from, next, code: codeOf(fault), reason: messageOf(fault) });
  }

  /** Finds the record that makes the relay fail, and lets it go without that one. */
  private async narrow(queue: TopicQueue, batch: RelayBatch, fault: unknown): Promise<void> {
    const [only, ...others] = batch.received;
    if (!only || others.length > 0) {
      this.singly.set(queue, batch.next);
      queue.rewind();
      return;
    }
    const { code, message } = handlerFault(fault);
    const rejected: Rejected = { record: recordOf(only), code, message };
    this.lettered.set(queue, rejected.record.offset);
    await this.deliver(queue, { ...batch, received: [], rejected: [...batch.rejected, rejected] });
  }

  private async letter(queue: TopicQueue, { rejected }: RelayBatch): Promise<void> {
    for (const { record, code, message } of rejected) {
      if (record.offset < (this.lettered.get(queue) ?? 0)) continue;
      await this.context.deadLetters.append(record, new CountersignError(code, message), this.life.signal);
      this.lettered.set(queue, record.offset + 1);
    }
  }

  private get isEnded(): boolean {
    return this.now === 'ended';
  }
}

const recordOf = (entry: Entry): LogRecord => (entry as Received).record;
