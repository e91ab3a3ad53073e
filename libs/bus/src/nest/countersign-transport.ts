import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { inputsOf, isEventType, PUBLISHED, type EventType, type Service } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import type { Moment, Outgoing, Received } from '../step.js';
import { BusServer, type BusRuntime, type BusServerOptions } from './bus-server.js';
import { handlerFault } from './handler-fault.js';
import { handlerTable } from './handler-table.js';
import { StepContext } from './step-context.js';

/** Takes the place of `Step.handle`: one event through Nest's pipes, guards, interceptors and filters. */
export type EventRoute<State, Controls> = (received: Received, state: State, moment: Moment<Controls>) => readonly Outgoing[] | Promise<readonly Outgoing[]>;

export interface CountersignTransportOptions<State, Controls> extends BusServerOptions {
  /** Makes the runtime of the service's step, with `handle` for the step's own; `handles` are the types that have a handler. */
  create(handle: EventRoute<State, Controls>, handles: ReadonlySet<EventType>, onFatal: (fault: unknown) => void): BusRuntime;
}

const NOTHING: readonly Outgoing[] = [];

/** Types that a service can meet in its inputs. */
const typesFor = (service: Service): ReadonlySet<string> => {
  const inputs = inputsOf(service);
  return new Set(PUBLISHED.filter(({ topic }) => inputs.includes(topic)).map(({ type }) => type));
};

const isOutgoing = (value: unknown): value is readonly Outgoing[] => Array.isArray(value);

const outgoingOf = (type: string, value: unknown): readonly Outgoing[] => {
  if (value === undefined || value === null) return NOTHING;
  if (isOutgoing(value)) return value;
  throw new CountersignError('HANDLER_FAILED', `the handler of \`${type}\` returned something other than a list of events`);
};

/**
 * Runs an owner service in Nest. Handlers (`@OnEvent('countersign.action.proposed')`, which is a typed `@EventPattern`) take
 * `@Payload() received: Received` and `@Ctx() context: StepContext<State, Controls>`, and return what is to be written: a list of `Outgoing`, a promise or an observable
 * of one, or nothing. Events without a handler are not for this service and write nothing.
 */
export class CountersignTransport<State, Controls> extends BusServer {
  #handlers: ReadonlyMap<string, MessageHandler> = new Map();

  constructor(protected override readonly options: CountersignTransportOptions<State, Controls>) {
    super(options);
  }

  protected create(): BusRuntime {
    const { service, log } = this.options;
    const types = typesFor(service);
    this.#handlers = handlerTable(this.messageHandlers, (pattern) => types.has(pattern));
    const unhandled = [...types].filter((type) => !this.#handlers.has(type));
    if (unhandled.length > 0) log.info('these events are read and not handled', { service, types: unhandled });
    return this.options.create(this.route, new Set([...this.#handlers.keys()].filter(isEventType)), this.crashed);
  }

  readonly route: EventRoute<State, Controls> = (received, state, moment) => {
    const handler = this.#handlers.get(received.event.type);
    if (!handler) return NOTHING;
    return this.tracing.around(received, () => this.#handle(handler, received, new StepContext(state, moment)));
  };

  async #handle(handler: MessageHandler, received: Received, context: StepContext<State, Controls>): Promise<readonly Outgoing[]> {
    const { type } = received.event;
    try {
      const result: unknown = await handler(received, context);
      return outgoingOf(type, isObservable(result) ? await lastValueFrom(result, { defaultValue: NOTHING }) : result);
    } catch (fault) {
      throw handlerFault(fault);
    }
  }
}
