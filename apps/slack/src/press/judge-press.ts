import { approverInSlack, isInputCard, type Approver, type ApproverDirectory, type Card } from '@countersign/domain';
import type { SlackUser } from '@countersign/contracts';
import { minutes, type Instant } from '@countersign/kernel';
import { isAnsweredHere, shortHash, shownHash } from '../card/view.js';

/** Bolt takes what is dated an hour ahead; a press that is older or newer than this is somebody's recording. */
export const PRESS_FRESH = minutes(5);

/** A button that somebody pressed, or a modal that somebody sent, as Slack tells it. */
export interface Pressed {
  readonly slack: SlackUser;
  /** The workspace that the press came from. */
  readonly team: string;
  /** What the button carries: the approval or question, and the beginning of the hash of what was shown. */
  readonly approval: string;
  readonly hash: string;
  readonly channel: string;
  /** The message that the button is on; absent for a modal. */
  readonly ts?: string | undefined;
  /** When it was pressed, and when Slack sent it, where it says so. */
  readonly times: readonly Instant[];
}

export type PressVerdict = { readonly ok: true; readonly card: Card; readonly voter: Approver } | { readonly ok: false; readonly code: string; readonly message: string };

const refused = (code: string, message: string): PressVerdict => ({ ok: false, code, message });

/** Why Bolt has let a callback not in: it looks at the time that it says first, then at the signature. `sentAt` is no number where it says no time. Pure. */
export const judgeUnproven = (sentAt: Instant, now: Instant): { readonly code: string; readonly message: string } =>
  now - sentAt > PRESS_FRESH
    ? { code: 'press.stale', message: 'a callback was signed more than five minutes ago, or says so' }
    : { code: 'signature.invalid', message: 'a callback does not carry the signature of Slack' };

export interface PressContext {
  readonly card: Card | undefined;
  readonly directory: Pick<ApproverDirectory, 'people'> | undefined;
  /** The workspace that the service is installed in. */
  readonly home: string;
  readonly now: Instant;
}

/** Whether a press is somebody's of the directory, on what is shown. Whether they may vote on it the approvals service says. Pure. */
export const judgePress = (pressed: Pressed, { card, directory, home, now }: PressContext): PressVerdict => {
  if (pressed.times.some((time) => Math.abs(now - time) > PRESS_FRESH)) return refused('press.stale', 'it was pressed more than five minutes ago, or is dated ahead: press it again');
  const voter = directory && approverInSlack(directory, { slack: pressed.slack });
  if (!voter || pressed.team !== home) return refused('slack.unmapped', 'this Slack user is nobody of the directory of approvers; an admin can add them there');
  if (!card) return refused('card.unknown', 'this card is not known here any more; use the command line: countersign approvals list');
  if (pressed.channel !== card.opened.channel || (pressed.ts !== undefined && card.shown !== undefined && pressed.ts !== card.shown.ts)) return refused('card.elsewhere', 'this is a copy: answer on the card itself');
  if (pressed.hash !== shortHash(shownHash(card))) return refused('action.differs', 'the button is for something else than what is asked');
  if (isInputCard(card)) return card.opened.isAnsweredHere ? { ok: true, card, voter } : refused('answer.in-slack', 'nobody answers in Slack here: use the command line');
  if (!isAnsweredHere(card)) return refused('vote.in-slack', `tier ${card.opened.tier} is not answered in Slack: use the command line`);
  return { ok: true, card, voter };
};
