import type { Json } from '@countersign/kernel';
import type { Comparison } from '../compiled-set.js';
import { readItems, readList, readLiteral, readNumber, type Reading, unquoted } from './read-literal.js';
import type { Term } from './vocabulary.js';

export const OPERATORS = ['>', '>=', '<', '<=', '==', '!=', 'in', 'not_in', 'matches'] as const;
type Operator = (typeof OPERATORS)[number];

const EXPRESSION = /^\s*(>=|<=|==|!=|>|<|(?:not_in|in|matches)(?=[\s[]))\s*(\S.*?)\s*$/s;
/** Would mean something in other glob languages; taken as themselves they would silently never match. */
const FOREIGN_GLOB = /[?[\]{}]/;

const then = <From, To>(reading: Reading<From>, next: (value: From) => Reading<To>): Reading<To> => ('fault' in reading ? reading : next(reading.value));

const compare = (attribute: string, operator: Operator, text: string, term: Term): Reading<Comparison> => {
  switch (operator) {
    case '>':
    case '>=':
    case '<':
    case '<=':
      if (term.type !== 'integer') return { fault: `\`${operator}\` compares numbers, and \`${attribute}\` is text` };
      return then(readNumber(text, term), (value) => ({ value: { attribute, operator, value } }));
    case '==':
    case '!=':
      return then(readLiteral(text, term), (value) => ({ value: { attribute, operator, value } }));
    case 'in':
    case 'not_in':
      return then(readList(text, term), (values) => ({ value: { attribute, operator, values } }));
    case 'matches':
      if (term.type !== 'text') return { fault: `\`matches\` compares texts, and \`${attribute}\` is a number` };
      return then(unquoted(text), (pattern) =>
        FOREIGN_GLOB.test(pattern) ? { fault: `\`${pattern}\` is no pattern: only \`*\` has a meaning` } : { value: { attribute, operator, pattern } },
      );
  }
};

const isOperator = (text: string): text is Operator => OPERATORS.some((operator) => operator === text);

/** Reads `> 100`, `!= "eur"`, `in [a, b]`, `matches *@example.com`; a bare number means `==`, a list means `in`. */
export const readComparison = (attribute: string, condition: Json, term: Term): Reading<Comparison> => {
  if (typeof condition === 'number') return compare(attribute, '==', String(condition), term);
  if (Array.isArray(condition)) return then(readItems(condition, term), (values) => ({ value: { attribute, operator: 'in', values } }));
  const match = typeof condition === 'string' ? EXPRESSION.exec(condition) : null;
  const [, operator = '', text = ''] = match ?? [];
  if (isOperator(operator)) return compare(attribute, operator, text, term);
  return { fault: `\`${attribute}\` needs an operator (${OPERATORS.map((each) => `\`${each}\``).join(' ')}) and a value, such as \`${term.type === 'integer' ? '> 100' : '== eur'}\`` };
};
