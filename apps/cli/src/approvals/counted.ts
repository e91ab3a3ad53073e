import { DEAD_LETTER_PARTITION, readDeadLetter, type LogRecord } from '@countersign/bus/client';
import { deadLetterTopic, topicName } from '@countersign/contracts';
import type { Kafka } from '../connection/kafka.js';
import type { LogChecker } from '../log/log-checker.js';
import { endsOf, type Mark } from '../log/places.js';

/** What came of a ballot. */
export type Counted =
  | { readonly kind: 'counted'; readonly decided: 'granted' | 'rejected' | undefined }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface Watched {
  readonly approval: string;
  readonly voter: string;
  /** Place of the ballot; known once it has been acked. */
  readonly place: () => { readonly partition: number; readonly offset: number } | undefined;
}

/** Where the answer to a ballot of a partition will appear; taken before it is sent, so that no answer is missed. */
export const answerMarks = async (kafka: Kafka, partition: number): Promise<readonly Mark[]> =>
  endsOf(kafka, [
    { topic: topicName(kafka.namespace, 'approvals'), partition },
    { topic: deadLetterTopic(kafka.namespace, 'approvals'), partition: DEAD_LETTER_PARTITION },
  ]);

/** Looks for the answer to one ballot. The approval's end is in the same batch as the vote that decides it. */
export const answerIn = (kafka: Kafka, checker: LogChecker, watched: Watched) => {
  const letters: LogRecord[] = [];
  const refusal = (): Counted | undefined => {
    const place = watched.place();
    const letter = letters.map(readDeadLetter).find(({ topic, partition, offset }) => topic === 'ballots' && partition === place?.partition && offset === place.offset);
    return letter && { kind: 'refused', code: letter.code, message: letter.message };
  };
  return (records: readonly LogRecord[]): Counted | undefined => {
    if (records[0]?.topic === deadLetterTopic(kafka.namespace, 'approvals')) {
      letters.push(...records);
      return refusal();
    }
    const events = checker.check(records).flatMap((checked) => (checked.kind === 'event' ? [checked.event] : []));
    const isCounted = events.some((event) => event.type === 'countersign.approval.vote-cast' && event.data.approval === watched.approval && event.data.voter === watched.voter);
    if (!isCounted) return refusal();
    const end = events.find(
      (event) => (event.type === 'countersign.approval.granted' || event.type === 'countersign.approval.rejected') && event.data.approval === watched.approval,
    );
    return { kind: 'counted', decided: end?.type === 'countersign.approval.granted' ? 'granted' : end ? 'rejected' : undefined };
  };
};
