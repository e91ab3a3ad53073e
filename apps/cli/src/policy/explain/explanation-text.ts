import { formatDuration } from '@countersign/kernel';
import { fields, type Field } from '../../terminal/fields.js';
import { oneLine } from '../../terminal/safe-text.js';
import { shortHash } from '../../terminal/short.js';
import type { View } from '../../terminal/view.js';
import { reasonsText, rulesOf, verdictText } from '../verdict-text.js';
import type { StatementFinding } from './explain-statements.js';
import type { Explanation } from './explanation.js';

const does = ({ statement, answered }: StatementFinding): string => {
  switch (statement.kind) {
    case 'permit':
      return `permits the tool to agents of contract \`${statement.contract}\``;
    case 'deny':
      return 'denies';
    case 'ask': {
      const { tier, quorum, roles, within } = statement.ask;
      const asked = `asks ${quorum} of ${roles.join(' or ') || 'any approver'} at tier ${tier} within ${formatDuration(within)}`;
      return answered === undefined ? asked : `${asked}; ${answered ? 'answered' : 'not answered'}`;
    }
    case 'require':
      return `rule \`${statement.rule}\` needs \`${statement.attribute}\``;
  }
};

const statementText = (finding: StatementFinding, { colors, width }: View): string => {
  const { statement, fires, tests } = finding;
  const mark = fires ? colors.bold('matches') : colors.dim('no     ');
  const lines: Field[] = tests.map(({ text, holds, input }) => [holds ? 'holds' : 'not', `${oneLine(text)}\n${colors.dim(oneLine(input))}`]);
  return [`  ${mark}  ${oneLine(statement.id)}  ${colors.dim(oneLine(does(finding)))}`, ...(lines.length > 0 ? [fields(lines, { indent: 11, width })] : [])].join('\n');
};

const isAsBefore = ({ verdict, recorded }: Explanation): boolean => recorded === undefined || recorded.effect === verdict.effect;

/** An explanation for people: the verdict, every statement that was looked at, and what it would take. */
export const explanationText = (explanation: Explanation, view: View): string => {
  const { tool, tenant, workflow, at, under, policySet, verdict, recorded, slice, forAllow } = explanation;
  const { colors, width } = view;
  const head = `${colors.bold(oneLine(tool))} of ${oneLine(`${tenant}/${workflow}`)} at ${oneLine(at)}, under ${oneLine(under)} (policy set ${shortHash(policySet)})`;
  const reasons = reasonsText(verdict);
  const about = fields(
    [
      ['verdict', verdictText(verdict, colors)],
      ['why', reasons === '' ? undefined : reasons],
      ['recorded', recorded && !isAsBefore(explanation) ? `${verdictText(recorded, colors)}; the rules alone do not give that` : undefined],
    ],
    { indent: 0, width },
  );
  const looked = slice && !slice.fault ? [`${colors.bold('looked at')}\n${slice.statements.map((each) => statementText(each, view)).join('\n')}`] : [colors.dim('no rule was looked at')];
  const change = forAllow.length === 0 ? [] : [`${colors.bold('to be allowed')}\n${fields(forAllow.map((each) => ['-', oneLine(each)] as const), { width })}`];
  return [`${head}\n${about}`, ...looked, ...change].join('\n\n');
};

const statementObject = ({ statement, fires, answered, tests }: StatementFinding): object => ({ id: statement.id, kind: statement.kind, matches: fires, ...(answered === undefined ? {} : { answered }), ...(statement.kind === 'ask' ? { ask: statement.ask } : {}), tests });

export const explanationObject = ({ slice, verdict, recorded, ...about }: Explanation): object => ({
  ...about,
  verdict: { ...verdict, rules: rulesOf(verdict) },
  ...(recorded && { recorded: { ...recorded, rules: rulesOf(recorded) } }),
  ...(slice?.fault && { fault: slice.fault }),
  statements: (slice?.statements ?? []).map(statementObject),
});
