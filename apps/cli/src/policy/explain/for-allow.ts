import type { AgentContract, ToolContract, Verdict } from '@countersign/domain';
import { formatDuration } from '@countersign/kernel';
import type { SliceFinding, StatementFinding } from './explain-statements.js';

interface About {
  readonly tool: ToolContract;
  readonly contract: AgentContract;
}

const askText = ({ statement }: StatementFinding): string => {
  if (statement.kind !== 'ask') return '';
  const { tier, quorum, roles, within } = statement.ask;
  return `${quorum} of ${roles.join(' or ') || 'any approver'} would have to agree within ${formatDuration(within)}, asked at tier ${tier}`;
};

const wayRound = (finding: StatementFinding, { tool }: About): string | undefined => {
  const { statement, fires, answered, tests } = finding;
  if (!fires || statement.kind === 'permit') return undefined;
  switch (statement.kind) {
    case 'ask':
      return answered ? undefined : `${statement.id}: ${askText(finding)}`;
    case 'deny':
      return `${statement.id}: ${tests.length === 0 ? 'no call of the tool passes this rule' : `this would have to be otherwise: ${tests.map(({ text }) => text).join(', or that ')}`}`;
    case 'require': {
      const arg = tool.attributes[statement.attribute]?.arg;
      return `${statement.rule}: the call would have to give \`${statement.attribute}\`${arg === undefined ? '' : `, argument ${arg}`}`;
    }
  }
};

/** What would have to be otherwise for the call to be allowed, one thing a line; nothing where it is. */
export const forAllow = (verdict: Verdict, slice: SliceFinding | undefined, about: About | undefined): readonly string[] => {
  if (verdict.effect === 'allow') return [];
  // Denied before rules were looked at, or by what no statement says: the reasons are all there is to change.
  if (!slice || slice.fault || !about) return (slice?.fault ? [slice.fault] : verdict.reasons).map(({ rule, message }) => `${rule}: ${message}`);
  const { tool, contract } = about;
  const isPermitted = slice.statements.some(({ statement, fires }) => statement.kind === 'permit' && fires);
  const permit = isPermitted ? [] : [`contract.${contract.id}: the contract would have to list \`${tool.id}\` under \`${tool.effect}\``];
  return [...permit, ...slice.statements.map((each) => wayRound(each, about)).filter((each) => each !== undefined)];
};
