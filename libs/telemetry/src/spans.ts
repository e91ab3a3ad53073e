import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { codeOf } from '@countersign/kernel';

/** What a span may say; ids and names, as in logs. */
export interface SpanFields {
  readonly tenant: string;
  readonly workflow: string;
  readonly run: string;
  readonly step: string;
  readonly tool: string;
  readonly attempt: number;
}

/** Names of the OpenTelemetry conventions where they have one. Arguments and results have none here, by design. */
const ATTRIBUTES: Readonly<Record<keyof SpanFields, string>> = {
  tenant: 'countersign.tenant',
  workflow: 'gen_ai.workflow.name',
  run: 'countersign.run',
  step: 'countersign.step',
  tool: 'gen_ai.tool.name',
  attempt: 'countersign.attempt',
};

/** The operation of the GenAI conventions that calls a tool. Spans around events are the bus's own. */
const OPERATION = 'execute_tool';

/** A proxy: it hands out spans of the SDK as soon as that has started, and empty ones before. */
const tracer = trace.getTracer('countersign');

const attributesOf = (fields: SpanFields): Attributes => ({
  'gen_ai.operation.name': OPERATION,
  ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([field, name]) => [name, fields[field as keyof SpanFields]])),
});

/** The code alone: a message may say what was called with. */
const fail = (span: Span, code: string): void => {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
};

/** Calls a tool inside a span, which ends with the call. `failureOf`: the code of a result that is a failure. Costs next to nothing while tracing is off. */
export const inToolSpan = <Result>(fields: SpanFields, call: () => Promise<Result>, failureOf: (result: Result) => string | undefined): Promise<Result> =>
  tracer.startActiveSpan(`${OPERATION} ${fields.tool}`, { kind: SpanKind.INTERNAL, attributes: attributesOf(fields) }, async (span) => {
    try {
      const result = await call();
      const code = failureOf(result);
      if (code !== undefined) fail(span, code);
      return result;
    } catch (fault) {
      fail(span, codeOf(fault));
      throw fault;
    } finally {
      span.end();
    }
  });
