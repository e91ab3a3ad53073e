import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { inputsOf, topicOf } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import type { RelayBatch } from '../step.js';
import { BusServer, type BusRuntime, type BusServerOptions } from './bus-server.js';
import { handlerFault } from './handler-fault.js';
import { handlerTable } from './handler-table.js';
import { ANY_TOPIC } from './patterns.js';

/** Takes the place of `Relay.handle`. */
export type BatchRoute = (batch: RelayBatch) => Promise<void>;

export interface RelayTransportOptions extends BusServerOptions {
  /** Makes the runtime of the relay, with `handle` for the relay's own. */
  create(handle: BatchRoute, onFatal: (fault: unknown) => void): BusRuntime;
}

/**
 * Runs a relay service in Nest. `@OnBatch('inbox')` handlers get the batches of that topic (of each tenant), `@OnBatch(ANY_TOPIC)`
 * those of every topic that has no handler of its own. The batch counts as handled when the handler's promise or observable is done.
 */
export class RelayTransport extends BusServer {
  #handlers: ReadonlyMap<string, MessageHandler> = new Map();

  constructor(protected override readonly options: RelayTransportOptions) {
    super(options);
  }

  protected create(): BusRuntime {
    const { service } = this.options;
    const topics: readonly string[] = inputsOf(service);
    this.#handlers = handlerTable(this.messageHandlers, (pattern) => pattern === ANY_TOPIC || topics.includes(pattern));
    const unhandled = topics.filter((topic) => !this.#handlers.has(topic) && !this.#handlers.has(ANY_TOPIC));
    // A relay commits what it was given: what nobody takes would be lost without a word.
    if (unhandled.length > 0) throw new CountersignError('CONFIG_INVALID', `nobody handles ${unhandled.map((topic) => `\`${topic}\``).join(', ')}`);
    return this.options.create(this.route, this.crashed);
  }

  readonly route: BatchRoute = async (batch) => {
    const handler = this.#handlers.get(topicOf(batch.topic) ?? '') ?? this.#handlers.get(ANY_TOPIC);
    if (!handler) throw new CountersignError('HANDLER_FAILED', `nobody handles \`${batch.topic}\``);
    await this.tracing.aroundBatch(batch, () => this.#handle(handler, batch));
  };

  async #handle(handler: MessageHandler, batch: RelayBatch): Promise<void> {
    try {
      const result: unknown = await handler(batch);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    } catch (fault) {
      throw handlerFault(fault);
    }
  }
}
