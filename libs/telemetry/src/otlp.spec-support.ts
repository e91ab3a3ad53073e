import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number>>;
}

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number; readonly message?: string };
}

/** What the stand-in of a collector was sent, by the OTLP/HTTP JSON protocol. */
export interface Received {
  readonly spans: ReceivedSpan[];
  readonly metrics: { readonly name: string; readonly unit?: string; readonly sum?: { readonly dataPoints: readonly object[] } }[];
  readonly resources: Readonly<Record<string, unknown>>[];
}

interface Payload {
  readonly resourceSpans?: readonly { readonly resource: { readonly attributes: readonly Attribute[] }; readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[] }[];
  readonly resourceMetrics?: readonly { readonly scopeMetrics: readonly { readonly metrics: Received['metrics'] }[] }[];
}

export const attributes = (list: readonly Attribute[]): Record<string, unknown> => Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

export interface Collector {
  readonly url: string;
  readonly received: Received;
  close(): Promise<void>;
}

const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Takes what is exported; with `hang` it never answers. */
export const startCollector = async ({ hang = false } = {}): Promise<Collector> => {
  const received: Received = { spans: [], metrics: [], resources: [] };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const payload = JSON.parse(body) as Payload;
      for (const { resource, scopeSpans } of payload.resourceSpans ?? []) {
        received.resources.push(attributes(resource.attributes));
        received.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
      }
      received.metrics.push(...(payload.resourceMetrics ?? []).flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)));
      if (!hang) response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  const url = await listen(server);
  return {
    url,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

const BUILT = new URL('../dist/index.js', import.meta.url).href;

/** Runs a script in a process of its own, with the built package as `telemetry`; what it printed. */
export const run = async (script: string, env: Readonly<Record<string, string>>): Promise<string> => {
  const code = `import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
const telemetry = await import(${JSON.stringify(BUILT)});
${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { env, cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (status !== 0) throw new Error(`the script ended with ${String(status)}: ${err}`);
  return out;
};
