import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attributes, type Collector, run, startCollector } from './otlp.spec-support.js';
import { wantedSignals } from './start-telemetry.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const START = `const running = await telemetry.startTelemetry({ service: 'executor', instance: 'executor-1', namespace: 'sbx-1' });`;

let collector: Collector | undefined;

const collect = async (script: string, options: { readonly hang?: boolean } = {}): Promise<{ readonly out: string; readonly collector: Collector }> => {
  collector = await startCollector(options);
  const out = await run(`${START}\n${script}`, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  return { out, collector };
};

beforeAll(() => {
  // Builds what is stale, so that the process under test is never an old one.
  execFileSync(fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url)), ['-b', PACKAGE]);
}, 60_000);

afterEach(async () => {
  await collector?.close();
  collector = undefined;
});

describe('what the environment asks for', () => {
  it.each([
    [{}, false, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, true, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false, false],
    [{ OTEL_TRACES_EXPORTER: 'console' }, true, false],
    [{ OTEL_METRICS_EXPORTER: 'console' }, false, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, true, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_METRICS_EXPORTER: 'none' }, true, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' }, false, false],
  ])('%j: traces %s, metrics %s', (env, tracing, metrics) => {
    expect(wantedSignals(env)).toEqual({ tracing, metrics });
  });
});

describe('telemetry', () => {
  it('loads no SDK while it is off, and does the work all the same', async () => {
    const out = await run(
      `${START}
      const result = await telemetry.inToolSpan({ tool: 'payments.refund' }, async () => 'called', () => undefined);
      telemetry.histogram(telemetry.TOOL_DURATION)(0.25);
      await running.stop();
      console.log(JSON.stringify({ ...running, result, sdk: loaded.filter((url) => /sdk-node|exporter|instrumentation/.test(url)) }));`,
      {},
    );
    expect(JSON.parse(out)).toEqual({ tracing: false, metrics: false, result: 'called', sdk: [] });
  }, 30_000);

  it('sends spans of calls, without what was thrown', async () => {
    const { out, collector: { received } } = await collect(`
      const log = telemetry.createLogger({ service: 'executor', instance: 'executor-1', namespace: 'sbx-1', level: 'info' });
      const fields = { tenant: 'acme', workflow: 'refund-desk', run: 'run-1', step: 'refund', tool: 'payments.refund', attempt: 2 };
      await telemetry.inToolSpan(fields, async () => log.info('called', { run: 'run-1' }), () => undefined);
      await telemetry.inToolSpan({ ...fields, tool: 'payments.void' }, async () => 'late', () => 'TOOL_TIMEOUT');
      await telemetry.inToolSpan({ ...fields, tool: 'payments.charge' }, async () => { throw new TypeError('card 4111111111111111'); }, () => undefined).catch(() => undefined);
      await running.stop();`);
    const byName = new Map(received.spans.map((span) => [span.name, span]));
    const tool = byName.get('execute_tool payments.refund');
    expect([...byName.keys()].toSorted()).toEqual(['execute_tool payments.charge', 'execute_tool payments.refund', 'execute_tool payments.void']);
    expect(attributes(tool?.attributes ?? [])).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'payments.refund',
      'gen_ai.workflow.name': 'refund-desk',
      'countersign.tenant': 'acme',
      'countersign.run': 'run-1',
      'countersign.step': 'refund',
      'countersign.attempt': 2,
    });
    expect(JSON.parse(out)).toMatchObject({ trace: tool?.traceId, span: tool?.spanId, run: 'run-1' });

    expect(byName.get('execute_tool payments.void')?.status).toEqual({ code: 2, message: 'TOOL_TIMEOUT' });
    expect(byName.get('execute_tool payments.charge')?.status).toEqual({ code: 2, message: 'INTERNAL' });
    expect(JSON.stringify(received)).not.toContain('4111111111111111');
    expect(received.resources[0]).toMatchObject({ 'service.name': 'countersign-executor', 'service.namespace': 'sbx-1', 'service.instance.id': 'executor-1' });
    expect(Object.keys(received.resources[0] ?? {}).filter((name) => /^(process|host)\./.test(name))).toEqual([]);
  }, 30_000);

  it('sends figures, of instruments too that were made before it started', async () => {
    collector = await startCollector();
    await run(
      `const seconds = telemetry.histogram(telemetry.TOOL_DURATION);
      seconds(9);
      ${START}
      const stats = { accepted: 0, deadLetters: 0 };
      telemetry.publishCounters('countersign.bus', () => stats);
      seconds(0.25, { 'gen_ai.tool.name': 'payments.refund' });
      stats.accepted = 7;
      await running.stop();`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    );
    const figures = Object.fromEntries(collector.received.metrics.map(({ name, unit, sum }) => [name, { unit, points: sum?.dataPoints.map((point) => Object.values(point).at(-1)) }]));
    expect(Object.keys(figures).toSorted()).toEqual(['countersign.bus.accepted', 'countersign.bus.dead_letters', 'gen_ai.execute_tool.duration']);
    expect(figures['gen_ai.execute_tool.duration']?.unit).toBe('s');
    expect(figures['countersign.bus.accepted']?.points).toEqual([7]);
  }, 30_000);

  it('stops in time when the collector does not answer', async () => {
    const { out } = await collect(
      `await telemetry.inToolSpan({ tool: 'payments.refund' }, async () => 1, () => undefined);
      const before = performance.now();
      await running.stop();
      console.log(Math.round(performance.now() - before));
      process.exit(0);`,
      { hang: true },
    );
    expect(Number(out)).toBeGreaterThanOrEqual(1_900);
    expect(Number(out)).toBeLessThan(4_000);
  }, 30_000);
});
