import type { types } from '@slack/bolt';
import type { Card } from '@countersign/domain';
import { operandOf } from '@countersign/kernel';
import { aboutBlocks, buttonValue, deadlineBlocks, isShownWhole, sourceText } from './card-blocks.js';
import { boxed, lines, preformatted, small, type Block } from './elements.js';
import { argumentRows, changeRows, proseRows } from './rows.js';
import { manyLines } from './safe-text.js';
import { tableOf } from './table.js';

export const MODALS = { approve: 'countersign.modal.approve', deny: 'countersign.modal.deny' } as const;
export const REASON = { block: 'countersign.reason', action: 'reason' } as const;
export const LONGEST_REASON = 500;

/** Slack shows this much of one block, and so many blocks in one modal. */
const LONGEST_BLOCK = 2_800;
const MOST_BLOCKS = 90;
/** A value this long is nobody's to read in a modal. */
const WIDE = { field: 200, value: 20_000 };

/** A text in pieces that fit into a block each. */
const pieces = (text: string): readonly string[] => {
  const letters = Array.from(text);
  return Array.from({ length: Math.ceil(letters.length / LONGEST_BLOCK) }, (_, index) => letters.slice(index * LONGEST_BLOCK, (index + 1) * LONGEST_BLOCK).join(''));
};

/** What a modal hands on to its submission: the question, the action, and where the card is. */
export interface ModalData {
  readonly value: string;
  readonly channel: string;
  /** When it was opened, milliseconds since 1970. */
  readonly at: number;
}

const wholeDiff = (card: Card): readonly Block[] => {
  const prose = proseRows(card).flatMap(({ field, text }) => pieces(manyLines(text) || ' ').map((piece, index) => boxed(`agent says (${field}${index === 0 ? '' : ', continued'})`, piece)));
  return [...[changeRows(card), argumentRows(card)].flatMap((rows) => (rows.length === 0 ? [] : pieces(tableOf(rows, WIDE)).map(preformatted))), small(sourceText(card)), ...prose];
};

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text, emoji: false });

/** The whole of what is to be done, and a button to say yes to exactly that; without it where a modal does not show it whole either. */
export const approveModal = (card: Card, { channel, at }: Omit<ModalData, 'value'>, canAnswer: boolean): types.ModalView => {
  const diff = wholeDiff(card);
  const about = [...aboutBlocks(card), ...deadlineBlocks(card)];
  const isWhole = diff.length + about.length <= MOST_BLOCKS;
  const data: ModalData = { value: buttonValue(card), channel, at };
  const blocks = isWhole ? [...diff, ...about] : [lines(['This is too large for Slack. ', `See all of it, and answer, on the command line: countersign approvals show ${operandOf(card.card)}`]), ...about];
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

/** Asks why not. */
export const denyModal = (card: Card, { channel, at }: Omit<ModalData, 'value'>): types.ModalView => ({
  type: 'modal',
  callback_id: MODALS.deny,
  private_metadata: JSON.stringify({ value: buttonValue(card), channel, at } satisfies ModalData),
  title: plain('Deny'),
  close: plain('Cancel'),
  submit: plain('Deny'),
  blocks: [
    lines(['', `${card.opened.action.tool} is not done, and the run ends as disapproved.`]),
    ...(isShownWhole(card) ? [] : [small('The card does not show all of it; "View, then approve" does.')]),
    { type: 'input', block_id: REASON.block, label: plain('Why not'), element: { type: 'plain_text_input', action_id: REASON.action, multiline: true, min_length: 1, max_length: LONGEST_REASON } },
  ],
});
