import { CountersignError } from '@countersign/kernel';
import type { Ledger } from '../ledger/ledger-client.js';

/** More than these nobody looks at before they say yes. */
const MOST_AT_ONCE = 50;

/**
 * What a person wants to vote on: ids as they were typed, or what one rule asks for and the person has not answered. Throws `USAGE` where
 * it is neither or both, or too much to be looked at.
 */
export const toVoteOn = async (ledger: Pick<Ledger, 'approvals'>, typed: readonly string[], rule: string | undefined, voter: string): Promise<readonly string[]> => {
  if ((typed.length === 0) === (rule === undefined)) throw new CountersignError('USAGE', 'name approvals, or a rule with `--rule`: one of the two');
  const found = rule === undefined ? [...new Set(typed)] : (await ledger.approvals({ rule, state: 'pending', limit: String(MOST_AT_ONCE + 1) })).approvals.filter(({ votes }) => !votes.some((vote) => vote.voter === voter)).map(({ id }) => id);
  if (found.length === 0) throw new CountersignError('NOT_FOUND', `nothing that waits for you is asked for by rule \`${rule ?? ''}\``);
  if (found.length > MOST_AT_ONCE) throw new CountersignError('USAGE', `that is more than ${MOST_AT_ONCE} at once, and nobody looks at that many`, { hint: 'name those that you mean' });
  return found;
};

/** Throws `USAGE` where approvals of several rules would be answered at once: whoever answers many has one question in mind. */
export const requireOneRule = (approvals: readonly { readonly rules: readonly string[] }[]): void => {
  if (new Set(approvals.map(({ rules }) => rules.toSorted().join(' '))).size > 1) throw new CountersignError('USAGE', 'these are asked for by different rules: answer those of one rule at a time');
};
