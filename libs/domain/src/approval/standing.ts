import type { Event, SignedWord } from '@countersign/contracts';
import { parseTimestamp, timestamp, type Instant, type Principal, type Tenant, type Workflow } from '@countersign/kernel';
import { approverOf, authorsFor } from '../control/lookups.js';
import type { ApprovalContext, BallotRefusal, Counted, PersonsWord } from './approval-context.js';
import type { Output } from '../output.js';
import type { ApprovalState, Consent, Delegation } from './approval-state.js';
import { MAX_CONSENT, MAX_DELEGATION, MAX_STANDING } from './constants.js';
import { isStale, VOTE_FRESH } from './voice.js';

/** What people say once and what counts for a while: that somebody stands in for them, and that a run may do something. */

interface Of {
  readonly tenant: Tenant;
  readonly workflow: Workflow;
}

const wordOf = ({ value, jws }: PersonsWord): SignedWord => ({ value, jws });

const refuse = (code: BallotRefusal['code'], message: string): BallotRefusal => ({ code, message });

const hasTooMany = (by: Principal, { delegations, consents }: ApprovalState, now: Instant): boolean =>
  [...delegations.values(), ...consents.values()].filter((one) => one.by === by && now < one.until).length >= MAX_STANDING;

const isTaken = (id: string, { delegations, consents }: ApprovalState): boolean => delegations.has(id) || consents.has(id);

export const delegated = ({ actor, time, data }: Event<'countersign.delegation.given'>, of: Of, state: ApprovalState, { now, controls, word }: ApprovalContext): Counted => {
  const { delegation, to, roles } = data;
  const [from, until] = [parseTimestamp(data.from), parseTimestamp(data.until)];
  const person = approverOf(controls, actor);
  if (!person || !word) return refuse('voter.unknown', `\`${actor}\` is no approver`);
  if (isStale(time, word)) return refuse('vote.stale', `it was signed at ${time}, and came at ${timestamp(word.recordedAt)}`);
  if (from === undefined || until === undefined || until <= from || until <= now || until - from > MAX_DELEGATION) return refuse('delegation.invalid', 'it has to end after it begins, after now, and within 60 days');
  if (to === actor) return refuse('delegation.invalid', 'nobody stands in for themselves');
  if (to !== undefined && !approverOf(controls, to)) return refuse('delegation.invalid', `\`${to}\` is not in the directory of approvers, and nobody could check their votes`);
  const missing = roles.find((role) => !person.roles.includes(role));
  if (missing !== undefined) return refuse('delegation.invalid', `\`${actor}\` has no role \`${missing}\` to lend`);
  if (isTaken(delegation, state)) return refuse('delegation.invalid', 'its id is taken');
  if (hasTooMany(actor, state, now)) return refuse('standing.too-many', `\`${actor}\` has ${MAX_STANDING} delegations and consents already`);
  return [{ type: 'countersign.approval.delegated', ...of, subject: delegation, data: { delegation, by: actor, ...(to !== undefined && { to }), roles, from: data.from, until: data.until, word: wordOf(word) } }];
};

/** Whether its person may vote on what the run will ask is looked at then: nobody knows yet whom the run is for. */
export const consented = ({ actor, time, run, data }: Event<'countersign.consent.given'>, of: Of, state: ApprovalState, { now, controls, word }: ApprovalContext): Counted => {
  const { consent, name, tools, tier } = data;
  const until = parseTimestamp(data.until);
  if (!approverOf(controls, actor) || !word) return refuse('voter.unknown', `\`${actor}\` is no approver`);
  if (isStale(time, word)) return refuse('vote.stale', `it was signed at ${time}, and came at ${timestamp(word.recordedAt)}`);
  if (authorsFor(controls, of.tenant, of.workflow).includes(actor)) return refuse('voter.is-author', `\`${actor}\` put the agent's contract in force`);
  if (run === undefined) return refuse('consent.invalid', 'a consent is for one run');
  if (until === undefined || until <= now || until - now > MAX_CONSENT + VOTE_FRESH) return refuse('consent.invalid', 'it has to end after now, and within 4 hours');
  if (isTaken(consent, state)) return refuse('consent.invalid', 'its id is taken');
  if (hasTooMany(actor, state, now)) return refuse('standing.too-many', `\`${actor}\` has ${MAX_STANDING} delegations and consents already`);
  return [{ type: 'countersign.approval.consented', ...of, run, subject: consent, data: { consent, by: actor, name, tools, tier, until: data.until, word: wordOf(word) } }];
};

export const standingEnded = ({ actor, data: { standing } }: Event<'countersign.standing.withdrawn'>, { delegations, consents }: ApprovalState): Counted => {
  const found = delegations.get(standing) ?? consents.get(standing);
  if (!found) return refuse('standing.unknown', `there is no delegation and no consent \`${standing}\` any more`);
  if (found.by !== actor) return refuse('standing.not-yours', `it is of \`${found.by}\`, and only they take it back`);
  return [ended(found, 'withdrawn')];
};

/** A delegation or consent counts no more. */
export const ended = (standing: Delegation | Consent, why: 'withdrawn' | 'run-closed'): Output => {
  const { tenant, workflow } = standing;
  const id = 'consent' in standing ? standing.consent : standing.delegation;
  return { type: 'countersign.approval.standing-ended', tenant, workflow, ...('run' in standing && { run: standing.run }), subject: id, data: { standing: id, why } };
};
