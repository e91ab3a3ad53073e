import { setTimeout as sleep } from 'node:timers/promises';
import { topicName } from '@countersign/contracts';
import type { KafkaBroker, NewRecord } from '@countersign/bus';
import { cloudEventOf, type SentTask } from './chaos-task.ts';
import { STALLED_MS } from './options.ts';
import { TENANT, type ChaosStack } from './stack.ts';
import { cannotFollow } from '../support/cannot-follow.ts';

/** How often it is looked whether more is to be sent. */
const TICK_MS = 50;
const LOOK_MS = 100;
/** After a pause of the broker so many seconds' worth of tasks are sent at once. */
const CATCH_UP_S = 0.5;

export interface LoadOptions {
  /** Tasks per second; fewer where `inFlight` are not finished yet. */
  readonly rate: number;
  readonly inFlight: number;
  /** Hears how many have been sent. */
  readonly onSent: (sent: number) => void;
}

const nameOf = (source: string, task: string): string => `${source} ${task}`;

/** An upstream system: sends tasks to its inbox and hears of their ends on its outcomes, with the rights of one. */
export class Upstream {
  readonly #stack: ChaosStack;
  readonly #broker: KafkaBroker;
  readonly #finished = new Set<string>();
  #closers: (() => Promise<void>)[] = [];

  constructor(stack: ChaosStack) {
    this.#stack = stack;
    this.#broker = stack.kafka(`upstream-${TENANT}`);
  }

  /** Follows the outcomes from their beginning. */
  async start(): Promise<void> {
    const topic = topicName(this.#stack.namespace, 'outcomes', TENANT);
    for (let partition = 0; partition < this.#stack.partitions; partition += 1) {
      const followed = await this.#broker.follow({ topic, partition }, 0, {
        onRecords: (records) => {
          for (const { value } of records) {
            const { type, data } = JSON.parse(String(value)) as { readonly type: string; readonly data: { readonly source: string; readonly task: string } };
            if (type === 'countersign.task.finished') this.#finished.add(nameOf(data.source, data.task));
          }
        },
        onEnd: () => undefined,
        onFault: cannotFollow,
      });
      this.#closers.push(() => followed.close());
    }
  }

  get finished(): number {
    return this.#finished.size;
  }

  isFinished({ source, id }: SentTask): boolean {
    return this.#finished.has(nameOf(source, id));
  }

  /** Sends all tasks, whatever happens to the broker meanwhile: what is not acked is sent again, and may then be there twice. */
  async send(tasks: readonly SentTask[], { rate, inFlight, onSent }: LoadOptions): Promise<void> {
    const before = this.finished;
    let again: SentTask[] = [];
    let allowed = 0;
    let last = performance.now();
    for (let sent = 0; sent < tasks.length; ) {
      const now = performance.now();
      // What could not be sent in its time is not made up for: a storm whose tasks all come at once is over at once.
      allowed = Math.min(Math.max(1, rate * CATCH_UP_S), allowed + ((now - last) * rate) / 1_000);
      last = now;
      const count = Math.min(Math.floor(allowed), tasks.length - sent, this.finished - before + inFlight - sent);
      const next = tasks.slice(sent, sent + Math.max(0, count));
      allowed -= next.length;
      await this.#publish([...next, ...again]);
      if (next.length > 0) {
        again = next.filter(({ twice }) => twice);
        sent += next.length;
        onSent(sent);
      }
      await sleep(TICK_MS);
    }
    await this.#publish(again);
  }

  /** Waits for the end of every task, or until nothing has ended for so long that nothing will. Gives how many have ended. */
  async untilFinished(tasks: readonly SentTask[], onProgress: () => void = () => undefined): Promise<number> {
    let open = tasks;
    for (let lastChange = performance.now(); open.length > 0 && performance.now() - lastChange < STALLED_MS; await sleep(LOOK_MS)) {
      const still = open.filter((task) => !this.isFinished(task));
      if (still.length < open.length) lastChange = performance.now();
      open = still;
      onProgress();
    }
    return tasks.length - open.length;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
    this.#closers = [];
    await this.#broker.close();
  }

  async #publish(tasks: readonly SentTask[]): Promise<void> {
    const batches = Map.groupBy(tasks, ({ number }) => number % this.#stack.partitions);
    const topic = topicName(this.#stack.namespace, 'inbox', TENANT);
    await Promise.all([...batches].map(([partition, batch]) => this.#append({ topic, partition }, batch.map((task) => ({ key: null, value: Buffer.from(JSON.stringify(cloudEventOf(task, new Date()))), headers: {} })))));
  }

  async #append(target: { readonly topic: string; readonly partition: number }, records: readonly NewRecord[]): Promise<void> {
    for (;;) {
      try {
        await this.#broker.append(target, records);
        return;
      } catch {
        await sleep(TICK_MS);
      }
    }
  }
}
