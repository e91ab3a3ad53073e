import { destinationPatternFault } from '@countersign/domain';
import type { Json } from '@countersign/kernel';
import type { DestinationTest } from '../fact-values.js';
import { andThen, type Reading, readItems, readList, readLiteral, readPattern } from './read-literal.js';
import type { Term } from './vocabulary.js';

const TEXT: Term = { type: 'text', money: false };
const EXPRESSION = /^\s*(==|!=|(?:not_in|in|matches)(?=[\s[]))\s*(\S.*?)\s*$/s;
const NEEDED = '`destination` needs `in`, `not_in`, `==`, `!=` or `matches` and places such as `email:*@example.com`';

const checked = (text: string): Reading<string> =>
  andThen(readPattern(text), (pattern) => {
    const fault = destinationPatternFault(pattern);
    return fault === undefined ? { value: pattern } : { fault };
  });

const test = (one: DestinationTest['one'], texts: readonly (string | number)[]): Reading<DestinationTest> => {
  const patterns: string[] = [];
  for (const text of texts) {
    const reading = checked(String(text));
    if ('fault' in reading) return reading;
    patterns.push(reading.value);
  }
  return { value: { fact: 'destination', one, patterns } };
};

const exact = (one: DestinationTest['one'], text: string): Reading<DestinationTest> =>
  andThen(readLiteral(text, TEXT), (place) => (String(place).includes('*') ? { fault: `\`${place}\` is a pattern: use \`matches\`, \`in\` or \`not_in\`` } : test(one, [place])));

/** Reads `in [email:*@example.com, host:api.example.com]`, `not_in [...]`, `== account:7`, `!= account:7`, `matches email:*@example.com`; a list means `in`. */
export const readDestination = (condition: Json): Reading<DestinationTest> => {
  if (Array.isArray(condition)) return andThen(readItems(condition, TEXT), (items) => test('among', items));
  const [, operator = '', text = ''] = (typeof condition === 'string' ? EXPRESSION.exec(condition) : null) ?? [];
  switch (operator) {
    case 'in':
      return andThen(readList(text, TEXT), (items) => test('among', items));
    case 'not_in':
      return andThen(readList(text, TEXT), (items) => test('outside', items));
    case '==':
      return exact('among', text);
    case '!=':
      return exact('outside', text);
    case 'matches':
      return andThen(readLiteral(text, TEXT), (pattern) => test('among', [pattern]));
    default:
      return { fault: NEEDED };
  }
};
