import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Link, type Span, type Tracer } from '@opentelemetry/api';
import { HEADERS } from '@countersign/contracts';
import { codeOf, minutes, parseTimestamp } from '@countersign/kernel';
import { formatTraceparent, parseTraceparent } from '@countersign/telemetry';
import type { LogRecord } from './broker.js';
import type { Received, RelayBatch } from './step.js';

const TRACER = 'countersign.bus';
/** An event that is older waited for something (a person, a redrive, a restore): its handling is a trace of its own with a link to the old one. */
const LINK_AFTER = minutes(1);
/** What back ends keep of one span by default. */
const MAX_LINKS = 128;
const TRACEPARENT_BYTES = 55;

/** Context of what is written because of an event that was handled in a span of ours. */
const written = new WeakMap<Received, string>();

/** A well-formed trace context of a record; whoever sent it decides nothing but where our spans hang. */
export const traceparentOf = ({ headers }: Pick<LogRecord, 'headers'>): string | undefined => {
  const bytes = headers[HEADERS.traceparent];
  if (bytes?.length !== TRACEPARENT_BYTES) return undefined;
  const text = bytes.toString('latin1');
  return parseTraceparent(text) ? text : undefined;
};

/** Trace context for what is written because of an input: that of its span, and of the input itself where there is none. */
export const traceparentFor = (received: Received): string | undefined => written.get(received) ?? traceparentOf(received.record);

/**
 * Spans around the handling of events. Until a tracer provider is there (`libs/telemetry` sets one where it is told to) nothing is
 * made, and the trace context of inputs is handed on as it is.
 */
export class EventTracing {
  #tracer: Tracer | undefined;
  #looked = false;

  constructor(readonly service: string) {}

  /** Handles one event in a span of its own. */
  around<Result>(received: Received, handle: () => Result | Promise<Result>): Result | Promise<Result> {
    const tracer = this.#find();
    if (!tracer) return handle();
    const { event, topic, partition, offset, key, record } = received;
    const origin = traceparentOf(record);
    const from = origin === undefined ? undefined : parseTraceparent(origin);
    const late = record.timestamp - (parseTimestamp(event.time) ?? record.timestamp) > LINK_AFTER || Date.now() - record.timestamp > LINK_AFTER;
    const links: Link[] = from && late ? [{ context: from }] : [];
    const parent = from && !late ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
    const span = tracer.startSpan(
      `process ${topic}`,
      {
        kind: SpanKind.CONSUMER,
        links,
        attributes: {
          ...this.#place(topic, partition),
          'messaging.kafka.offset': offset,
          'messaging.kafka.message.key': key,
          'messaging.message.id': event.id,
          'countersign.event': event.type,
        },
      },
      parent,
    );
    written.set(received, formatTraceparent(span.spanContext()));
    return within(span, handle);
  }

  /** Handles a batch in one span, with links to where its events come from. */
  aroundBatch<Result>(batch: RelayBatch, handle: () => Result | Promise<Result>): Result | Promise<Result> {
    const tracer = this.#find();
    if (!tracer) return handle();
    const { topic, partition, from, next, received } = batch;
    const links: Link[] = [];
    for (const { record } of received) {
      const origin = traceparentOf(record);
      const linked = origin === undefined ? undefined : parseTraceparent(origin);
      if (linked && links.push({ context: linked }) === MAX_LINKS) break;
    }
    const attributes = { ...this.#place(topic, partition), 'messaging.kafka.offset': from, 'messaging.batch.message_count': next - from };
    return within(tracer.startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, links, attributes }, ROOT_CONTEXT), handle);
  }

  #place(topic: string, partition: number): Record<string, string> {
    return {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'countersign.service': this.service,
    };
  }

  /** Telemetry starts before anything else, so one look is enough. */
  #find(): Tracer | undefined {
    if (this.#looked) return this.#tracer;
    this.#looked = true;
    const provider: object = trace.getTracerProvider();
    // Without a provider the API hands out a proxy with nothing behind it.
    const delegate = 'getDelegateTracer' in provider && typeof provider.getDelegateTracer === 'function' ? provider.getDelegateTracer(TRACER) : provider;
    if (delegate !== undefined) this.#tracer = trace.getTracer(TRACER);
    return this.#tracer;
  }
}

const within = <Result>(span: Span, handle: () => Result | Promise<Result>): Result | Promise<Result> => {
  const failed = (fault: unknown): never => {
    // The message may say what the event holds; the code does not.
    span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(fault) });
    span.end();
    throw fault;
  };
  return context.with(trace.setSpan(context.active(), span), () => {
    try {
      const result = handle();
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      return result.then((value) => {
        span.end();
        return value;
      }, failed);
    } catch (fault) {
      return failed(fault);
    }
  });
};
