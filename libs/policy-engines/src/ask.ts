import type { Millis } from '@countersign/kernel';
import type { Ask } from './compiled-set.js';

const sharedRoles = (asks: readonly Ask[]): readonly string[] | undefined => {
  const [first, ...rest] = asks.map((ask) => ask.roles).filter((roles) => roles.length > 0);
  if (!first) return [];
  const shared = first.filter((role) => rest.every((roles) => roles.includes(role)));
  return shared.length > 0 ? shared : undefined;
};

const earliest = (times: readonly (Millis | undefined)[]): Millis | undefined => {
  const given = times.filter((time) => time !== undefined);
  return given.length > 0 ? (Math.min(...given) as Millis) : undefined;
};

/** A rule that names other fallback roles than the rest has not agreed to theirs: nobody else is asked then. */
const sharedFallback = ([first, ...rest]: readonly Ask[]): readonly string[] | undefined =>
  rest.every(({ escalateTo }) => escalateTo?.join() === first?.escalateTo?.join()) ? first?.escalateTo : [];

/**
 * One question that answers all asking rules at once: the highest tier and quorum, the shortest deadline, and the roles that
 * each of them accepts. `undefined` where they share no role: votes of any single group would leave a rule unanswered.
 */
export const strictest = (asks: readonly Ask[]): Ask | undefined => {
  const roles = sharedRoles(asks);
  if (!roles) return undefined;
  const remind = earliest(asks.map((ask) => ask.remind));
  const escalate = earliest(asks.map((ask) => ask.escalate));
  const escalateTo = sharedFallback(asks);
  return {
    tier: Math.max(...asks.map((ask) => ask.tier)),
    quorum: Math.max(...asks.map((ask) => ask.quorum)),
    roles,
    within: Math.min(...asks.map((ask) => ask.within)) as Millis,
    ...(remind !== undefined && { remind }),
    ...(escalate !== undefined && { escalate }),
    ...(escalateTo && { escalateTo }),
  };
};
