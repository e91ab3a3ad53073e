import { CountersignError, seconds } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { personNamed, readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { catchUp } from '../ledger/catch-up.js';
import { openLedger } from '../ledger/ledger-client.js';
import { LogChecker } from '../log/log-checker.js';
import { watch } from '../log/watch.js';
import { Fault } from '../terminal/failure.js';
import { requireYes } from '../terminal/require-yes.js';
import { shortId } from '../terminal/short.js';
import { viewOf, type View } from '../terminal/view.js';
import { approvalCard, nextFor } from './approval-text.js';
import { ballotOf, requireEntitled, type Choice } from './ballot.js';
import { fetchApproval, type CheckedApproval } from './checked-approval.js';
import { answerIn, answerMarks, type Counted } from './counted.js';

export interface VoteOptions {
  readonly reason?: string;
  readonly yes?: boolean;
}

/** The approvals service counts a vote within a second; one that is being started again takes longer. */
const COUNT_DEADLINE = seconds(20);

const requireOpen = ({ approval, isHashRight }: CheckedApproval, view: View): void => {
  if (!isHashRight) {
    throw new Fault(EXIT.integrity, 'VOTE_INVALID', 'the hash of the approval is not the hash of the action that the ledger shows; nothing was signed', {
      hint: 'the ledger, or what lies between it and you, shows another action than the one that is asked for: tell whoever runs it',
    });
  }
  if (approval.status === 'pending') return;
  throw new CountersignError('VOTE_INVALID', `the approval is ${approval.status} already`, { hint: `\`${view.command(`runs show ${shortId(approval.run)}`)}\` shows what came of it` });
};

const decidedText = (choice: Choice, { approval }: CheckedApproval, decided: Extract<Counted, { kind: 'counted' }>['decided'], { colors }: View): string => {
  const vote = `your ${choice === 'approve' ? 'yes' : 'no'} counts`;
  if (decided === 'granted') return `${vote}: ${colors.green('granted')}; policy decides once more, and the executor acts if it still agrees`;
  if (decided === 'rejected') return `${vote}: ${colors.yellow('rejected')}; the run ends as disapproved`;
  const yes = approval.votes.filter((each) => each.choice === 'approve').length + 1;
  return `${vote}: ${yes} of ${approval.quorum}; the others are still asked`;
};

const vote = async (context: CommandContext, typed: string, choice: Choice, options: VoteOptions): Promise<ExitCode> => {
  const { terminal, clock, signal } = context;
  const view = { ...viewOf(context), me: personNamed(context) };
  const person = readPerson(context);
  const root = readRoot(context);

  return withKafka(context, async (kafka) => {
    const ledger = openLedger(context);
    await catchUp(kafka, ledger, 'approvals');
    const checked = await fetchApproval(ledger, typed, view);
    const { approval, isHashRight } = checked;
    requireOpen(checked, view);
    const { state } = await readControlLog(kafka.broker, kafka.namespace, root);
    requireEntitled(approval, person, state);
    if (!terminal.json) terminal.message(`${approvalCard(approval, isHashRight, view)}\n`);
    if (!(await requireYes(context, options.yes === true, choice === 'approve' ? 'approve exactly this?' : 'deny this?'))) return EXIT.error;

    const ballot = ballotOf(approval, { choice, reason: options.reason ?? '', person, now: clock.now() }, kafka);
    const marks = await answerMarks(kafka, ballot.target.partition);
    let place: { readonly partition: number; readonly offset: number } | undefined;
    const look = answerIn(kafka, new LogChecker(kafka, root, state), { approval: approval.id, voter: person.subject, place: () => place });
    const offset = await kafka.broker.append(ballot.target, [ballot.record]);
    place = { partition: ballot.target.partition, offset };
    terminal.progress('the vote is on the log; waiting until it is counted');
    const answer = await watch(kafka.broker, marks, look, { deadline: COUNT_DEADLINE, signal });
    if (!answer) {
      throw new Fault(EXIT.pending, 'TIMED_OUT', `the vote is on the log (ballots/${place.partition}/${place.offset}) and not counted yet`, { hint: `\`${view.command(`approvals show ${shortId(approval.id)}`)}\` shows when it is` });
    }
    if (answer.kind === 'refused') throw new CountersignError('VOTE_INVALID', `the vote does not count: ${answer.message}`, { hint: `\`${view.command('dlq list --service approvals')}\` shows it` });
    terminal.result(
      () => decidedText(choice, checked, answer.decided, view),
      () => ({ approval: approval.id, run: approval.run, choice, counted: true, ...(answer.decided ? { decided: answer.decided } : {}), ballot: place }),
    );
    if (answer.decided) terminal.message(nextFor({ ...approval, status: answer.decided }, view));
    return EXIT.ok;
  });
};

export const approve: Action<VoteOptions> = (context, { args: [typed = ''], options }) => vote(context, typed, 'approve', options);
export const deny: Action<VoteOptions> = (context, { args: [typed = ''], options }) => vote(context, typed, 'deny', options);
