import { slackTierOf } from '../../approval/in-slack.js';
import type { Approver, ApproverDirectory } from '../../config/approver-directory.js';
import type { Pinned } from '../../config/document.js';
import { ANYTHING, fieldChanges, same, subset, type FieldChecks } from './narrowing.js';
import type { Widening } from './widening.js';

const CHECKS: FieldChecks<Approver> = { subject: same, name: ANYTHING, publicKey: same, roles: subset, group: same, slack: (before, after) => after === undefined || after === before };

/** Whose vote counts that did not before. */
export const widenApprovers = (before: ApproverDirectory | undefined, after: Pinned<ApproverDirectory>): readonly Widening[] => [
  ...(subset(before?.fallback, after.document.fallback) ? [] : [{ kind: 'approvers', id: after.id, what: `whoever has a role of ${(after.document.fallback ?? []).join(', ')} can vote where a question escalates` } as const]),
  ...(slackTierOf(after.document) <= slackTierOf(before ?? {}) ? [] : [{ kind: 'approvers', id: after.id, what: `votes of tier ${slackTierOf(after.document)} count where they are cast in Slack` } as const]),
  ...after.document.people.flatMap((person) => {
    const known = before?.people.find(({ subject }) => subject === person.subject);
    const widening = (what: string): Widening => ({ kind: 'approvers', id: after.id, what: `${person.subject} ${what}` });
    if (!known) return [widening(`can vote${person.roles.length > 0 ? ` as ${person.roles.join(', ')}` : ''}`)];
    return fieldChanges(CHECKS, known, person).map((change) => widening(`votes otherwise: ${change}`));
  }),
];
