import { actionHashOf, type Event } from '@countersign/contracts';
import { idempotencyKeyOf, timestamp, type Instant, type KeyId, type Principal, type Sha256 } from '@countersign/kernel';
import { AMOUNTS, LIMIT_OF, MAX_CLOCK_SKEW, reservationOf, type ApproverDirectory, type Charged, type SlackKeys, type ToolContract } from '@countersign/domain';
import { againFault } from './answer.js';
import { checkVotes } from './grant-votes.js';

export type GrantFault =
  | 'hash.mismatch'
  | 'audience.wrong'
  | 'key.wrong'
  | 'expired'
  | 'not-yet-valid'
  | 'lifetime.too-long'
  | 'controls.behind'
  | 'reservation.missing'
  | 'reservation.too-small'
  | 'again.invalid'
  | 'votes.missing'
  | 'vote.invalid'
  | 'voter.duplicate'
  | 'voter.not-entitled'
  | 'voter.is-subject'
  | 'voter.is-author'
  | 'group.duplicate'
  | 'vote.no-step-up'
  | 'vote.in-slack'
  | 'quorum.not-met';

export type GrantVerdict = { readonly ok: true } | { readonly ok: false; readonly code: GrantFault; readonly message: string };

export interface GrantContext {
  readonly now: Instant;
  /** Keys that the executor itself holds. */
  readonly executorKeys: readonly KeyId[];
  /** Offset in `controls` up to which the executor has read; -1 where it has read nothing. */
  readonly controlEpoch: number;
  /** Absent where none is in force: then no vote counts. */
  readonly directory: ApproverDirectory | undefined;
  /** Keys of the Slack service that are good now, by the executor's own controls; absent: no vote that was cast in Slack counts. */
  readonly slackKeys?: SlackKeys | undefined;
  /** Who put the agent contract of the action in force, by the executor's own controls. */
  readonly authors: readonly Principal[];
  /** Roles that answer what runs of the agent contract ask, by the executor's own controls. */
  readonly answering: readonly string[];
  /** Hash of the tool contract that would be used, and what it says, by the executor's own controls; absent where it has none. */
  readonly toolContractHash: Sha256 | undefined;
  readonly tool: (Charged & Pick<ToolContract, 'reversible'>) | undefined;
}

/** From policy's `iat` to `exp`, at most. */
export const MAX_GRANT_SECONDS = 60;

const refused = (code: GrantFault, message: string): GrantVerdict => ({ ok: false, code, message });
const OK: GrantVerdict = { ok: true };

type Grant = Event<'countersign.action.allowed'>;
type Question = Event<'countersign.approval.required'>;

/** The action is what was hashed, is of the event's own run and step, and is called with the key that only we make. */
const checkAction = (grant: Grant | Question, toolContractHash: Sha256 | undefined): GrantVerdict => {
  const { action, actionHash } = grant.data;
  if (actionHashOf(action) !== actionHash) return refused('hash.mismatch', 'the action is not the one that was hashed');
  const places = ['tenant', 'workflow', 'run', 'step'] as const;
  const other = places.find((place) => action[place] !== grant[place]);
  if (other !== undefined) return refused('hash.mismatch', `the action is of another ${other} than its grant`);
  if (action.idempotencyKey !== idempotencyKeyOf(action.tenant, action.run, action.step)) return refused('hash.mismatch', 'the idempotency key is not that of the step');
  if (action.toolContractHash !== toolContractHash) return refused('hash.mismatch', 'the tool contract is not the one that the action pins');
  return OK;
};

