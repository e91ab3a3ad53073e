import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, CountersignError, formatDuration, seconds, type Millis } from '@countersign/kernel';
import { reasonOf } from './connection-faults.js';
import { ANY_NODE, Connections } from './connections.js';
import { persist } from './faults.js';
import { Metadata } from './kafkajs-codec.js';
import type { KafkaOptions } from './kafka-options.js';

/** A person waits at a terminal. Time for two lost packets, which are sent again after 1 s and 3 s, and then for TLS and a login across an ocean. */
export const FIRST_CONTACT = seconds(5);
const LANE = 'first';

/** Asks one broker until it lets us in; throws why it did not, the last time. */
const knock = async (options: KafkaOptions, broker: string, patience: Millis): Promise<void> => {
  const connections = new Connections({ ...options, brokers: [broker] });
  const over = new AbortController();
  let last: unknown = new CountersignError('BROKER_UNREACHABLE', 'no answer', { retry: 'later' });
  const ask = async (): Promise<void> => {
    try {
      await connections.call(ANY_NODE, LANE, Metadata, { topics: [], allowAutoTopicCreation: false });
    } catch (fault) {
      last = fault;
      throw fault;
    }
  };
  const giveUp = async (): Promise<never> => {
    await sleep(patience, undefined, { signal: over.signal });
    throw last;
  };
  try {
    await Promise.race([persist(patience, ask), giveUp()]);
  } finally {
    over.abort();
    // It waits for connections that are still being made, and nobody needs to wait with it.
    void connections.close();
  }
};

/** The fault below ours, for ours names the address once more. */
const reasonFor = (fault: unknown): string => reasonOf(fault instanceof CountersignError ? (fault.cause ?? fault) : fault);

/**
 * Resolves once a broker has let this client in; for a Kafka of which nobody knows yet whether it is there. Throws `BROKER_REFUSED` where one
 * answers and does not take the client, and `BROKER_UNREACHABLE` where none does within `patience`, with all that was tried.
 */
export const firstContact = async (options: KafkaOptions, patience: Millis = FIRST_CONTACT): Promise<void> => {
  const { brokers, sasl, ssl } = options;
  try {
    await Promise.any(brokers.map((broker) => knock(options, broker, patience)));
  } catch (fault) {
    const faults: readonly unknown[] = fault instanceof AggregateError ? fault.errors : [fault];
    const refusal = faults.find((each) => codeOf(each) !== 'BROKER_UNREACHABLE');
    if (refusal !== undefined) throw refusal;
    const where = brokers.map((broker, nth) => `\`${broker}\` (${reasonFor(faults[nth])})`).join(', ');
    const how = `${ssl ? 'over TLS' : 'without TLS'} and ${sasl ? `with the login \`${sasl.username}\`` : 'without a login'}`;
    throw new CountersignError('BROKER_UNREACHABLE', `no Kafka answers at ${where}; tried for ${formatDuration(patience)} ${how}`, { retry: 'later', cause: fault });
  }
};
