import { context, SpanKind, SpanStatusCode, trace, type Span, type SpanContext, type SpanOptions, type Tracer } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { CountersignError } from '@countersign/kernel';
import { received } from './nest/received.fixture.js';
import { EventTracing, traceparentFor } from './tracing.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const SPAN = 'aaaaaaaaaaaaaaaa';

interface Started {
  readonly name: string;
  readonly options: SpanOptions;
  readonly parent: SpanContext | undefined;
  status?: { readonly code: number; readonly message?: string };
  ended: boolean;
}

/** A tracer that keeps what it is asked for; the real one is `libs/telemetry`'s. */
const recordingTracer = (started: Started[]): Tracer =>
  ({
    startSpan: (name: string, options: SpanOptions, from: ReturnType<typeof context.active>) => {
      const parent = trace.getSpanContext(from);
      const entry: Started = { name, options, parent, ended: false };
      started.push(entry);
      return {
        spanContext: () => ({ traceId: parent?.traceId ?? 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', spanId: SPAN, traceFlags: 1 }),
        setStatus: (status: { code: number }) => void (entry.status = status),
        end: () => void (entry.ended = true),
      } as unknown as Span;
    },
  }) as unknown as Tracer;

describe('tracing of events', () => {
  afterEach(() => trace.disable());

  const on = (): Started[] => {
    const started: Started[] = [];
    trace.setGlobalTracerProvider({ getTracer: () => recordingTracer(started) });
    return started;
  };

  it('makes nothing while no tracer provider is there, and hands the trace context on', () => {
    const event = received('countersign.action.proposed', { traceparent: PARENT });
    expect(new EventTracing('policy').around(event, () => 'done')).toBe('done');
    expect(traceparentFor(event)).toBe(PARENT);
    expect(traceparentFor(received('countersign.action.proposed'))).toBeUndefined();
  });

  it('hands on no trace context that is not one', () => {
    expect(traceparentFor(received('countersign.action.proposed', { traceparent: `00-${TRACE}-b7ad6b7169203331-01, x` }))).toBeUndefined();
    expect(traceparentFor(received('countersign.action.proposed', { traceparent: PARENT.replace('0af7', 'ZZZZ') }))).toBeUndefined();
  });

  it('handles an event in a span below the one it came from, and what is written belongs to that', async () => {
    const started = on();
    const event = received('countersign.action.proposed', { traceparent: PARENT });
    await expect(new EventTracing('policy').around(event, () => Promise.resolve('done'))).resolves.toBe('done');
    expect(started).toMatchObject([{ name: 'process proposals', parent: { traceId: TRACE, isRemote: true }, ended: true, options: { kind: SpanKind.CONSUMER, links: [] } }]);
    expect(started[0]?.options.attributes).toMatchObject({ 'messaging.kafka.offset': 42, 'messaging.kafka.message.key': 'acme/refunds', 'countersign.event': 'countersign.action.proposed' });
    expect(traceparentFor(event)).toBe(`00-${TRACE}-${SPAN}-01`);
  });

  it('begins a trace with a link for an event that waited long', () => {
    const started = on();
    const event = received('countersign.action.proposed', { traceparent: PARENT, timestamp: Date.now() - 3_600_000 });
    void new EventTracing('policy').around(event, () => undefined);
    expect(started).toMatchObject([{ parent: undefined, options: { links: [{ context: { traceId: TRACE } }] } }]);
  });

  it('says the code of a fault, and not its message', async () => {
    const started = on();
    const fault = new CountersignError('BLOB_MISSING', 'no blob of somebody');
    await expect(new EventTracing('policy').around(received('countersign.action.proposed'), () => Promise.reject(fault))).rejects.toBe(fault);
    expect(() => new EventTracing('policy').around(received('countersign.action.proposed'), () => { throw fault; })).toThrow(fault);
    expect(started.map(({ status, ended }) => ({ status, ended }))).toEqual([1, 2].map(() => ({ status: { code: SpanStatusCode.ERROR, message: 'BLOB_MISSING' }, ended: true })));
  });

  it('handles a batch in one span with links to its events', async () => {
    const started = on();
    const events = [received('countersign.task.submitted', { traceparent: PARENT }), received('countersign.task.submitted')];
    await new EventTracing('ledger').aroundBatch({ topic: 'tasks', partition: 1, from: 5, next: 7, reader: '', rejected: [], passedOver: [], received: events }, () => Promise.resolve());
    expect(started).toMatchObject([{ name: 'process tasks', ended: true, options: { links: [{ context: { traceId: TRACE } }], attributes: { 'messaging.batch.message_count': 2 } } }]);
  });
});
