import type { types } from '@slack/bolt';
import type { ApprovalCard, InputCard } from '@countersign/domain';
import { operandOf } from '@countersign/kernel';
import { aboutBlocks, allReasons, areReasonsWhole, deadlineBlocks, hasMoreChanges, isShownWhole, sourceText } from './card-blocks.js';
import { boxed, lines, preformatted, small, type Block } from './elements.js';
import { inputAbout, SAYS } from './input-card.js';
import { argumentRows, changeRows, proseRows } from './rows.js';
import { cutTo, manyLines, oneLine } from './safe-text.js';
import { isCut, tableOf, type Room } from './table.js';
import { buttonValue } from './view.js';

export const MODALS = { approve: 'countersign.modal.approve', deny: 'countersign.modal.deny', say: 'countersign.modal.say' } as const;
export const REASON = { block: 'countersign.reason', action: 'reason' } as const;
export const LONGEST_REASON = 500;
/** As the planner takes it. */
const LONGEST_VALUE = 300;

/** Slack shows this much of one block, and so many blocks in one modal. */
const LONGEST_BLOCK = 2_800;
const MOST_BLOCKS = 90;
/** A value this long is nobody's to read in a modal. */
const WIDE: Room = { field: 200, value: 20_000 };

/** A text in pieces that fit into a block each. */
const pieces = (text: string): readonly string[] => {
  const letters = Array.from(text);
  return Array.from({ length: Math.ceil(letters.length / LONGEST_BLOCK) }, (_, index) => letters.slice(index * LONGEST_BLOCK, (index + 1) * LONGEST_BLOCK).join(''));
};

/** What a modal hands on to its submission: the question, the action, and where the card is. */
export interface ModalData {
  readonly value: string;
  readonly channel: string;
  /** What is said to a question of a run; absent for an approval. */
  readonly choice?: string;
}

/** Everything, the agent's own words last: whatever they say, and over however many lines, nothing of ours stands below them. */
const wholeBlocks = (card: ApprovalCard): readonly Block[] => [
  ...[changeRows(card), argumentRows(card)].flatMap((rows) => (rows.length === 0 ? [] : pieces(tableOf(rows, WIDE)).map(preformatted))),
  small(sourceText(card)),
  ...aboutBlocks(card),
  // Rules that found no room beside the table are told in full.
  ...(areReasonsWhole(card) ? [] : pieces(allReasons(card)).map((piece) => boxed('All rules', piece))),
  ...deadlineBlocks(card),
  ...proseRows(card).flatMap(({ field, text }) => pieces(manyLines(text) || ' ').map((piece, index) => boxed(`agent says (${field}${index === 0 ? '' : ', continued'})`, piece))),
];

/** Whether a modal shows all of what is to be done: nobody says yes in Slack to what it does not. */
export const isModalWhole = (card: ApprovalCard): boolean => ![changeRows(card), argumentRows(card)].some((rows) => isCut(rows, WIDE)) && !hasMoreChanges(card) && wholeBlocks(card).length <= MOST_BLOCKS;

const commandOf = ({ card }: ApprovalCard): string => `countersign approvals show ${operandOf(card)}`;

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text, emoji: false });

/** The whole of what is to be done, and a button to say yes to exactly that; without it where a modal does not show it whole either. */
export const approveModal = (card: ApprovalCard, { channel }: Pick<ModalData, 'channel'>, canAnswer: boolean): types.ModalView => {
  const isWhole = isModalWhole(card);
  const data: ModalData = { value: buttonValue(card), channel };
  const blocks = isWhole ? [...wholeBlocks(card)] : [lines(['Slack does not show all of this. ', `See it, and answer, on the command line: ${commandOf(card)}`]), ...aboutBlocks(card), ...deadlineBlocks(card)];
  return {
    type: 'modal',
    callback_id: MODALS.approve,
    private_metadata: JSON.stringify(data),
    title: plain('View, then approve'),
    close: plain('Close'),
    ...(isWhole && canAnswer && { submit: plain('Approve exactly this') }),
    blocks,
  };
};

const reasonInput = (label: string): Block => ({ type: 'input', block_id: REASON.block, label: plain(label), element: { type: 'plain_text_input', action_id: REASON.action, multiline: true, min_length: 1, max_length: LONGEST_REASON } });

/** Asks why not. */
export const denyModal = (card: ApprovalCard, { channel }: Pick<ModalData, 'channel'>): types.ModalView => ({
  type: 'modal',
  callback_id: MODALS.deny,
  private_metadata: JSON.stringify({ value: buttonValue(card), channel } satisfies ModalData),
  title: plain('Deny'),
  close: plain('Cancel'),
  submit: plain('Deny'),
  blocks: [
    lines(['', `${card.opened.action.tool} is not done, and the run ends as disapproved.`]),
    ...(isShownWhole(card) ? [] : [small(`The card does not show all of it; ${isModalWhole(card) ? '"View, then approve" does' : `the command line does: ${commandOf(card)}`}.`)]),
    reasonInput('Why not'),
  ],
});

/** Field of a modal in which the value for a missing field is typed: by its place in the question. */
export const fieldBlock = (index: number): string => `countersign.field.${index}`;
export const FIELD_ACTION = 'value';

/** Asks for what is missing, and for what somebody has found out; shows what comes of it. Nothing is said before it is sent. */
export const sayModal = (card: InputCard, choice: keyof typeof SAYS, { channel }: Pick<ModalData, 'channel'>): types.ModalView => {
  const { button, follows } = SAYS[choice];
  const fields = choice === 'answer' ? (card.opened.question.fields ?? []) : [];
  return {
    type: 'modal',
    callback_id: MODALS.say,
    private_metadata: JSON.stringify({ value: buttonValue(card), channel, choice } satisfies ModalData),
    title: plain(button),
    close: plain('Cancel'),
    submit: plain(button),
    blocks: [
      ...inputAbout(card),
      lines(['What follows: ', follows]),
      ...fields.map(({ name, types: taken }, index): Block => ({ type: 'input', block_id: fieldBlock(index), label: plain(cutTo(`${oneLine(name)}${taken.length === 0 ? '' : ` (${taken.map(oneLine).join(' or ')})`}`, 200)), element: { type: 'plain_text_input', action_id: FIELD_ACTION, min_length: 1, max_length: LONGEST_VALUE } })),
      reasonInput('What you have found out'),
    ],
  };
};
