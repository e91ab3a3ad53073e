import { formatDuration } from '@countersign/kernel';
import type { Verdict } from '@countersign/domain';
import { oneLine } from '../terminal/safe-text.js';
import type { Colors } from '../terminal/terminal.js';

/** Names of the rules and permits that a verdict rests on, each once, sorted. */
export const rulesOf = (verdict: Verdict): readonly string[] => [...new Set(verdict.effect === 'allow' ? verdict.rules : verdict.reasons.map(({ rule }) => rule))].toSorted();

export const EFFECTS = ['allow', 'ask', 'deny'] as const satisfies readonly Verdict['effect'][];

export const paintEffect = (effect: Verdict['effect'], text: string, colors: Colors): string => {
  const paint = { allow: colors.green, ask: colors.cyan, deny: colors.red }[effect];
  return paint(text);
};

const byRules = (verdict: Verdict): string => {
  const rules = rulesOf(verdict).map(oneLine).join(', ');
  return rules === '' ? '' : ` by ${rules}`;
};

/** `ask by refund_requires_approval: tier 2, 1 of finance within 24h`. */
export const verdictText = (verdict: Verdict, colors: Colors): string => {
  const effect = paintEffect(verdict.effect, verdict.effect, colors);
  if (verdict.effect !== 'ask') return `${effect}${byRules(verdict)}`;
  const { tier, quorum, roles, within } = verdict;
  return `${effect}${byRules(verdict)}: tier ${tier}, ${quorum} of ${roles.map(oneLine).join(' or ') || 'any approver'} within ${formatDuration(within)}`;
};

/** Why, one reason a line; nothing of what is allowed. */
export const reasonsText = (verdict: Verdict): string => (verdict.effect === 'allow' ? '' : verdict.reasons.map(({ rule, code, message }) => `${oneLine(rule)} ${oneLine(code)}: ${oneLine(message)}`).join('\n'));
