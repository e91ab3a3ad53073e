import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Attributes, type SpanOptions } from '@opentelemetry/api';
import { codeOf } from '@countersign/kernel';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

/** What a span may say; ids and names, as in logs. */
export interface SpanFields {
  readonly tenant?: string | undefined;
  readonly workflow?: string | undefined;
  readonly run?: string | undefined;
  readonly step?: string | undefined;
  readonly agent?: string | undefined;
  readonly tool?: string | undefined;
  readonly model?: string | undefined;
  readonly attempt?: number | undefined;
}

/** Names of the OpenTelemetry conventions where they have one. Arguments and results have none here, by design. */
const ATTRIBUTES: Readonly<Record<keyof SpanFields, string>> = {
  tenant: 'countersign.tenant',
  workflow: 'gen_ai.workflow.name',
  run: 'countersign.run',
  step: 'countersign.step',
  agent: 'gen_ai.agent.name',
  tool: 'gen_ai.tool.name',
  model: 'gen_ai.request.model',
  attempt: 'countersign.attempt',
};

/** Operations of the GenAI conventions, and the field that stands in the name of their spans: `execute_tool payments.refund`. */
const OPERATIONS = {
  invoke_workflow: { subject: 'workflow', kind: SpanKind.INTERNAL },
  invoke_agent: { subject: 'agent', kind: SpanKind.INTERNAL },
  plan: { subject: 'agent', kind: SpanKind.INTERNAL },
  chat: { subject: 'model', kind: SpanKind.CLIENT },
  execute_tool: { subject: 'tool', kind: SpanKind.INTERNAL },
} as const satisfies Record<string, { readonly subject: keyof SpanFields; readonly kind: SpanKind }>;

export type Operation = keyof typeof OPERATIONS;

export interface SpanOrigin {
  /** `traceparent` of what gave rise to this; without it the active span. */
  readonly parent?: string | undefined;
  /** `traceparent` of something long ago (before a person's approval, or the run that a replay repeats): a new trace, linked to it. */
  readonly link?: string | undefined;
}

/** A proxy: it hands out spans of the SDK as soon as that has started, and empty ones before. */
const tracer = trace.getTracer('countersign');

const attributesOf = (operation: Operation, fields: SpanFields): Attributes => {
  const attributes: Attributes = { 'gen_ai.operation.name': operation };
  for (const [field, name] of Object.entries(ATTRIBUTES)) {
    const value = fields[field as keyof SpanFields];
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
};

/** Ends a span with the code of what was thrown. The message is left out: it may say what was called with. */
const fail = (span: Span, fault: unknown): never => {
  const code = codeOf(fault);
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span.end();
  throw fault;
};

/** Does the work inside a span, which ends with it. Costs next to nothing while tracing is off. */
export const inSpan = <Result>(operation: Operation, fields: SpanFields, work: () => Result, { parent, link }: SpanOrigin = {}): Result => {
  const { subject, kind } = OPERATIONS[operation];
  const name = fields[subject] === undefined ? operation : `${operation} ${fields[subject]}`;
  const linked = link === undefined ? undefined : parseTraceparent(link);
  const origin = parent === undefined ? undefined : parseTraceparent(parent);
  const options: SpanOptions = { kind, attributes: attributesOf(operation, fields), links: linked ? [{ context: linked }] : [] };
  const around = linked ? ROOT_CONTEXT : origin ? trace.setSpanContext(ROOT_CONTEXT, origin) : context.active();
  return tracer.startActiveSpan(name, options, around, (span) => {
    try {
      const result = work();
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      return result.then(
        (value: unknown) => {
          span.end();
          return value;
        },
        (fault: unknown) => fail(span, fault),
      ) as Result;
    } catch (fault) {
      return fail(span, fault);
    }
  });
};

/** Header for a call or record that belongs to the active span; `undefined` where there is none, so that nothing is sent. */
export const currentTraceparent = (): string | undefined => {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? formatTraceparent(span) : undefined;
};
