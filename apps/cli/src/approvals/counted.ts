import { DEAD_LETTER_PARTITION, readDeadLetter, type LogRecord } from '@countersign/bus/client';
import { deadLetterTopic, parseCauses, topicName, type Event } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { CountersignError, seconds } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { EXIT } from '../exit-codes.js';
import { LogChecker } from '@countersign/audit';
import { endsOf, type Mark } from '../log/places.js';
import { watch } from '../log/watch.js';
import { Fault } from '../terminal/failure.js';
import type { Ballot } from './ballot.js';

/** The approvals service counts a vote within a second; one that is being started again takes longer. */
const COUNT_DEADLINE = seconds(20);

/** What came of a ballot. */
export type Counted = { readonly kind: 'counted'; readonly events: readonly Event[] } | { readonly kind: 'refused'; readonly message: string };

interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** Where the answer to a ballot of a partition will appear; taken before it is sent, so that no answer is missed. */
const answerMarks = async (kafka: Kafka, partition: number): Promise<readonly Mark[]> =>
  endsOf(kafka, [
    { topic: topicName(kafka.namespace, 'approvals'), partition },
    { topic: deadLetterTopic(kafka.namespace, 'approvals'), partition: DEAD_LETTER_PARTITION },
  ]);

/** Looks for the answer to one ballot: what names it as its first cause, all of which is in one batch; a ballot whose signature does not hold is a dead letter. */
const answerIn = (kafka: Kafka, checker: LogChecker, { id }: Ballot, place: () => Place | undefined) => {
  const letters: LogRecord[] = [];
  const rejection = (): Counted | undefined => {
    const letter = letters.map(readDeadLetter).find(({ topic, partition, offset }) => topic === 'ballots' && partition === place()?.partition && offset === place()?.offset);
    return letter && { kind: 'refused', message: letter.message };
  };
  return (records: readonly LogRecord[]): Counted | undefined => {
    if (records[0]?.topic === deadLetterTopic(kafka.namespace, 'approvals')) {
      letters.push(...records);
      return rejection();
    }
    const events = checker.check(records).flatMap((checked) => (checked.kind === 'event' && parseCauses(checked.event.causes)?.[0]?.id === id ? [checked.event] : []));
    const [first] = events;
    if (!first) return rejection();
    return first.type === 'countersign.approval.ballot-refused' ? { kind: 'refused', message: first.data.message } : { kind: 'counted', events };
  };
};

export interface Caster {
  readonly kafka: Kafka;
  readonly root: Root;
  readonly controls: ControlState;
}

/** Puts a ballot on the log, and gives what the approvals service made of it. Throws `VOTE_INVALID` where it does not count, and `TIMED_OUT`. */
export const castBallot = async ({ terminal, signal }: CommandContext, { kafka, root, controls }: Caster, ballot: Ballot, hint: string): Promise<{ readonly events: readonly Event[]; readonly place: Place }> => {
  const { partition } = ballot.target;
  const marks = await answerMarks(kafka, partition);
  let place: Place | undefined;
  const look = answerIn(kafka, new LogChecker(kafka, root, controls), ballot, () => place);
  place = { partition, offset: await kafka.broker.append(ballot.target, [ballot.record]) };
  terminal.progress('it is on the log; waiting until it is counted');
  const answer = await watch(kafka.broker, marks, look, { deadline: COUNT_DEADLINE, signal });
  if (!answer) throw new Fault(EXIT.pending, 'TIMED_OUT', `it is on the log (ballots/${partition}/${place.offset}) and not counted yet`, { hint });
  if (answer.kind === 'refused') throw new CountersignError('VOTE_INVALID', `it does not count: ${answer.message}`);
  return { events: answer.events, place };
};
