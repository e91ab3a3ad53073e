import type { Action, Event, Extension, GivenApproval, SignedVote } from '@countersign/contracts';
import { parseTimestamp, type Instant, type Principal } from '@countersign/kernel';
import { clashOf, consentFault, slackFault, stepUpFault, voiceFault, type ApproverDirectory, type Asked, type Case, type SlackKeys, type ToolContract, type Voice } from '@countersign/domain';
import { verifyVote, type Ballot, type ConsentGiven } from './ballot.js';
import type { GrantFault, GrantVerdict } from './grant.js';

type Grant = Event<'countersign.action.allowed'>;

/** What the votes are on, and for whom the action is done and by whom. */
type Of = Pick<Case, 'actionHash' | 'sub' | 'act'> & { readonly action: Pick<Action, 'tenant' | 'workflow' | 'run' | 'tool'> };

/** What whoever counts votes knows itself, by its own controls. */
export interface VoteContext {
  /** Absent where none is in force: then no vote counts. */
  readonly directory: Pick<ApproverDirectory, 'people' | 'slackMaxTier'> | undefined;
  /** Keys of the Slack service that are good when the votes are counted; absent: none, and no vote that was cast in Slack counts. */
  readonly slackKeys?: SlackKeys | undefined;
  /** Who put the agent contract of the action in force. */
  readonly authors: readonly Principal[];
  /** Contract of the tool; absent where it is not known. */
  readonly tool: Pick<ToolContract, 'reversible'> | undefined;
  /** When they are counted. */
  readonly at: Instant;
}

/** What people were asked and how they voted; of limits of the run, or of the action itself. */
type Answer = GivenApproval & { readonly isAboutLimits: boolean; readonly confirmation?: true | undefined };

interface Refused {
  readonly ok: false;
  readonly code: GrantFault;
  readonly message: string;
}

const refused = (code: GrantFault, message: string): Refused => ({ ok: false, code, message });

/** A vote binds this approval, this action, what was shown of it, and the place of its run; a consent binds its run. */
const binds = (ballot: Ballot | ConsentGiven, { approval, previewHash }: Pick<Answer, 'approval' | 'previewHash'>, { actionHash, action }: Of): boolean =>
  (ballot.type === 'countersign.consent.given' || (ballot.data.approval === approval && ballot.data.actionHash === actionHash && ballot.data.previewHash === previewHash)) &&
  ballot.tenant === action.tenant &&
  ballot.workflow === action.workflow &&
  ballot.run === action.run;

/** Why a voice does not count, as grants are refused for it. */
const FAULTS = {
  'voter.not-asked': 'voter.not-entitled',
  'voter.lacks-role': 'voter.not-entitled',
  'voter.is-subject': 'voter.is-subject',
  'voter.is-author': 'voter.is-author',
  'voter.voted': 'voter.duplicate',
  'group.voted': 'group.duplicate',
  'vote.no-step-up': 'vote.no-step-up',
  'vote.in-slack': 'vote.in-slack',
} as const satisfies Record<NonNullable<ReturnType<typeof voiceFault>>['code'], GrantFault>;

const hear = (vote: SignedVote, earlier: readonly Voice[], answer: Answer, of: Of, { directory, slackKeys, authors, tool, at }: VoteContext): { readonly ok: true; readonly voice: Voice } | Refused => {
  const check = verifyVote(vote, directory ?? { people: [] }, slackKeys);
  if (!check.ok) return check;
  const { ballot, voice } = check;
  const { tier, roles, fallback, confirmation, isAboutLimits } = answer;
  const { subject } = voice.voter;
  if (!binds(ballot, answer, of)) return refused('vote.invalid', `the vote of \`${subject}\` is on something else`);
  const asked: Asked = { tier, roles, fallback, confirmation, sub: of.sub, act: of.act, authors };
  if (ballot.type === 'countersign.consent.given') {
    const { tools, tier: upTo, until } = ballot.data;
    const fault = consentFault({ tools, tier: upTo, until: parseTimestamp(until) ?? (0 as Instant) }, { action: of.action, tier, tool, isAboutLimits, at });
    if (fault || confirmation) return refused('vote.invalid', fault?.message ?? 'nobody confirms beforehand');
  } else {
    if (ballot.data.choice !== 'approve') return refused('vote.invalid', `\`${subject}\` did not approve`);
    const fault = slackFault(asked, ballot.data, directory ?? {}) ?? stepUpFault(asked, ballot.data);
    if (fault) return refused(FAULTS[fault.code], fault.message);
  }
  const fault = voiceFault(asked, voice) ?? clashOf(asked, earlier, voice);
  return fault ? refused(FAULTS[fault.code], fault.message) : { ok: true, voice };
};

/**
 * The voices of an answer that count, and why the others do not: each vote by itself, nobody twice, from tier 3 on no group twice. Nobody
 * approves for themselves, or under a contract of their own; a confirmation is asked of nobody but whom the run acts for. Pure.
 */
const heard = (answer: Answer, of: Of, context: VoteContext): { readonly voices: readonly Voice[]; readonly faults: readonly Refused[] } => {
  const voices: Voice[] = [];
  const faults: Refused[] = [];
  for (const vote of answer.votes) {
    const one = hear(vote, voices, answer, of, context);
    if (one.ok) voices.push(one.voice);
    else faults.push(one);
  }
  return { voices, faults };
};

const checkAnswer = (answer: Answer, of: Of, context: VoteContext): GrantVerdict => {
  if (answer.votes.length === 0) return refused('votes.missing', 'the grant names an approval and carries no vote');
  if (answer.quorum < 1) return refused('quorum.not-met', 'the grant names an approval that asks for nobody');
  const { voices, faults } = heard(answer, of, context);
  const [fault] = faults;
  if (fault) return fault;
  return voices.length < answer.quorum ? refused('quorum.not-met', `${voices.length} of ${answer.quorum} votes`) : { ok: true };
};

/** The voices of what people approved that count, whatever the approvals service says of them. Pure. */
export const voicesHeard = (approved: Omit<Answer, 'isAboutLimits'>, of: Of, context: VoteContext): readonly Voice[] => heard({ ...approved, isAboutLimits: false }, of, context).voices;

const aboutLimits = ({ approval, tier, quorum, roles, fallback, previewHash, votes, confirmation }: Extension): Answer => ({ approval, tier, quorum, roles, ...(fallback && { fallback }), ...(previewHash !== undefined && { previewHash }), votes, confirmation, isAboutLimits: true });

/** Whether people have let an action go over limits of its run. Pure. */
export const extensionHolds = (extension: Extension, of: Of, context: VoteContext): boolean => checkAnswer(aboutLimits(extension), of, context).ok;

/** Whether the people that policy asked said yes, to the action and to what it takes. Pure. */
export const checkVotes = (grant: Grant, context: VoteContext): GrantVerdict => {
  const { approval, votes, tier, quorum, roles, fallback, previewHash, extension } = grant.data;
  // That the action is of the place of its grant is checked before.
  const of = grant.data;
  if (approval === undefined) {
    if (quorum > 0 || roles.length > 0 || votes.length > 0) return refused('votes.missing', 'the grant rests on people and names no approval');
  } else {
    const answer = checkAnswer({ approval, votes, tier, quorum, roles, ...(fallback && { fallback }), ...(previewHash !== undefined && { previewHash }), isAboutLimits: false }, of, context);
    if (!answer.ok) return answer;
  }
  if (!extension) return { ok: true };
  // One yes does not answer two questions.
  if (extension.approval === approval) return refused('vote.invalid', 'the votes on the action are none on its budget');
  return checkAnswer(aboutLimits(extension), of, context);
};
