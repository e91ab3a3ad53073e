import { timestamp, type Instant } from '@countersign/kernel';
import type { Checked } from '@countersign/audit';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { cut, pad } from '../terminal/width.js';
import type { View } from '../terminal/view.js';
import { summaryOf } from './summary.js';

const TIME_OF_DAY = { from: 11, to: 23 };
/** The longest type of the catalogue. */
const TYPE_WIDTH = 19;
const RUN_WIDTH = 12;

const GOOD = /\.(verified|granted|succeeded|accepted)$/;
const BAD = /\.(denied|failed|refused|rejected|diverged|alarm)$/;
const ODD = /\.(unknown|expired|lapsed)$/;
const ASKS = /\.(required|requested)$/;

const paintType = (type: string, { colors }: View): string => {
  const text = pad(type, TYPE_WIDTH);
  if (GOOD.test(type)) return colors.green(text);
  if (BAD.test(type)) return colors.red(text);
  if (ODD.test(type)) return colors.yellow(text);
  return ASKS.test(type) ? colors.cyan(text) : text;
};

/** What is shown of the log: no record that somebody else is to judge, or nobody acts on without having to be told. */
export type Shown = Extract<Checked, { readonly kind: 'event' | 'bad' }>;

/** One record on one line; cut to the terminal, never in a pipe. */
export const tailLine = (checked: Shown, view: View): string => {
  const { colors, width } = view;
  const { topic, record } = checked;
  const time = timestamp(record.timestamp as Instant).slice(TIME_OF_DAY.from, TIME_OF_DAY.to);
  const place = `${topic}/${record.partition}/${record.offset}`;
  const line =
    checked.kind === 'bad'
      ? `${time}  ${colors.red(pad(`BAD ${checked.code}`, TYPE_WIDTH))}  ${oneLine(place)}  ${oneLine(checked.message)}`
      : [
          time,
          paintType(checked.event.type.replace(/^countersign\./, ''), view),
          pad(checked.event.run === undefined ? '-' : shortId(checked.event.run), RUN_WIDTH),
          [...(checked.event.step === undefined ? [] : [colors.bold(oneLine(checked.event.step))]), oneLine(summaryOf(checked.event))].join(': '),
        ].join('  ');
  return width === undefined ? line : cut(line, width);
};

export const tailObject = ({ topic, record, ...checked }: Shown): object => ({
  topic,
  partition: record.partition,
  offset: record.offset,
  recordedAt: timestamp(record.timestamp as Instant),
  ...(checked.kind === 'event' ? { event: checked.event } : { bad: { code: checked.code, message: checked.message } }),
});
