import type { Json } from '@countersign/kernel';
import type { Comparison } from '../compiled-set.js';
import { andThen, type Reading, readItems, readList, readLiteral, readNumber, readPattern, unquoted } from './read-literal.js';
import type { Term } from './vocabulary.js';

export const OPERATORS = ['>', '>=', '<', '<=', '==', '!=', 'in', 'not_in', 'matches'] as const;
type Operator = (typeof OPERATORS)[number];

const EXPRESSION = /^\s*(>=|<=|==|!=|>|<|(?:not_in|in|matches)(?=[\s[]))\s*(\S.*?)\s*$/s;
const compare = (attribute: string, operator: Operator, text: string, term: Term): Reading<Comparison> => {
  switch (operator) {
    case '>':
    case '>=':
    case '<':
    case '<=':
      if (term.type !== 'integer') return { fault: `\`${operator}\` compares numbers, and \`${attribute}\` is text` };
      return andThen(readNumber(text, term), (value) => ({ value: { attribute, operator, value } }));
    case '==':
    case '!=':
      return andThen(readLiteral(text, term), (value) => ({ value: { attribute, operator, value } }));
    case 'in':
    case 'not_in':
      return andThen(readList(text, term), (values) => ({ value: { attribute, operator, values } }));
    case 'matches':
      if (term.type !== 'text') return { fault: `\`matches\` compares texts, and \`${attribute}\` is a number` };
      return andThen(unquoted(text), (pattern) =>
        andThen(readPattern(pattern), (checked) => ({ value: { attribute, operator, pattern: checked } })),
      );
  }
};

const isOperator = (text: string): text is Operator => OPERATORS.some((operator) => operator === text);

/** Between two numbers: the one text in which ` and ` cannot be meant otherwise. */
const AND = /\s+and\s+/;

const readExpression = (attribute: string, text: unknown, term: Term): Reading<Comparison> => {
  const match = typeof text === 'string' ? EXPRESSION.exec(text) : null;
  const [, operator = '', operand = ''] = match ?? [];
  if (isOperator(operator)) return compare(attribute, operator, operand, term);
  return { fault: `\`${attribute}\` needs an operator (${OPERATORS.map((each) => `\`${each}\``).join(' ')}) and a value, such as \`${term.type === 'integer' ? '> 100' : '== eur'}\`` };
};

/** Reads `> 100`, `> 100 and <= 500`, `!= "eur"`, `in [a, b]`, `matches *@example.com`; a bare number means `==`, a list means `in`. */
export const readComparisons = (attribute: string, condition: Json, term: Term): Reading<readonly Comparison[]> => {
  if (typeof condition === 'number') return andThen(compare(attribute, '==', String(condition), term), (value) => ({ value: [value] }));
  if (Array.isArray(condition)) return andThen(readItems(condition, term), (values) => ({ value: [{ attribute, operator: 'in', values }] }));
  const texts = term.type === 'integer' && typeof condition === 'string' ? condition.split(AND) : [condition];
  const comparisons: Comparison[] = [];
  for (const text of texts) {
    const reading = readExpression(attribute, text, term);
    if ('fault' in reading) return reading;
    comparisons.push(reading.value);
  }
  return { value: comparisons };
};
