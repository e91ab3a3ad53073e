import { localName, type Topic } from '@countersign/contracts';
import { seconds } from '@countersign/kernel';
import type { Kafka } from '../connection/kafka.js';
import { endsOf, partitionsOf } from '../log/places.js';
import type { Ledger } from './ledger-client.js';

/** The ledger is a tenth of a second behind the log; one that is far behind is better asked as it is. */
const PATIENCE = seconds(5);

/**
 * Waits until the ledger has read what a topic holds now: who has seen an event on the log, as `task submit --wait` does, and asks
 * the ledger for it would else hear that there is no such thing.
 */
export const catchUp = async (kafka: Kafka, ledger: Pick<Ledger, 'positions'>, topic: Topic): Promise<boolean> => {
  const ends = await endsOf(kafka, partitionsOf(kafka, topic, kafka.tenants));
  const atLeast = ends.map(({ target, offset }) => `${localName(kafka.namespace, target.topic)}/${target.partition}/${offset}`).join(',');
  const { caughtUp } = await ledger.positions({ atLeast, wait: String(PATIENCE) });
  return caughtUp;
};
