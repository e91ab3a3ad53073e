import type { types } from '@slack/bolt';
import { BUILT_IN_RULES, isInputCard, type ApprovalCard, type Card } from '@countersign/domain';
import { operandOf } from '@countersign/kernel';
import { argumentRows, changeRows, proseRows } from './rows.js';
import { boxed, button, fieldsOf, header, lines, preformatted, small, until, type Block } from './elements.js';
import { cutTo, cutToLines, lettersOf, linesOf, manyLines, oneLine } from './safe-text.js';
import { historyOf, titleOf } from './standing-text.js';
import { isCut, tableOf } from './table.js';
import { inputBlocks, inputTitle } from './input-card.js';
import { buttonValue, isAnsweredHere, isViewedFirst, namesText, shortHash, standingOf } from './view.js';

/** What a channel is shown of a card. */
export interface CardMessage {
  /** For notifications, and for clients that show no blocks. */
  readonly text: string;
  readonly blocks: Block[];
}

export const ACTIONS = { approve: 'countersign.approve', view: 'countersign.view', deny: 'countersign.deny' } as const;

/** What a card has room for; the rest is in the modal. */
const MOST_ROWS = 12;
const MOST_PROSE = 2;
const LONGEST_PROSE = 600;
/** Lines of a box: more of them would push out of sight what stands below it. */
const MOST_LINES = 12;
const LONGEST_PROSE_NAME = 60;
const MOST_REASONS = 5;
const LONGEST_REASON = 200;
const SOURCES = { 'dry-run': 'its own dry run', read: 'a read of what is there now', none: '' } as const;

export const isPending = ({ opened, preview }: ApprovalCard): boolean => opened.preview === 'pending' && preview === undefined;

/** Where the table of changes is from, or why there is none. */
export const sourceText = (card: ApprovalCard): string => {
  const { preview, opened } = card;
  if (isPending(card)) return 'what would change is being looked at';
  if (!preview) return opened.kind === 'notice' ? 'as the call said' : 'as the call says: the tool has neither a dry run nor a read that would show what changes';
  if (preview.kind === 'none') return `as the call says: what would change cannot be shown: ${cutTo(oneLine(preview.reason?.message ?? 'nobody says why'), 300)}`;
  return `what would change, in the words of the system (${SOURCES[preview.kind]}), and the call${preview.more === undefined ? '' : `; ${preview.more} more fields found no room in what it said`}`;
};

/** A built-in rule has a dot in its name, and nobody can make a link of that. */
const BUILT_IN: ReadonlySet<string> = new Set(BUILT_IN_RULES);
const ruleName = (rule: string): string => (BUILT_IN.has(rule) ? rule : oneLine(rule));

/** Every rule that asks, and all that it says. */
export const allReasons = ({ opened: { reasons } }: ApprovalCard): string => reasons.map(({ rule, message }) => `${ruleName(rule)}: ${oneLine(message)}`).join('\n') || 'no rule is named';

const reasonText = (card: ApprovalCard): string => {
  const { reasons } = card.opened;
  const shown = reasons.slice(0, MOST_REASONS).map(({ rule, message }) => `${ruleName(rule)}: ${cutTo(oneLine(message), LONGEST_REASON)}`);
  return cutTo([...shown, ...(reasons.length > MOST_REASONS ? [`… and ${reasons.length - MOST_REASONS} more`] : [])].join('\n') || 'no rule is named', 1_500);
};

/** Whether what stands beside the table has all that the rules say. */
export const areReasonsWhole = (card: ApprovalCard): boolean => reasonText(card) === allReasons(card);

const reversible = ({ opened: { kind, deadline: at, irreversible, facts } }: ApprovalCard): string => (irreversible ? 'no: nothing takes it back' : facts.undo === undefined ? 'nothing is known that undoes it' : kind === 'notice' && at === undefined ? 'not by a person' : `yes, by ${facts.undo}`);

