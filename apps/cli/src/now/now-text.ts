import { parseTimestamp, timestamp, type Instant } from '@countersign/kernel';
import { quantity } from '../budgets/budgets-text.js';
import { oneLine } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Colors } from '../terminal/terminal.js';
import type { View } from '../terminal/view.js';
import { age, relative } from '../terminal/when.js';
import { cut, pad, widthOf } from '../terminal/width.js';
import { itemsOf, since, waitingInTime, type Item, type Urgency } from './items.js';
import type { Situation } from './situation.js';

export interface NowView extends View {
  readonly tenant?: string | undefined;
  /** Lines of the terminal; what does not fit is counted. Absent where nothing is cut. */
  readonly height?: number | undefined;
  /** Somebody can end it with a key. */
  readonly live?: boolean;
}

/** In less than this a line says too little of what it is about, and its command stands on a line of its own. */
const LEAST_BESIDE = 80;

const PAINT: Readonly<Record<Urgency, (colors: Colors) => (text: string) => string>> = { urgent: ({ red }) => red, soon: ({ yellow }) => yellow, look: ({ dim }) => dim };

/** Time of day where the reader sits. */
const clockTime = (at: Instant): string => new Date(at).toTimeString().slice(0, 8);

const attentionAt = ({ attention }: Situation): Instant | undefined => (attention ? parseTimestamp(attention.at) : undefined);

/** What has to be known before anything below is believed. */
const warnings = (situation: Situation, { now, colors }: NowView): readonly string[] => {
  const { ledger, kafkaSilentSince } = situation;
  const asOf = attentionAt(situation);
  const old = asOf === undefined ? 'nothing of it is known yet' : `what it said is of ${clockTime(asOf)}, ${since(asOf, now)} ago`;
  return [
    ...(kafkaSilentSince === undefined ? [] : [colors.red(`Kafka has said nothing for ${since(kafkaSilentSince, now)}: what is newer is not here`)]),
    ...(ledger.is === 'silent' ? [colors.red(`the ledger has given no answer for ${since(ledger.since, now)} (${oneLine(ledger.message)}); ${old}`)] : []),
    ...(ledger.is === 'behind' ? [colors.red(`the ledger is ${ledger.records} records behind the log, for ${since(ledger.since, now)}: what is newer is not here`)] : []),
  ];
};

const isTrusted = ({ ledger, kafkaSilentSince, attention }: Situation): boolean => ledger.is === 'current' && kafkaSilentSince === undefined && attention !== undefined;

const heading = (situation: Situation, items: readonly Item[], { colors, now, tenant }: NowView): string => {
  const asOf = attentionAt(situation);
  const whose = tenant === undefined ? '' : `  ${oneLine(tenant)}`;
  const count = (urgency: Urgency): number => items.filter((item) => item.urgency === urgency).length;
  const sums = (['urgent', 'soon', 'look'] as const).flatMap((urgency) => (count(urgency) === 0 ? [] : [PAINT[urgency](colors)(`${count(urgency)} ${urgency === 'look' ? 'to look at' : urgency}`)]));
  const state = sums.length > 0 ? sums.join(', ') : isTrusted(situation) ? colors.green('all quiet') : colors.yellow('nothing known that needs you');
  return `${colors.bold('now')}${whose}  ${state}${colors.dim(`  updated ${asOf === undefined ? 'never' : `${clockTime(asOf)}, ${relative(timestamp(asOf), now)}`}`)}`;
};

/** Money of today and this month, always: what is fine is good to know, too. */
const spendLines = ({ spend }: Situation, { colors, width }: NowView): readonly string[] => {
  const rows = spend
    .filter(({ amount }) => amount === 'microUsd')
    .map(({ tenant, workflow, period, amount, spent, cap, lastHour }) => [
      oneLine(`${tenant}/${workflow}`),
      period,
      `$${quantity(amount, spent)} of $${quantity(amount, cap)}`,
      `${cap === 0 ? 100 : Math.round((spent / cap) * 100)}%`,
      `$${quantity(amount, lastHour)} in the last hour`,
    ]);
  return rows.length === 0 ? [] : ['', ...table(['SPEND', 'PERIOD', 'OF BUDGET', 'GONE', 'RATE'].map((title) => colors.bold(title)), rows, width).split('\n')];
};

