import { startNodeSdk } from '@opentelemetry/sdk-node';
import type { TelemetryOptions } from './start-telemetry.js';

/** The one file that loads the SDK; imported on demand. Exporters, protocols and samplers come from the OTEL_* variables. */
export const startSdk = ({ service, instance, namespace }: TelemetryOptions, wanted: { readonly tracing: boolean; readonly metrics: boolean }): (() => Promise<void>) => {
  const sdk = startNodeSdk({
    logLevel: process.env['OTEL_LOG_LEVEL'] ?? 'error',
    resourceAttributes: { 'service.name': `countersign-${service}`, 'service.namespace': namespace, 'service.instance.id': instance },
    // The detectors would add the command line and the user of the process.
    resourceDetectors: [],
    ...(wanted.tracing ? {} : { spanProcessors: [] }),
    ...(wanted.metrics ? {} : { metricReaders: [] }),
    // Logs go to stdout as JSON, and nowhere else.
    logRecordProcessors: [],
  });
  return () => sdk.shutdown();
};
