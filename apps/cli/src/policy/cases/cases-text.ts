import { fields } from '../../terminal/fields.js';
import { oneLine } from '../../terminal/safe-text.js';
import type { View } from '../../terminal/view.js';
import { reasonsText, verdictText } from '../verdict-text.js';
import type { Expectation } from './read-cases.js';
import { essenceOf, type CaseResult } from './run-cases.js';

const listed = (values: readonly string[]): string => values.map(oneLine).join(', ') || 'nothing';

const expectedText = ({ expect, rules, codes, tier, quorum, roles }: Expectation): string =>
  [
    `${expect}${rules ? ` by ${listed(rules)}` : ''}`,
    tier === undefined ? undefined : `tier ${tier}`,
    quorum === undefined ? undefined : `quorum ${quorum}`,
    roles ? `roles ${listed(roles)}` : undefined,
    codes ? `codes ${listed(codes)}` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(', ');

const resultText = (result: CaseResult, folder: string, { colors, width }: View): string => {
  const { name, path, line, column, expected, got, differs } = result;
  if (differs.length === 0) return `  ${colors.green('ok')}       ${oneLine(name)}`;
  const why = reasonsText(got);
  return [
    `  ${colors.red('changed')}  ${oneLine(name)}  ${colors.dim(`${oneLine(`${folder}/${path}`)}:${line}:${column}`)}`,
    fields(
      [
        ['expected', expectedText(expected)],
        ['got', verdictText(got, colors)],
        ['why', why === '' ? undefined : why],
      ],
      { indent: 11, width },
    ),
  ].join('\n');
};

/** `7 cases: 1 changed verdict`. */
export const summaryText = (results: readonly CaseResult[]): string => {
  const changed = results.filter(({ differs }) => differs.length > 0).length;
  return `${results.length} case${results.length === 1 ? '' : 's'}: ${changed === 0 ? 'every verdict is as expected' : `${changed} changed verdict${changed === 1 ? '' : 's'}`}`;
};

/** Every case under its file, for people. */
export const casesText = (results: readonly CaseResult[], folder: string, view: View): string =>
  [...Map.groupBy(results, ({ path }) => path)].map(([path, ofFile]) => [oneLine(`${folder}/${path}`), ...ofFile.map((each) => resultText(each, folder, view))].join('\n')).join('\n\n');

export const resultObject = ({ path, line, column, name, expected, got, differs }: CaseResult, folder: string): object => ({
  path: `${folder}/${path}`,
  line,
  column,
  name,
  changed: differs.length > 0,
  differs,
  expected,
  got: { ...essenceOf(got), reasons: got.effect === 'allow' ? [] : got.reasons },
});
