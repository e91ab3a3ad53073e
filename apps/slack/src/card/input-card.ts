import type { types } from '@slack/bolt';
import type { AnswerChoice, RunEscalationReason } from '@countersign/contracts';
import { isSaidInSlack, type InputCard } from '@countersign/domain';
import { operandOf } from '@countersign/kernel';
import { button, fieldsOf, header, lines, preformatted, small, until, type Block } from './elements.js';
import { cutTo, oneLine } from './safe-text.js';
import { askedAgain, endOfRun, words } from './standing-text.js';
import { buttonValue, namesText, shortHash } from './view.js';

/** What a channel is shown of what a run asks, and what can be said there. */

export const INPUT_ACTIONS = {
  claim: 'countersign.claim',
  answer: 'countersign.say.answer',
  resume: 'countersign.say.resume',
  done: 'countersign.say.done',
  accept: 'countersign.say.accept',
  stop: 'countersign.say.stop',
} as const satisfies Readonly<Partial<Record<AnswerChoice | 'claim', string>>>;

/** What is said with a button and a modal. */
export type Sayable = Exclude<keyof typeof INPUT_ACTIONS, 'claim'>;

/** The event that led to it, and those before: more are in `escalations show`. */
const MOST_EVIDENCE = 4;
const LONGEST_MESSAGE = 1_500;
const LONGEST_COMMANDS = 2_500;
/** More fields than this are nobody's to fill in in a modal. */
export const MOST_FIELDS = 8;

const WHY: Readonly<Record<RunEscalationReason, string>> = {
  'data.missing': 'a value is missing that neither the task nor a result gives',
  'confidence.low': 'the playbook is in doubt, and nothing was proposed yet',
  'policy.denied': 'policy has denied the step',
  'retries.exhausted': 'the call failed, and is not tried again',
  'effect.diverged': 'what was read back is not as it should be',
  'effect.unknown': 'nobody knows what the call did',
};

/** What each button says, and what comes of it: read before it is sent. */
export const SAYS: Readonly<Record<Sayable, { readonly button: string; readonly follows: string }>> = {
  answer: { button: 'Give what is missing', follows: 'The step is proposed with what you give, and policy decides. It counts as if the task had said it.' },
  resume: { button: 'Resume', follows: 'The step is proposed anew, and policy decides under the rules of now: what a rule denies it denies again.' },
  done: { button: 'It was done', follows: 'The step ends as done, on your word that you have looked, and what comes after it is proposed. Its result is not known, so nothing undoes it.' },
  accept: { button: 'Accept it as it is', follows: 'The step ends as done, on your word that the effect is as it should be, and what comes after it is proposed. Nothing undoes it.' },
  stop: { button: 'Stop the run', follows: 'The run ends, and what its playbook undoes is undone. What is unknown or differs stands.' },
};

export const isSaid = (choice: string): choice is Sayable => Object.hasOwn(SAYS, choice);

const isOpen = ({ answer }: InputCard): boolean => answer === undefined;

/** What has a button: the rest is typed. */
export const saidHere = ({ opened: { question, isAnsweredHere } }: InputCard): readonly Sayable[] =>
  isAnsweredHere ? question.choices.filter((choice): choice is Sayable => isSaid(choice) && isSaidInSlack(choice) && (choice !== 'answer' || (question.fields?.length ?? 0) <= MOST_FIELDS)) : [];

const commandFor = (choice: AnswerChoice, { card, opened: { question } }: InputCard): string => {
  const id = operandOf(card);
  if (choice === 'resume') return `countersign escalations resume --reason TEXT ${id}`;
  if (choice === 'answer') return `countersign escalations answer ${(question.fields ?? []).map(({ name }) => `--set ${oneLine(name)}=VALUE `).join('')}--reason TEXT ${id}`;
  return `countersign escalations answer --say ${choice} --reason TEXT ${id}`;
};

const TITLES = { answered: 'Answered', expired: 'Expired: nobody answered' } as const;

