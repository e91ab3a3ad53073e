import { startGitHub } from './github.js';
import { writeReadyFile } from './ready-file.js';

const LARGEST_PORT = 65_535;

try {
  const port = Number(process.env['PORT'] ?? '0');
  const apiToken = process.env['API_TOKEN'] ?? '';
  if (!Number.isInteger(port) || port < 0 || port > LARGEST_PORT) throw new Error('PORT must be a port number, or 0');
  if (apiToken === '') throw new Error('API_TOKEN must be set');
  const github = await startGitHub({ port, apiToken });
  const stop = (): void => void github.close().finally(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  writeReadyFile(github.url);
  process.stdout.write(`${JSON.stringify({ listening: github.url })}\n`);
} catch (error) {
  const cause = error instanceof Error ? error.message : 'unknown';
  process.stderr.write(`${JSON.stringify({ service: 'github', event: 'start failed', cause })}\n`);
  process.exit(1);
}
