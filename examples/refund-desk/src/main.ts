import { paymentsConfig } from './payments.config.js';
import { writeReadyFile } from './ready-file.js';
import { startPayments } from './service.js';

const log = (event: string, error: unknown): void => {
  const cause = error instanceof Error ? error.message : 'unknown';
  process.stderr.write(`${JSON.stringify({ service: 'payments', event, cause })}\n`);
};

try {
  const service = await startPayments(paymentsConfig(process.env), log);
  const stop = (): void => {
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log('stop failed', error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  writeReadyFile(service.url);
  process.stdout.write(`${JSON.stringify({ listening: service.url })}\n`);
} catch (error) {
  log('start failed', error);
  process.exit(1);
}