const subjectName = (principal: string | undefined): string => oneLine((principal ?? '').replace(/^spiffe:\/\/[^/]+\//, ''));

/** What stands beside the table. */
export const aboutBlocks = (card: ApprovalCard): Block[] => {
  const { opened } = card;
  const { facts, action } = opened;
  const people: readonly (readonly [string, string])[] = opened.kind === 'notice' ? [] : [['Who may answer', cutTo(namesText(card), 500)], ['For, and by', cutTo(`${subjectName(opened.sub)}, ${subjectName(opened.act)}`, 400)]];
  return [
    fieldsOf([
      ['Risk', `tier ${opened.tier}, ${facts.effect}${facts.risk.length === 0 ? '' : `, ${facts.risk.join(', ')}`}`],
      ['Can be taken back', reversible(card)],
      ['Rule', reasonText(card)],
      ['Policy', facts.policies.map((policy) => oneLine(policy)).join(', ') || (opened.reasons.length === 0 ? 'no rule is named' : 'a built-in rule')],
      ['Budget of the run', facts.budget.join(', ') || 'no limit is set'],
      ...people,
    ]),
    small(
      cutTo(`evidence: action ${shortHash(opened.actionHash)}, contract of the tool ${shortHash(action.toolContractHash)}${facts.toolVersion === undefined ? '' : ` (version ${facts.toolVersion})`}${facts.policySet === undefined ? '' : `, rules ${shortHash(facts.policySet)}`}${previewHash(card)}, run ${action.run}, step ${action.step}`, 1_000),
    ),
  ];
};

const previewHash = ({ preview }: ApprovalCard): string => (preview && preview.kind !== 'none' ? `, preview ${shortHash(preview.hash)}` : '');

const target = ({ opened: { action, contract } }: ApprovalCard): Block =>
  lines(['', `${action.tool} at ${oneLine(action.destination)}, asked for by ${contract ?? action.workflow} of ${action.tenant}`]);

/** The agent's own words: boxed, labelled, and nothing but letters. */
export const proseBlocks = (card: ApprovalCard, most: number, longest: number): Block[] =>
  proseRows(card)
    .slice(0, most)
    .map(({ field, text }) => boxed(`agent says (${cutTo(field, LONGEST_PROSE_NAME)})`, cutToLines(cutTo(manyLines(text), longest), MOST_LINES) || ' '));

const isProseWhole = (card: ApprovalCard): boolean => {
  const prose = proseRows(card);
  return prose.length <= MOST_PROSE && prose.every(({ field, text }) => lettersOf(field) <= LONGEST_PROSE_NAME && lettersOf(manyLines(text)) <= LONGEST_PROSE && linesOf(manyLines(text)) <= MOST_LINES);
};

/** Whether the outside system has said more of what would change than there was room for: then nothing of ours can show it. */
export const hasMoreChanges = ({ preview }: ApprovalCard): boolean => preview?.more !== undefined;

/** Whether the card itself shows all of what is to be done. */
export const isShownWhole = (card: ApprovalCard): boolean => {
  const tables = [changeRows(card), argumentRows(card)];
  return tables.every((rows) => rows.length <= MOST_ROWS && !isCut(rows)) && !hasMoreChanges(card) && isProseWhole(card) && areReasonsWhole(card);
};

/** Tables as far as a card has room, and a word on what is missing. */
const diff = (card: ApprovalCard): Block[] => {
  const tables = [changeRows(card), argumentRows(card)];
  const hidden = tables.reduce((sum, rows) => sum + Math.max(0, rows.length - MOST_ROWS), 0) + Math.max(0, proseRows(card).length - MOST_PROSE);
  return [
    ...tables.flatMap((rows) => (rows.length === 0 ? [] : [preformatted(tableOf(rows.slice(0, MOST_ROWS)))])),
    small(sourceText(card)),
    ...(hidden === 0 ? [] : [lines([`… and ${hidden} more field${hidden === 1 ? '' : 's'}: `, 'view, then approve'])]),
    ...proseBlocks(card, MOST_PROSE, LONGEST_PROSE),
  ];
};

const buttons = (card: ApprovalCard): Block[] => {
  if (standingOf(card) !== 'asked') return [];
  const value = buttonValue(card);
  if (!isAnsweredHere(card)) return [lines([`Tier ${card.opened.tier} `, `is not answered in Slack. Approve on the command line: countersign approvals approve ${operandOf(card.card)}`])];
  const first: readonly types.Button[] = isPending(card) ? [button(ACTIONS.view, value, 'View')] : isViewedFirst(card, isShownWhole(card)) ? [button(ACTIONS.view, value, 'View, then approve', 'primary')] : [button(ACTIONS.approve, value, 'Approve', 'primary'), button(ACTIONS.view, value, 'View')];
  return [{ type: 'actions', block_id: 'countersign.answer', elements: [...first, button(ACTIONS.deny, value, 'Deny', 'danger')] }];
};

const undoCommand = ({ run, step }: ApprovalCard): string => `countersign undo ${run}/${step} --reason TEXT`;

/** How a person has undone what was asked for, where the tool knows a way and its time is not over; a notice says so from the beginning. */
const undo = (card: ApprovalCard): Block[] => {
  const { opened, effect, ended } = card;
  if (opened.kind === 'notice' || effect?.undoUntil === undefined) return [];
  return [until('may be taken back until', effect.undoUntil), lines([ended ? 'Undo: ' : 'Undo, once the run has ended: ', undoCommand(card)])];
};

export const deadlineBlocks = (card: ApprovalCard): Block[] => {
  const { kind, deadline } = card.opened;
  if (deadline === undefined) return [lines(['Undo: ', 'nobody can have it undone'])];
  const at = Date.parse(deadline);
  return kind === 'notice' ? [until('may be taken back until', at), lines(['Undo: ', undoCommand(card)])] : [until('answer until', at)];
};

const approvalBlocks = (card: ApprovalCard): Block[] => {
  const history = historyOf(card);
  return [header(cutTo(titleOf(card), 120)), target(card), ...diff(card), ...aboutBlocks(card), ...(card.opened.kind === 'notice' || standingOf(card) === 'asked' ? deadlineBlocks(card) : []), ...(history.length === 0 ? [] : [{ type: 'divider' } as const, lines(...history)]), ...undo(card), ...buttons(card)];
};

const titleOfAny = (card: Card): string => (isInputCard(card) ? inputTitle(card) : titleOf(card));

/** A card as it stands. Pure: the same events give the same blocks. */
export const cardMessage = (card: Card): CardMessage => ({
  text: `${titleOfAny(card)} (${card.workflow} of ${card.tenant})`,
  blocks: isInputCard(card) ? inputBlocks(card) : approvalBlocks(card),
});

/** What stands where a card was posted twice. */
export const copyMessage = (card: Card): CardMessage => ({ text: `A copy: ${titleOfAny(card)}`, blocks: [small('This is a copy of a card that stands elsewhere in this channel. Answer there.')] });
