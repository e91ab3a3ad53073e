import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, messageOf, millis, type Millis } from '@countersign/kernel';
import { ERRORS } from './kafkajs-internals.js';

/** Kafka's error codes that mean something of their own here; the rest is retriable or not, as kafkajs' table says. */
export const KAFKA = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  messageTooLarge: 10,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidProducerIdMapping: 49,
  unknownProducerId: 59,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  memberIdRequired: 79,
  fencedInstance: 82,
  producerFenced: 90,
} as const;

/** Leadership has moved, or this broker has not heard of the topic yet: look the leader up again. */
const STALE_METADATA: ReadonlySet<number> = new Set([
  KAFKA.unknownTopicOrPartition,
  KAFKA.leaderNotAvailable,
  KAFKA.notLeader,
  KAFKA.fencedLeaderEpoch,
  KAFKA.unknownLeaderEpoch,
]);
/** The group has gone on without this member, or is about to. */
const NOT_A_MEMBER: ReadonlySet<number> = new Set([KAFKA.illegalGeneration, KAFKA.unknownMember, KAFKA.rebalanceInProgress, KAFKA.fencedInstance]);
/** The broker does not know this producer any more, or knows something else of it than we do. */
const DEAD_PRODUCER: ReadonlySet<number> = new Set([
  KAFKA.outOfOrderSequence,
  KAFKA.duplicateSequence,
  KAFKA.invalidProducerEpoch,
  KAFKA.invalidProducerIdMapping,
  KAFKA.unknownProducerId,
  KAFKA.producerFenced,
]);
/** What the topic takes is less: sent again, it is refused again. */
const TOO_LARGE: ReadonlySet<number> = new Set([KAFKA.messageTooLarge, KAFKA.recordListTooLarge]);

export const isStaleMetadata = (code: number): boolean => STALE_METADATA.has(code);
export const isCoordinatorMoved = (code: number): boolean => code === KAFKA.notCoordinator || code === KAFKA.coordinatorNotAvailable;
export const isNotAMember = (code: number): boolean => NOT_A_MEMBER.has(code);
export const isDeadProducer = (code: number): boolean => DEAD_PRODUCER.has(code);
export const isTooLarge = (code: number): boolean => TOO_LARGE.has(code);
export const isRetriable = (code: number): boolean => ERRORS.get(code)?.retriable ?? false;

/** `UNKNOWN_TOPIC_OR_PARTITION`, `error 123`. */
export const kafkaName = (code: number): string => ERRORS.get(code)?.type ?? `error ${code}`;

/** Kafka answered, and said no. */
export const refused = (code: number, what: string): CountersignError => {
  const member = isNotAMember(code);
  if (isTooLarge(code)) return new CountersignError('RECORD_TOO_LARGE', `Kafka refused ${what}: ${kafkaName(code)}`);
  return new CountersignError(member ? 'OWNERSHIP_LOST' : 'BROKER_REFUSED', `Kafka refused ${what}: ${kafkaName(code)}`, {
    retry: member || isRetriable(code) || isDeadProducer(code) ? 'later' : 'never',
  });
};

/** Throws where an answer carries an error code. */
export const accept = (code: number, what: string): void => {
  if (code !== KAFKA.none) throw refused(code, what);
};

/** Kafka gave no answer; what was asked may have been done or not. */
export const unreachable = (where: string, cause: unknown): CountersignError =>
  new CountersignError('BROKER_UNREACHABLE', `Kafka at ${where} cannot be reached: ${messageOf(cause)}`, { retry: 'later', cause });

/** A fault that a further attempt may cure. */
export const isPassing = (fault: unknown): boolean => fault instanceof CountersignError && fault.retry === 'later' && fault.code !== 'OWNERSHIP_LOST';

const FIRST_PAUSE = millis(50);
/** A broker that comes back is found within this time. */
const LONGEST_PAUSE = millis(1_000);

/** Pauses that double, for one row of attempts. */
export class Backoff {
  #next: number = FIRST_PAUSE;

  reset(): void {
    this.#next = FIRST_PAUSE;
  }

  next(): Millis {
    const pause = this.#next;
    this.#next = Math.min(pause * 2, LONGEST_PAUSE);
    return millis(pause);
  }
}

/** Tries until it succeeds, fails for good, or `patience` is over; then throws the last fault. */
export const persist = async <Result>(patience: Millis, attempt: () => Promise<Result>): Promise<Result> => {
  const end = performance.now() + patience;
  const backoff = new Backoff();
  for (;;) {
    try {
      return await attempt();
    } catch (fault) {
      const pause = backoff.next();
      if (!isPassing(fault) || performance.now() + pause > end) throw fault;
      await sleep(pause);
    }
  }
};
