import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import type { Stack } from './stack.ts';
import { inWorkspace } from './workspace.ts';

export interface ExecutorProcess {
  readonly child: ChildProcess;
  /** What it has written for people. */
  readonly said: () => string;
  ready(): Promise<void>;
}

/** One executor more on a stack, with an environment and a folder of its own. Node writes its reports there: on SIGUSR2, and where a fault gets out. */
export const startExecutor = (stack: Stack, folder: string, env: Readonly<Record<string, string>>): ExecutorProcess => {
  const readyFile = join(folder, 'executor.ready');
  const child = spawn(process.execPath, ['--report-on-signal', '--report-signal=SIGUSR2', '--report-uncaught-exception', '--report-on-fatalerror', `--report-directory=${folder}`, inWorkspace('apps/executor/dist/main.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      KAFKA_BROKERS: stack.client.brokers.join(','),
      KAFKA_USERNAME: 'executor',
      KAFKA_PASSWORD_FILE: join(stack.dataDir, 'secrets/executor.password'),
      COUNTERSIGN_NAMESPACE: stack.namespace,
      COUNTERSIGN_PARTITIONS: String(stack.partitions),
      COUNTERSIGN_TENANTS: stack.client.tenants.join(','),
      COUNTERSIGN_KEY_FILE: join(stack.dataDir, 'keys/executor.pem'),
      COUNTERSIGN_ROOT_FILE: join(stack.dataDir, 'keys/root.json'),
      COUNTERSIGN_BLOB_FOLDER: join(stack.dataDir, 'blobs'),
      COUNTERSIGN_SESSION_TIMEOUT_MS: '6000',
      SERVICE_NAME: 'executor-more',
      READY_FILE: readyFile,
      LOG_LEVEL: 'trace',
      ...env,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (said += bytes.toString('utf8')));
  const ready = async (): Promise<void> => {
    await eventually('one executor more', () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${said}`);
      return existsSync(readyFile) || undefined;
    });
  };
  return { child, said: () => said, ready };
};