/** What it can use was set aside before: by what the tool's contract says, and not by what policy says of it. */
const checkReservation = ({ data: { action, reservation } }: Grant, tool: Charged | undefined): GrantVerdict => {
  const takes = tool && reservationOf(action, tool);
  if (reservation.toolCalls < 1 || (takes && reservation.writes < takes.writes)) return refused('reservation.missing', 'no call is reserved for the action');
  if (tool && !takes) return refused('reservation.missing', `the call does not say how many records \`${action.tool}\` changes`);
  const short = takes && AMOUNTS.find((amount) => reservation[amount] < takes[amount]);
  return short ? refused('reservation.too-small', `${LIMIT_OF[short]}: ${reservation[short]} is reserved, and the action can take ${takes[short]}`) : OK;
};

const checkTimes = (data: Pick<Grant['data'], 'iat' | 'exp'>, now: Instant): GrantVerdict => {
  if (data.exp - data.iat > MAX_GRANT_SECONDS) return refused('lifetime.too-long', `the grant is valid for more than ${MAX_GRANT_SECONDS} s`);
  if (now >= data.exp * 1_000) return refused('expired', `the grant was valid until ${timestamp((data.exp * 1_000) as Instant)}`);
  if (now + MAX_CLOCK_SKEW < data.iat * 1_000) return refused('not-yet-valid', `the grant is valid from ${timestamp((data.iat * 1_000) as Instant)}`);
  return OK;
};

const checkAudience = ({ data }: Grant, executorKeys: readonly KeyId[]): GrantVerdict => {
  if (data.iss !== 'policy' || data.aud !== 'executor') return refused('audience.wrong', `the grant is of \`${data.iss}\` for \`${data.aud}\``);
  return checkKey(data, executorKeys);
};

const checkKey = ({ cnf }: Pick<Grant['data'], 'cnf'>, executorKeys: readonly KeyId[]): GrantVerdict => (executorKeys.includes(cnf) ? OK : refused('key.wrong', `the grant is for key \`${cnf}\``));

const checkControls = ({ data: { controlEpoch } }: Grant | Question, read: number): GrantVerdict => (read < controlEpoch ? refused('controls.behind', `controls are read up to ${read}, the grant rests on ${controlEpoch}`) : OK);

/** The first that does not hold. */
const all = (checks: readonly (() => GrantVerdict)[]): GrantVerdict => {
  for (const check of checks) {
    const verdict = check();
    if (!verdict.ok) return verdict;
  }
  return OK;
};

/** What has come to an end is done once more where a person has said so, and only once for each time that one has. */
const checkAgain = (grant: Grant, { directory, slackKeys, answering }: GrantContext): GrantVerdict => {
  const { again } = grant.data;
  const fault = again && againFault(again, grant, { directory, slackKeys, roles: answering });
  return fault === undefined ? OK : refused('again.invalid', fault);
};

/**
 * Whether the executor may act on a grant. That policy signed the event is checked before (`verifySignature`); that the
 * grant was not used before is the executor's fold. Pure.
 */
export const verifyGrant = (grant: Grant, context: GrantContext): GrantVerdict =>
  all([
    () => checkAudience(grant, context.executorKeys),
    () => checkAction(grant, context.toolContractHash),
    () => checkReservation(grant, context.tool),
    () => checkTimes(grant.data, context.now),
    () => checkControls(grant, context.controlEpoch),
    () => checkAgain(grant, context),
    () => checkVotes(grant, { ...context, at: (grant.data.iat * 1_000) as Instant }),
  ]);

/**
 * Whether the executor may ask a tool what the action of a question would do: never more. The same as for a grant, but that nothing is
 * reserved and nobody has voted. Pure.
 */
export const verifyPreviewGrant = (question: Question, context: Pick<GrantContext, 'now' | 'executorKeys' | 'controlEpoch' | 'toolContractHash'>): GrantVerdict => {
  const { preview } = question.data;
  if (!preview) return refused('audience.wrong', 'the question gives no leave to look');
  return all([
    () => checkKey(preview, context.executorKeys),
    () => checkAction(question, context.toolContractHash),
    () => checkTimes(preview, context.now),
    () => checkControls(question, context.controlEpoch),
  ]);
};