export const inputTitle = ({ answer, opened: { question } }: InputCard): string => {
  const state = answer?.what === 'answered' || answer?.what === 'expired' ? TITLES[answer.what] : 'A run asks';
  return `${state}: ${question.tool ?? question.step}`;
};

const missingText = ({ opened: { question } }: InputCard): string =>
  (question.fields ?? []).map(({ name, field, types: taken }) => `${oneLine(name)} (${oneLine(field)})${taken.length === 0 ? '' : `, ${taken.map(oneLine).join(' or ')}`}`).join('\n');

const evidenceText = ({ opened: { question }, run }: InputCard): string => {
  const shown = question.evidence.slice(0, MOST_EVIDENCE).map(({ id, sha256 }) => `event ${oneLine(id)} ${shortHash(sha256)}`);
  const more = question.evidence.length - shown.length;
  return cutTo(`evidence: ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')}${shown.length === 0 ? '' : ', '}run ${run}, step ${question.step}`, 1_500);
};

const messageText = ({ message }: InputCard['opened']['question']): string => cutTo(oneLine(message), LONGEST_MESSAGE) || 'nothing is said of it';

/** What a modal shows again: whoever says something has read it there. */
export const inputAbout = (card: InputCard): Block[] => {
  const { opened } = card;
  const { question } = opened;
  const missing = missingText(card);
  return [
    lines(['', messageText(question)]),
    fieldsOf([
      ['Why', WHY[question.reason]],
      ['Who may answer', cutTo(namesText(card), 500)],
      ...(missing === '' ? [] : [['Missing', cutTo(missing, 1_500)] as const]),
      ['Where nobody answers', `the run ends as ${question.otherwise}`],
    ]),
    small(evidenceText(card)),
  ];
};

const history = (card: InputCard): readonly (readonly [string, string])[] => {
  const { claimed, answer } = card;
  return [
    ...askedAgain(card),
    ...(claimed && !answer ? [['claimed ', `by ${oneLine(claimed.by)}; others may answer all the same`] as const] : []),
    ...(answer?.what === 'answered' ? [['answered ', `by ${oneLine(answer.by ?? '?')}: ${answer.choice ?? ''}${words(answer.reason)}`] as const] : []),
    ...(answer?.what === 'expired' ? [['expired: ', 'nobody answered in time'] as const] : []),
    ...endOfRun(card),
  ];
};

const buttons = (card: InputCard): readonly Block[] => {
  if (!isOpen(card) || card.ended) return [];
  const value = buttonValue(card);
  const here = saidHere(card);
  const typed = card.opened.question.choices.filter((choice) => !here.some((one) => one === choice));
  const claim = button(INPUT_ACTIONS.claim, value, 'Claim');
  const elements: types.Button[] = here.map((choice) => button(INPUT_ACTIONS[choice], value, SAYS[choice].button, choice === 'stop' ? 'danger' : choice === 'answer' || choice === 'resume' ? 'primary' : undefined));
  return [
    ...(card.opened.isAnsweredHere ? [{ type: 'actions' as const, block_id: 'countersign.input', elements: [claim, ...elements] }] : []),
    small('on the command line'),
    preformatted(cutTo([`countersign escalations show ${operandOf(card.card)}`, ...typed.map((choice) => commandFor(choice, card))].join('\n'), LONGEST_COMMANDS)),
  ];
};

/** A card of a question as it stands. */
export const inputBlocks = (card: InputCard): Block[] => {
  const { opened, claimed, workflow, tenant } = card;
  const { question } = opened;
  const past = history(card);
  const isOver = !isOpen(card) || card.ended !== undefined;
  return [
    header(cutTo(inputTitle(card), 120)),
    lines(['', `step ${question.step}, asked by ${opened.contract ?? workflow} of ${tenant}`]),
    ...inputAbout(card),
    ...(isOver ? [] : [until('answer until', Date.parse(opened.deadline))]),
    ...(isOver || !claimed ? [] : [until('claimed until', claimed.until)]),
    ...(past.length === 0 ? [] : [{ type: 'divider' } as const, lines(...past)]),
    ...buttons(card),
  ];
};
