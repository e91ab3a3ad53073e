import { millis, type Millis } from '@countersign/kernel';

export interface TelemetryOptions {
  readonly service: string;
  readonly instance: string;
  readonly namespace: string;
}

/** Telemetry of this process, as the standard OTEL_* variables ask for it. */
export interface Telemetry {
  readonly tracing: boolean;
  readonly metrics: boolean;
  /** Sends what is left, for `STOP_DEADLINE` at most; never throws. */
  stop(): Promise<void>;
}

/** A collector that is away must not keep a service from stopping in time. */
export const STOP_DEADLINE: Millis = millis(2_000);

type Environment = Readonly<Record<string, string | undefined>>;

const isSet = (env: Environment, ...names: readonly string[]): boolean => names.some((name) => (env[name] ?? '') !== '');

/** Which signals the environment asks for; without a word of it, none. */
export const wantedSignals = (env: Environment): { readonly tracing: boolean; readonly metrics: boolean } => {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return { tracing: false, metrics: false };
  const all = isSet(env, 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_CONFIG_FILE');
  return {
    tracing: env['OTEL_TRACES_EXPORTER'] !== 'none' && (all || isSet(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_TRACES_EXPORTER')),
    metrics: env['OTEL_METRICS_EXPORTER'] !== 'none' && (all || isSet(env, 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_METRICS_EXPORTER')),
  };
};

/**
 * Starts OpenTelemetry where the environment asks for it, before anything else of the process. The SDK is loaded only then
 * (0.3 s). Modules are not patched: that needs loader hooks before the first import, and our own code opens the spans that count.
 */
export const startTelemetry = async (options: TelemetryOptions): Promise<Telemetry> => {
  const wanted = wantedSignals(process.env);
  if (!wanted.tracing && !wanted.metrics) return { ...wanted, stop: () => Promise.resolve() };
  const { startSdk } = await import('./start-sdk.js');
  const shutdown = startSdk(options, wanted);
  return {
    ...wanted,
    stop: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const deadline = setTimeout(resolve, STOP_DEADLINE);
      try {
        await Promise.race([shutdown(), promise]);
      } catch {
        // The exporter has said so already, and there is nothing left to do with what it could not send.
      } finally {
        clearTimeout(deadline);
      }
    },
  };
};
