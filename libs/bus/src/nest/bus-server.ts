import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { CountersignError, messageOf } from '@countersign/kernel';
import type { Service } from '@countersign/contracts';
import type { BusLog } from '../bus-log.js';
import { EventTracing } from '../tracing.js';

/** What runs below a transport: an `OwnerRuntime` or a `RelayRuntime`. */
export interface BusRuntime {
  /** Resolves once the group is joined. */
  start(): Promise<void>;
  /** Hands over: finishes what runs, commits, leaves the group. */
  stop(): Promise<void>;
}

export interface BusServerOptions {
  readonly service: Service;
  readonly log: BusLog;
  /** The consumer stopped for good, and that was logged: the process has to end, and not with success. */
  readonly onCrash: (fault: unknown) => void;
}

/** Symbol and not one of Nest's: handlers are meant for whatever transport there is. */
const TRANSPORT = Symbol('countersign');

/** What both transports share: start with Nest, stop with Nest, tell of a crash once. */
export abstract class BusServer extends Server implements CustomTransportStrategy {
  override readonly transportId = TRANSPORT;
  /** The runtime takes the failure of a handler: it makes a dead letter of it. */
  override readonly propagatesEventHandlerErrors = true;
  protected readonly tracing: EventTracing;
  #runtime: BusRuntime | undefined;
  #closing: Promise<void> | undefined;
  #crashed = false;

  constructor(protected readonly options: BusServerOptions) {
    super();
    this.tracing = new EventTracing(options.service);
  }

  /** Looks at the handlers and makes the runtime; throws `CONFIG_INVALID` where they cannot be right. */
  protected abstract create(): BusRuntime;

  listen(callback: (fault?: unknown) => void): void {
    try {
      this.#runtime = this.create();
    } catch (fault) {
      return callback(fault);
    }
    this.#runtime.start().then(
      () => callback(),
      (fault: unknown) => callback(fault),
    );
  }

  /** Nest calls it on `app.close()`, also while or after `listen` fails. */
  close(): Promise<void> {
    this.#closing ??= this.#runtime?.stop() ?? Promise.resolve();
    return this.#closing;
  }

  on(): never {
    throw new CountersignError('INTERNAL', 'the bus has no events of its own; see its statistics');
  }

  unwrap(): never {
    throw new CountersignError('INTERNAL', 'the Kafka client belongs to the bus alone');
  }

  /** Handed to the runtime. */
  protected readonly crashed = (fault: unknown): void => {
    if (this.#crashed) return;
    this.#crashed = true;
    this.options.log.error('the consumer stopped for good', { service: this.options.service, fault: messageOf(fault) });
    this.options.onCrash(fault);
  };
}
