import type { Cause } from '@countersign/contracts';
import type { Elapsed } from './steady-clock.js';
import type { Received } from './step.js';
import type { Head, TopicQueue } from './topic-queue.js';

/** What the gate has to know of the controls. */
export interface ControlsView {
  /** Up to here everything was read; -1 for nothing. */
  readonly position: number;
  /** When the newest fetch began that showed that nothing lies behind `position`. */
  readonly confirmedAt: Elapsed;
}

export interface NextInput {
  readonly queue: TopicQueue;
  readonly head: Head;
}

/** The input topics of one partition number: what can be handled next, causes before effects. */
export class Inputs {
  private turn = 0;
  private readonly queues: readonly TopicQueue[];
  private readonly byTopic: ReadonlyMap<string, TopicQueue>;
  private heldByControls = false;

  constructor(
    readonly partition: number,
    queues: readonly TopicQueue[],
    private readonly controls: ControlsView,
  ) {
    this.queues = queues;
    this.byTopic = new Map(queues.map((queue) => [queue.local, queue]));
  }

  all(): readonly TopicQueue[] {
    return this.queues;
  }

  get(local: string): TopicQueue | undefined {
    return this.byTopic.get(local);
  }

  /** Whether something waits for controls that were not read yet. */
  get waitsForControls(): boolean {
    return this.heldByControls;
  }

  /**
   * The next input that nothing holds back, topics in turn; `queue.take()` takes it. An input that has to wait holds up its
   * own topic only. Log order and causality agree, so there is always one that does not wait once all were fetched.
   */
  next(): NextInput | undefined {
    this.heldByControls = false;
    for (let tried = 0; tried < this.queues.length; tried += 1) {
      const queue = this.queues[this.turn];
      this.turn = (this.turn + 1) % this.queues.length;
      const head = queue && this.free(queue);
      if (head) return { queue, head };
    }
    return undefined;
  }

  /** The next input of one topic, for those who handle a topic at a time. They say when they look at all of them anew: `lookAgain`. */
  nextOf(queue: TopicQueue): Head | undefined {
    return this.free(queue);
  }

  /** What waits for controls is found out once more. */
  lookAgain(): void {
    this.heldByControls = false;
  }

  settle(): void {
    for (const queue of this.queues) queue.settle();
  }

  rewind(): void {
    for (const queue of this.queues) queue.rewind();
  }

  private free(queue: TopicQueue): Head | undefined {
    const head = queue.peek();
    if (head?.kind === 'event') return this.unheld(head);
    if (head?.kind !== 'rejected' || head.code !== 'SIGNER_UNKNOWN') return head;
    return this.checkedAgain(queue, head);
  }

  /**
   * A key is announced before it signs, but this process may not have read that yet. A claim refused in haste would cost
   * everything of its epoch; so the refusal waits until the controls were read to an end that is newer than the record.
   */
  private checkedAgain(queue: TopicQueue, head: Head): Head | undefined {
    if (this.controls.confirmedAt <= head.queuedAt) {
      this.heldByControls = true;
      return undefined;
    }
    queue.recheck();
    const again = queue.peek();
    return again?.kind === 'event' ? this.unheld(again) : again;
  }

  /**
   * Whoever wrote an event had read the controls that it names, so they were in the log before it. Where they were read to an end
   * that is newer than the record and are not there, nobody can have: it must not hold up its topic for ever.
   */
  private unheld(head: Extract<Head, { kind: 'event' }>): Head | undefined {
    const { received, causes, queuedAt } = head;
    if (!this.isHeld(received, causes)) return head;
    const named = controlsNamed(received, causes);
    if (named <= this.controls.position || this.controls.confirmedAt <= queuedAt) return undefined;
    return { kind: 'rejected', record: received.record, code: 'EVENT_INVALID', message: `it rests on control ${named}, and there was none yet`, queuedAt };
  }

  /** Whether something that it rests on was not handled yet. */
  isHeld(received: Received, causes: readonly Cause[]): boolean {
    if (controlsNamed(received, causes) > this.controls.position) return this.holdForControls();
    for (const { topic, partition, offset } of causes) {
      const queue = partition === undefined || partition === this.partition ? this.byTopic.get(topic) : undefined;
      if (queue && queue.position <= offset) return true;
    }
    return false;
  }

  private holdForControls(): true {
    this.heldByControls = true;
    return true;
  }
}

/** Offset of the newest control that an event names; -1 for none. */
const controlsNamed = ({ event }: Received, causes: readonly Cause[]): number =>
  causes.reduce((newest, { topic, offset }) => (topic === 'controls' ? Math.max(newest, offset) : newest), event.controlepoch ?? -1);
