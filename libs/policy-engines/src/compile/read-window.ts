import { isTimeZone } from '@countersign/kernel';
import type { Span, Window } from '../compiled-set.js';
import type { Reading } from './read-literal.js';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const EXAMPLE = '`mon-fri 08:00-18:00 Europe/Berlin`';
const WINDOW = /^(\S+)\s+(\d\d):(\d\d)-(\d\d):(\d\d)\s+([A-Za-z][\w/+-]*)$/;
export const MINUTES_OF_DAY = 1_440;
/** More windows than this are a calendar, which a rule is not. */
export const MAX_WINDOWS = 20;

const dayOf = (name: string): number => DAYS.findIndex((day) => day === name) + 1;
const dayAfter = (day: number): number => (day % DAYS.length) + 1;

/** `mon`, `mon-fri`, `sat-mon`, and several with commas; `undefined` for anything else. */
const daysOf = (text: string): readonly number[] | undefined => {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = 0, last = first, ...more] = part.split('-').map(dayOf);
    if (first === 0 || last === 0 || more.length > 0) return undefined;
    for (let day = first; days.add(day) && day !== last; ) day = dayAfter(day);
  }
  return [...days].toSorted((a, b) => a - b);
};

const minuteOf = (hour: string, minute: string): number => (Number(minute) < 60 ? Number(hour) * 60 + Number(minute) : Number.NaN);

/** One that ends before it begins runs over midnight: it is of the day on which it begins. */
const spansOf = (days: readonly number[], from: number, until: number): readonly Span[] =>
  until > from
    ? [{ days, from, until }]
    : [{ days, from, until: MINUTES_OF_DAY }, ...(until > 0 ? [{ days: days.map(dayAfter).toSorted((a, b) => a - b), from: 0, until }] : [])];

const readWindow = (text: string): Reading<Window> => {
  const [, names = '', fromHour = '', fromMinute = '', untilHour = '', untilMinute = '', zone = ''] = WINDOW.exec(text) ?? [];
  const days = daysOf(names);
  const from = minuteOf(fromHour, fromMinute);
  const until = minuteOf(untilHour, untilMinute);
  if (!days || !(from < MINUTES_OF_DAY) || !(until <= MINUTES_OF_DAY)) return { fault: `\`${text}\` is no window such as ${EXAMPLE}` };
  if (from === until) return { fault: `\`${text}\` has no length; a whole day is \`00:00-24:00\`` };
  if (!isTimeZone(zone)) return { fault: `\`${zone}\` is no time zone such as \`Europe/Berlin\`` };
  return { value: { text: text.replaceAll(/\s+/g, ' '), zone, spans: spansOf(days, from, until) } };
};

/** Reads `mon-fri 08:00-18:00 Europe/Berlin`, and several of them with `;` between. */
export const readWindows = (text: string): Reading<readonly Window[]> => {
  const windows: Window[] = [];
  for (const part of text.split(';')) {
    const reading = readWindow(part.trim());
    if ('fault' in reading) return reading;
    windows.push(reading.value);
  }
  return windows.length <= MAX_WINDOWS ? { value: windows } : { fault: `these are ${windows.length} windows, and a rule has at most ${MAX_WINDOWS}` };
};
