import type { Json, JsonObject } from '@countersign/kernel';
import type { AttributeValue } from '../attributes.js';
import { type CompiledSet, type Comparison, type FactTest, isComparison, type Statement, type Test, voterGroup } from '../compiled-set.js';
import { destinationKey } from '../fact-values.js';

/** A set as `policy.rego` reads it. */

const MEANS_SOMETHING = /[\\^$.|?+()[\]{}]/g;

/** Our globs have `*` alone. `(?s)`: it stands for line ends too. */
const regexOf = (glob: string): string => `(?s)^${glob.replaceAll(MEANS_SOMETHING, String.raw`\$&`).replaceAll('*', '.*')}$`;

const among = (attribute: string, operator: 'in' | 'not_in', values: readonly AttributeValue[]): JsonObject => ({ operator, attribute, type: typeof values[0] === 'number' ? 'number' : 'string', values: [...values] });

const comparison = (test: Comparison): JsonObject => {
  const { attribute } = test;
  switch (test.operator) {
    case '>':
    case '>=':
    case '<':
    case '<=':
      return { operator: test.operator, attribute, type: 'number', value: test.value };
    case '==':
      return among(attribute, 'in', [test.value]);
    case '!=':
      return among(attribute, 'not_in', [test.value]);
    case 'in':
    case 'not_in':
      return among(attribute, test.operator, test.values);
    case 'matches':
      return { operator: 'matches', attribute, type: 'string', pattern: regexOf(test.pattern) };
  }
};

const factTest = (test: FactTest): JsonObject => {
  switch (test.fact) {
    case 'taint':
    case 'contains':
    case 'origin':
      return { operator: 'any', fact: test.fact, values: [...test.any] };
    case 'stage':
    case 'mode':
      return { operator: 'is', fact: test.fact, values: [...test.any] };
    case 'destination':
      return { operator: 'destination', key: destinationKey(test) };
    case 'outside_window':
      return { operator: 'outside_window', spans: test.windows.flatMap(({ zone, spans }) => spans.map(({ days, from, until }) => ({ zone, days: [...days], from, until }))) };
  }
};

const tests = (when: readonly Test[]): Json => when.map((test) => (isComparison(test) ? comparison(test) : factTest(test)));

const statementData = (statement: Statement): JsonObject => {
  const { kind, id } = statement;
  switch (statement.kind) {
    case 'permit':
      return { kind, id, contract: statement.contract };
    case 'deny':
      return { kind, id, when: tests(statement.when) };
    case 'ask': {
      const { tier, quorum, roles } = statement.ask;
      return { kind, id, when: tests(statement.when), tier, quorum, group: voterGroup(roles) };
    }
    case 'require':
      return { kind, id, attribute: statement.attribute };
  }
};

export const opaData = ({ slices }: CompiledSet): JsonObject => ({ slices: Object.fromEntries([...slices].map(([tool, { statements }]) => [tool, statements.map(statementData)])) });
