import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, minutes, seconds } from '@countersign/kernel';
import type { ReadModel } from '@countersign/read-model';
import { runRelay, type RelayParts } from '@countersign/service';
import { readLedgerConfig, type LedgerConfig } from '../ledger.config.js';
import { ledgerService } from '../ledger.service.js';
import { progressOf, projectedPlaces, tellProgress, type Extent, type Progress } from './progress.js';

const LOOK_EVERY = seconds(1);
/** A rebalance and an outage of Kafka are over by then. */
const PATIENCE = minutes(3);

const extentsOf = ({ config, broker }: RelayParts<LedgerConfig>): Promise<readonly Extent[]> =>
  Promise.all(projectedPlaces(config).map(async (place) => ({ ...place, ...(await broker.offsets({ ...place, topic: `${config.namespace}.${place.topic}` })) })));

/** Resolves once the model has read everything; throws `TIMED_OUT` where it does not get on. */
const follow = async (model: Pick<ReadModel, 'positions'>, extents: readonly Extent[]): Promise<Progress> => {
  let last = { done: -1, at: performance.now() };
  for (;;) {
    const progress = progressOf(extents, await model.positions());
    if (progress.done > last.done) {
      last = { done: progress.done, at: performance.now() };
      tellProgress(progress);
    }
    if (progress.isDone) return progress;
    if (performance.now() - last.at > PATIENCE) throw new CountersignError('TIMED_OUT', `the rebuild stands still at ${progress.done} of ${progress.total} records`, { hint: 'the log of the ledger says why' });
    await sleep(LOOK_EVERY);
  }
};

/** Empties the read model and is a ledger until everything that was on Kafka is in it again. A ledger that runs beside starts again and does its share. */
export const rebuildFromKafka = async (model: ReadModel): Promise<number> => {
  await model.empty();
  let parts: RelayParts<LedgerConfig> | undefined;
  // Whoever waits for the service to be ready does not wait for this process.
  await runRelay({ ...ledgerService({ http: false, onParts: (made) => (parts = made) }), readConfig: (given) => readLedgerConfig({ ...given, READY_FILE: '' }) });
  if (!parts) throw new CountersignError('INTERNAL', 'the ledger did not start');
  const { total } = await follow(model, await extentsOf(parts));
  return total;
};
