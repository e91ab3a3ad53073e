import { parseCauses, orderingKey, partitionOf, topicName, type Event } from '@countersign/contracts';
import type { LogRecord } from '@countersign/bus/client';
import { answerBytes, answerEventId, ANSWER_SOURCE, type GivenAnswer } from '@countersign/identity';
import { CountersignError, seconds, timestamp } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { strangeTo, type SigningPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { EXIT } from '../exit-codes.js';
import { LogChecker } from '@countersign/audit';
import { endsOf, partitionsOf } from '../log/places.js';
import { watch } from '../log/watch.js';
import { putIntoInbox } from '../task/hand-in.js';
import { Fault } from '../terminal/failure.js';

/** The gateway and the planner take it up within a second; one that is being started again takes longer. */
const TAKEN_UP = seconds(20);

/** What came of it: the planner's events of it, or why it does not count. */
type Taken = { readonly events: readonly Event[] } | { readonly refused: string };

/**
 * Signs what a person says to a question, sends it to the inbox of the run's tenant, and gives what the planner made of it. Throws
 * `ANSWER_INVALID` where it does not count, and `TIMED_OUT`. `hint`: where a person looks if there is no answer.
 */
export const sendAnswer = async (context: CommandContext, kafka: Kafka, person: SigningPerson, said: Omit<GivenAnswer, 'time' | 'by'>, hint: string): Promise<readonly Event[]> => {
  const { terminal, signal, clock } = context;
  const root = readRoot(context);
  const { state: controls } = await readControlLog(kafka.broker, kafka.namespace, root);
  const strange = strangeTo(controls, person);
  if (strange !== undefined) throw new CountersignError('ANSWER_INVALID', `it would not count: ${strange}`);
  const answer = { ...said, by: person.subject };
  const value = answerBytes({ ...answer, time: timestamp(clock.now()) });
  const proposals = { topic: topicName(kafka.namespace, 'proposals'), partition: partitionOf(orderingKey(said.tenant, said.workflow), kafka.partitions) };
  const marks = await endsOf(kafka, [proposals, ...partitionsOf(kafka, 'outcomes', [said.tenant])]);
  const checker = new LogChecker(kafka, root, controls);
  const cause = answerEventId(answer);
  const look = (records: readonly LogRecord[]): Taken | undefined => {
    const events = checker.check(records).flatMap((checked) => (checked.kind === 'event' ? [checked.event] : []));
    const refusal = events.find((event) => event.type === 'countersign.task.refused' && event.data.task === said.id && event.data.source === ANSWER_SOURCE);
    if (refusal?.type === 'countersign.task.refused') return { refused: refusal.data.message };
    const own = events.filter(({ causes }) => parseCauses(causes)?.[0]?.id === cause);
    const [first] = own;
    if (!first) return undefined;
    return first.type === 'countersign.run.answer-refused' ? { refused: first.data.message } : { events: own };
  };
  // What is sent before the marks are watched is not missed: they were taken before.
  await putIntoInbox(kafka, said.tenant, said.id, value, person.sign(value));
  terminal.progress('it is sent; waiting until it is taken up');
  const taken = await watch(kafka.broker, marks, look, { deadline: TAKEN_UP, signal });
  terminal.progress('');
  if (!taken) throw new Fault(EXIT.pending, 'TIMED_OUT', 'it is sent and not taken up yet', { hint });
  if ('refused' in taken) throw new CountersignError('ANSWER_INVALID', `it does not count: ${taken.refused}`);
  return taken.events;
};
