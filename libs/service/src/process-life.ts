import { renameSync, writeFileSync } from 'node:fs';
import { codeOf, CountersignError, messageOf, SHUTDOWN_DEADLINE } from '@countersign/kernel';

const PRIVATE = 0o600;

/** A report of Node about a process shows its environment, and passwords of databases are in it. */
export const keepSecretsOutOfReports = (): void => {
  process.report.excludeEnv = true;
};

/** Tells whoever started the process that it works now. */
export const writeReadyFile = (path: string | undefined, http?: string): void => {
  if (path === undefined) return;
  writeFileSync(`${path}.part`, JSON.stringify({ pid: process.pid, ...(http === undefined ? {} : { http }) }), { mode: PRIVATE });
  renameSync(`${path}.part`, path);
};

/** Runs `stop` once on SIGTERM or SIGINT and ends the process; a second signal ends it at once. */
export const stopOnSignals = (stop: () => Promise<void>): void => {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE).unref();
    stop().then(
      () => process.exit(0),
      (fault: unknown) => {
        console.error(JSON.stringify({ level: 'error', msg: 'the hand-over failed', code: codeOf(fault) }));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
};

/** What a service says when it cannot start: one JSON line, with what can be done about it. */
export const reportStartFailure = (service: string, fault: unknown): void => {
  const hint = fault instanceof CountersignError ? fault.hint : undefined;
  console.error(JSON.stringify({ level: 'fatal', service, msg: 'the service did not start', code: codeOf(fault), message: messageOf(fault), ...(hint === undefined ? {} : { hint }), ...(codeOf(fault) === 'INTERNAL' && fault instanceof Error ? { stack: fault.stack } : {}) }));
};
