import type { Event } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { CountersignError, type Principal, type Sha256 } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { approverNamed } from '../connection/approver-name.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { catchUp } from '../ledger/catch-up.js';
import { openLedger } from '../ledger/ledger-client.js';
import { Fault } from '../terminal/failure.js';
import { requireYes } from '../terminal/require-yes.js';
import { operand, shortId } from '../terminal/short.js';
import { viewOf, type View } from '../terminal/view.js';
import { approvalCard, approvalsTable, nextFor } from './approval-text.js';
import { asApprover } from './as-approver.js';
import { fetchApproval, type CheckedApproval } from './checked-approval.js';
import { requireEntitled } from './entitled.js';
import { onceShown } from './once-shown.js';
import { needsStepUp, requireStepUp, stepUpWord } from './step-up.js';
import { requireOneRule, toVoteOn } from './to-vote-on.js';
import { typedPerson } from './typed-person.js';

export type Choice = 'approve' | 'deny';

export interface VoteOptions {
  readonly reason?: string;
  readonly yes?: boolean;
  /** All open ones that this rule asks for. */
  readonly rule?: string;
  /** The step-up, said beforehand. */
  readonly typed?: string;
  readonly inPlaceOf?: string;
}

const requireOpen = ({ approval, isHashRight }: CheckedApproval, view: View): void => {
  if (!isHashRight) {
    throw new Fault(EXIT.integrity, 'VOTE_INVALID', 'the hash of the approval is not the hash of the action that the ledger shows; nothing was signed', {
      hint: 'the ledger, or what lies between it and you, shows another action than the one that is asked for: tell whoever runs it',
    });
  }
  if (approval.status === 'pending') return;
  throw new CountersignError('VOTE_INVALID', `the approval is ${approval.status} already`, { hint: `\`${view.command(`runs show ${shortId(approval.run)}`)}\` shows what came of it` });
};

/** Hash of what the person has been shown, which their yes binds. */
const shownTo = ({ approval: { preview } }: CheckedApproval, choice: Choice): { readonly previewHash?: Sha256 } => (choice === 'approve' && typeof preview === 'object' && preview.kind !== 'none' ? { previewHash: preview.hash } : {});

type Decided = 'granted' | 'rejected' | undefined;

const decidedText = (choice: Choice, { approval }: CheckedApproval, decided: Decided, { colors }: View): string => {
  const vote = `your ${choice === 'approve' ? 'yes' : 'no'} counts`;
  if (decided === 'granted') return `${vote}: ${colors.green('granted')}; policy decides once more, and the executor acts if it still agrees`;
  if (decided === 'rejected') return `${vote}: ${colors.yellow('rejected')}; the run ends as disapproved`;
  const yes = approval.votes.filter((each) => each.choice === 'approve').length + 1;
  return `${vote}: ${yes} of ${approval.quorum}; the others are still asked`;
};

/** The approval's end is in the same batch as the vote that decides it. */
const endIn = (events: readonly Event[]): Decided => {
  if (events.some(({ type }) => type === 'countersign.approval.granted')) return 'granted';
  return events.some(({ type }) => type === 'countersign.approval.rejected') ? 'rejected' : undefined;
};

interface Voting {
  readonly choice: Choice;
  readonly options: VoteOptions;
  readonly controls: ControlState;
}

/** Whether the person wants it, once they have seen all of it. `undefined`: no; else how they showed it besides. */
const confirmed = async (context: CommandContext, checked: readonly CheckedApproval[], { choice, options, controls }: Voting): Promise<{ readonly stepUp?: 'typed' } | undefined> => {
  const view = viewOf(context);
  const [first, ...more] = checked;
  if (!first) return undefined;
  const several = more.length > 0;
  if (several && choice === 'approve' && checked.some(({ approval }) => needsStepUp(approval))) {
    throw new CountersignError('USAGE', 'what takes a step-up is approved one at a time, and one of these does', { hint: `\`${view.command('approvals show ID')}\` says which` });
  }
  if (!context.terminal.json) {
    const shown = several ? [approvalsTable(checked.map(({ approval }) => approval), view), ...checked.map(({ approval, isHashRight }) => approvalCard(approval, isHashRight, view))].join('\n\n') : approvalCard(first.approval, first.isHashRight, view);
    context.terminal.message(`${shown}\n`);
  }
  if (choice === 'approve' && needsStepUp(first.approval)) return (await requireStepUp(context, stepUpWord(first.approval, controls), options.typed)) ? { stepUp: 'typed' } : undefined;
  const what = several ? `exactly these ${checked.length}` : choice === 'approve' ? 'exactly this' : 'this';
  return (await requireYes(context, options.yes === true, `${choice} ${what}?`)) ? {} : undefined;
};

const vote = async (context: CommandContext, typed: readonly string[], choice: Choice, options: VoteOptions): Promise<ExitCode> => {
  const { terminal } = context;
  const view = { ...viewOf(context), me: approverNamed(context) };

  return asApprover(context, async ({ kafka, person, controls, say }) => {
    const ledger = openLedger(context);
    await catchUp(kafka, ledger, 'approvals');
    const ids = await toVoteOn(ledger, typed, options.rule, person.subject);
    const checked: CheckedApproval[] = [];
    for (const id of ids) {
      const found = await fetchApproval(ledger, id, view);
      // A no is heard whatever its person has seen.
      checked.push(choice === 'approve' ? await onceShown(context, ledger, found, view) : found);
    }
    for (const each of checked) requireOpen(each, view);
    requireOneRule(checked.map(({ approval }) => approval));
    const onBehalfOf: Principal | undefined = options.inPlaceOf === undefined ? undefined : typedPerson(options.inPlaceOf, controls);
    for (const { approval } of checked) requireEntitled(approval, { person, onBehalfOf }, controls);
    const said = await confirmed(context, checked, { choice, options, controls });
    if (!said) return EXIT.error;

    for (const each of checked) {
      const { approval } = each;
      const data = { approval: approval.id, actionHash: approval.actionHash as Sha256, choice, voter: person.subject, reason: options.reason ?? '', ...(onBehalfOf !== undefined && { onBehalfOf }), ...shownTo(each, choice), ...said };
      const { events, place } = await say({ type: 'countersign.ballot.cast', data, of: approval.action, subject: approval.id }, `\`${view.command(`approvals show ${operand(approval.id)}`)}\` shows when it is`);
      const decided = endIn(events);
      const object = { approval: approval.id, run: approval.run, choice, counted: true, ...(decided ? { decided } : {}), ballot: place };
      const text = decidedText(choice, each, decided, view);
      if (checked.length > 1) terminal.line(() => `${shortId(approval.id)}: ${text}`, () => object);
      else terminal.result(() => text, () => object);
      if (decided && checked.length === 1) terminal.message(nextFor({ ...approval, status: decided }, view));
    }
    return EXIT.ok;
  });
};

export const approve: Action<VoteOptions> = (context, { args, options }) => vote(context, args, 'approve', options);
export const deny: Action<VoteOptions> = (context, { args, options }) => vote(context, args, 'deny', options);
