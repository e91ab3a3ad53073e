import type { ControlState } from '@countersign/domain';
import type { BallotEvent } from '@countersign/identity';
import type { CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { readApprover, type SigningPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { ballotOf, type BallotToSign } from './ballot.js';
import { castBallot } from './counted.js';

/** The person who answers here, before the approvals service. */
export interface Speaker {
  readonly kafka: Kafka;
  readonly person: SigningPerson;
  /** What is in force. */
  readonly controls: ControlState;
  /** Signs it, puts it on the log, and gives what the service made of it; throws what `ballotOf` and `castBallot` throw. `hint`: where a person looks if there is no answer. */
  readonly say: <Type extends BallotEvent['type']>(ballot: BallotToSign<Type>, hint: string) => ReturnType<typeof castBallot>;
}

/** Works as the person who answers here. Throws what `readApprover` and `readRoot` throw before Kafka is asked for anything. */
export const asApprover = <Result>(context: CommandContext, work: (speaker: Speaker) => Promise<Result>): Promise<Result> => {
  const person = readApprover(context);
  const root = readRoot(context);
  return withKafka(context, async (kafka) => {
    const { state: controls } = await readControlLog(kafka.broker, kafka.namespace, root);
    return work({ kafka, person, controls, say: (ballot, hint) => castBallot(context, { kafka, root, controls }, ballotOf(ballot, person, context.clock.now(), kafka), hint) });
  });
};