const whenOf = ({ since: from, until }: Item, now: Instant): string => (until === undefined ? age(from, now) : relative(until, now).split(' ').slice(0, 2).join(' '));

/** One or, where the terminal is narrow, two lines an item; what is to be typed is never cut. */
const itemLines = (items: readonly Item[], { colors, width, now, command }: NowView): readonly (readonly string[])[] => {
  const commands = items.map((item) => command(item.command));
  const room = width === undefined ? undefined : width - Math.max(0, ...commands.map(widthOf)) - 2;
  const beside = room === undefined || room >= LEAST_BESIDE;
  const cells = items.map((item) => [PAINT[item.urgency](colors)(item.what), whenOf(item, now), item.where, item.about]);
  const [head = '', ...lines] = table(['WHAT', 'WHEN', 'WHERE', 'ABOUT'].map((title) => colors.bold(title)), cells, beside ? room : width).split('\n');
  if (!beside) return [[head], ...lines.map((line, index) => [line, `  ${colors.cyan(commands[index] ?? '')}`])];
  const widest = Math.max(...[head, ...lines].map(widthOf));
  return [[`${pad(head, widest)}  ${colors.bold('TYPE')}`], ...lines.map((line, index) => [`${pad(line, widest)}  ${colors.cyan(commands[index] ?? '')}`])];
};

const footLines = (situation: Situation, { colors, now, width, command, live = false }: NowView): readonly string[] => {
  const waiting = waitingInTime(situation, now);
  const text = `${waiting} ${waiting === 1 ? 'approval waits' : 'approvals wait'}, none of them late`;
  const list = command('approvals list');
  const beside = width === undefined || widthOf(text) + 2 + widthOf(list) <= width;
  return [
    ...(waiting === 0 ? [] : beside ? [`${text}  ${colors.cyan(list)}`] : [text, `  ${colors.cyan(list)}`]),
    ...(live ? [colors.dim('q ends')] : []),
  ];
};

/** The screen, line by line; never more lines than the terminal has, nor wider ones but for what is to be typed. */
export const nowLines = (situation: Situation, view: NowView): readonly string[] => {
  const { width, height, colors, command } = view;
  const items = itemsOf(situation, view.now);
  const fit = (line: string): string => (width === undefined ? line : cut(line, width));
  const top = [fit(heading(situation, items, view)), ...warnings(situation, view).map(fit)];
  const foot = footLines(situation, view);
  const spend = spendLines(situation, view);
  const [head = [], ...blocks] = items.length === 0 ? [] : itemLines(items, view);
  const body = items.length === 0 ? [] : ['', ...head];
  const tail = [...spend, ...(foot.length === 0 ? [] : ['', ...foot])];
  if (height === undefined) return [...top, ...body, ...blocks.flat(), ...tail];
  // What is urgent goes before what is spent, and the last line says what is left out.
  const perItem = blocks[0]?.length ?? 1;
  const room = (lines: number): number => Math.max(0, Math.floor((height - lines) / perItem));
  const all = top.length + body.length + blocks.flat().length + tail.length;
  if (all <= height) return [...top, ...body, ...blocks.flat(), ...tail];
  const kept = Math.min(blocks.length, room(top.length + body.length + 1 + foot.length));
  const left = blocks.length - kept;
  const more = left === 0 ? [] : [fit(colors.dim(`… ${left} more: ${command('now --once')}`))];
  return [...top, ...body, ...blocks.slice(0, kept).flat(), ...more, ...foot].slice(0, height);
};

/** The same for programs. */
export const nowObject = (situation: Situation, now: Instant, command: View['command']): object => {
  const asOf = attentionAt(situation);
  const time = (at: Instant | undefined): string | null => (at === undefined ? null : timestamp(at));
  const { ledger } = situation;
  return {
    at: timestamp(now),
    updatedAt: time(asOf),
    current: isTrusted(situation),
    ledger: ledger.is === 'current' ? ledger : { ...ledger, since: timestamp(ledger.since) },
    kafkaSilentSince: time(situation.kafkaSilentSince),
    items: itemsOf(situation, now).map((item) => ({ ...item, command: command(item.command) })),
    approvalsInTime: waitingInTime(situation, now),
    spend: situation.spend.map(({ reachedAt, ...rest }) => ({ ...rest, reachedAt: time(reachedAt) })),
  };
};
