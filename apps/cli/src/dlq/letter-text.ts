import { fields } from '../terminal/fields.js';
import { oneLine, safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';
import type { Letter } from './letters.js';

const placeOf = ({ topic, partition, offset }: Letter): string => `${oneLine(topic)}/${partition}/${offset}`;

/** What has to be known of a letter before it is redriven. */
const ON_LOG = { other: 'not as on the log', gone: 'gone from the log', unread: 'not compared with the log' } as const;

export const lettersTable = (letters: readonly Letter[], { colors, now, width }: View): string =>
  table(
    ['ID', 'WHEN', 'CODE', 'RECORD', 'MESSAGE'].map((title) => colors.bold(title)),
    letters.map((letter) => [letter.id, relative(letter.at, now), letter.redriven ? colors.dim(`${oneLine(letter.code)}, redriven`) : colors.red(oneLine(letter.code)), letter.onLog === 'other' ? `${placeOf(letter)}, ${colors.red(ON_LOG.other)}` : placeOf(letter), oneLine(letter.message)]),
    width,
  );

/** Bytes for people: JSON laid out, other text as it is, the rest as hex. */
const valueText = (value: Buffer | null): string => {
  if (value === null) return '(no value)';
  const text = value.toString('utf8');
  if (!Buffer.from(text).equals(value)) return value.toString('hex');
  try {
    return safeText(JSON.stringify(JSON.parse(text), undefined, 2));
  } catch {
    return safeText(text);
  }
};

const HEADERS_OF_LETTER = /^cs-(code|message|topic|partition|offset)$/;

export const letterText = (letter: Letter, { colors, now, width, command }: View): string => {
  const headers = Object.entries(letter.record.headers).filter(([name]) => !HEADERS_OF_LETTER.test(name));
  return [
    `${colors.bold(`dead letter ${letter.id}`)}  ${colors.red(oneLine(letter.code))}`,
    fields(
      [
        ['why', oneLine(letter.message)],
        ['when', relative(letter.at, now)],
        ['record', letter.onLog === 'same' ? placeOf(letter) : `${placeOf(letter)}, ${letter.onLog === 'other' ? colors.red(ON_LOG.other) : ON_LOG[letter.onLog]}`],
        ['key', letter.record.key === null ? undefined : oneLine(letter.record.key.toString())],
        ...headers.map(([name, value]) => [oneLine(name), oneLine(value.toString())] as const),
        ['redriven', letter.redriven ? 'yes' : undefined],
        ['again', command(`dlq redrive ${letter.id}`)],
      ],
      { width },
    ),
    valueText(letter.record.value),
  ].join('\n\n');
};

export const letterObject = ({ id, service, at, code, message, topic, partition, offset, redriven, onLog }: Letter): object => ({ id, service, at, code, message, record: { topic, partition, offset }, redriven, onLog });
