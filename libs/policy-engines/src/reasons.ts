import type { Reason } from '@countersign/contracts';
import type { Verdict } from '@countersign/domain';
import type { Statement } from './compiled-set.js';
import type { ReasonCode } from './reason-codes.js';

/** Stands in a reason where no rule is to blame. */
export const ENGINE = 'engine';

/** A decision is one event beside the action itself, so a call that a hundred rules forbid names ten of them. */
const MAX_REASONS = 10;

export const told = (reasons: readonly Reason[]): readonly Reason[] => {
  const [next] = reasons.slice(MAX_REASONS);
  return next ? [...reasons.slice(0, MAX_REASONS), { rule: ENGINE, code: next.code, message: `and ${reasons.length - MAX_REASONS} more rules` }] : reasons;
};

export const reason = (rule: string, code: ReasonCode, message: string): Reason => ({ rule, code, message });

export const deny = (...reasons: readonly Reason[]): Verdict => ({ effect: 'deny', reasons: told(reasons) });

/** Why a statement that matched stands in the way; a permit does not. */
export const reasonsOf = (statement: Statement): Reason[] => {
  switch (statement.kind) {
    case 'permit':
      return [];
    case 'deny':
    case 'ask':
      return [reason(statement.id, statement.code, statement.message)];
    case 'require':
      return [reason(statement.rule, 'field.missing', statement.message)];
  }
};
