import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@countersign/bus';
import { FLOW, inputsOf } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf, minutes, seconds } from '@countersign/kernel';
import { ReadModel, type Position } from '@countersign/read-model';
import { runRelay, type RelayParts } from '@countersign/service';
import { readLedgerConfig, type LedgerConfig } from './ledger.config.js';
import { ledgerService } from './ledger.service.js';

const LOOK_EVERY = seconds(1);
/** A rebalance and an outage of Kafka are over by then. */
const PATIENCE = minutes(3);

/** A topic partition of the log as it was when the rebuild began. */
export interface Extent {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly isDone: boolean;
}

/** How many offsets of the log the model has read. */
export const progressOf = (extents: readonly Extent[], positions: readonly Position[]): Progress => {
  const total = extents.reduce((sum, { start, end }) => sum + end - start, 0);
  const done = extents.reduce((sum, { topic, partition, start, end }) => {
    const found = positions.find((position) => position.topic === topic && position.partition === partition);
    return sum + Math.min(Math.max((found?.nextOffset ?? start) - start, 0), end - start);
  }, 0);
  return { done, total, isDone: done === total };
};

const extentsOf = ({ namespace, tenants, partitions }: LedgerConfig, broker: Broker): Promise<readonly Extent[]> => {
  const topics = inputsOf('ledger').flatMap((topic) => (FLOW[topic].perTenant ? tenants.map((tenant) => `${topic}.${tenant}`) : [topic]));
  const targets = topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
  return Promise.all(
    [...targets, { topic: 'controls', partition: 0 }].map(async (target) => ({ ...target, ...(await broker.offsets({ ...target, topic: `${namespace}.${target.topic}` })) })),
  );
};

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Resolves once the model has read everything; throws `TIMED_OUT` where it does not get on. */
const follow = async (model: Pick<ReadModel, 'positions'>, extents: readonly Extent[]): Promise<Progress> => {
  let last = { done: -1, at: performance.now() };
  for (;;) {
    const progress = progressOf(extents, await model.positions());
    if (progress.done > last.done) {
      last = { done: progress.done, at: performance.now() };
      tell(`${progress.done} of ${progress.total} records read`);
    }
    if (progress.isDone) return progress;
    if (performance.now() - last.at > PATIENCE) throw new CountersignError('TIMED_OUT', `the rebuild stands still at ${progress.done} of ${progress.total} records`, { hint: 'the log of the ledger says why' });
    await sleep(LOOK_EVERY);
  }
};

/**
 * Empties the read model and is a ledger until everything that was on Kafka is in it again; then prints what it came to as one JSON line.
 * A ledger that runs beside starts again and does its share. Never throws: the exit code is 0, or 1 with a reason.
 */
export const rebuild = async (env: NodeJS.ProcessEnv): Promise<void> => {
  try {
    const config = readLedgerConfig(env);
    const began = performance.now();
    const model = await ReadModel.open({ url: config.databaseUrl });
    await model.empty();
    let parts: RelayParts<LedgerConfig> | undefined;
    // Whoever waits for the service to be ready does not wait for this process.
    await runRelay({ ...ledgerService({ http: false, onParts: (made) => (parts = made) }), readConfig: (given) => readLedgerConfig({ ...given, READY_FILE: '' }) });
    if (!parts) throw new CountersignError('INTERNAL', 'the ledger did not start');
    const { total } = await follow(model, await extentsOf(config, parts.broker));
    await model.vacuum();
    const fingerprint = await model.fingerprint();
    await model.close();
    process.stdout.write(`${JSON.stringify({ rebuilt: true, records: total, ms: Math.round(performance.now() - began), fingerprint })}\n`);
    // The ordinary way out: commits, and leaves the group.
    process.kill(process.pid, 'SIGTERM');
  } catch (fault) {
    const hint = fault instanceof CountersignError && fault.hint ? ` (${fault.hint})` : '';
    tell(`the rebuild failed: ${codeOf(fault)}: ${messageOf(fault)}${hint}`);
    process.exit(1);
  }
};
