import { actionHashOf, encodeEvent, newEvent, orderingKey, partitionOf, type Action, type Event, type SignedVote } from '@countersign/contracts';
import type { Unsigned } from '@countersign/bus';
import { contractFor, initialControls, policySetOf, toolNamed, type ControlState } from '@countersign/domain';
import { humanPrincipal, upstreamPrincipal, agentPrincipal, signAsPerson } from '@countersign/identity';
import { deterministicId, hours, idempotencyKeyOf, runIdOf, timestamp, type Instant, type MicroUsd, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { controlsFold, controlVerifier } from '@countersign/service';
import { APPROVERS, jwsOf, KEYS, ROOT, type Signatory } from './desk.ts';
import { PARTITIONS, type World } from './world.ts';

export type Grant = Event<'countersign.action.allowed'>;
export const TENANT = 'acme' as Tenant;
export const GLOBEX = 'globex' as Tenant;
export const WORKFLOW = 'desk' as Workflow;
export const keyOf = ({ tenant = TENANT, workflow = WORKFLOW }: Pick<Grant, 'tenant' | 'workflow'>): Buffer => Buffer.from(orderingKey(tenant, workflow));
/** The desks of both tenants lie in it. */
export const HOME = partitionOf(keyOf({}), PARTITIONS);
export const ELSEWHERE = (HOME + 1) % PARTITIONS;

/** What people have put in force in a world. */
export const controlsOf = (world: World): ControlState => {
  const verify = controlVerifier(ROOT);
  let state = initialControls();
  for (const record of world.records('controls', 0)) {
    try {
      state = controlsFold.evolve(state, verify(record), record);
    } catch {
      // A forged one.
    }
  }
  return state;
};

/** The one of the two that a grant is not of. */
export const tenantBeside = ({ tenant }: Grant): Tenant => (tenant === TENANT ? GLOBEX : TENANT);

export type BallotChange = Partial<Event<'countersign.ballot.cast'>['data']> & { readonly run?: RunId; readonly tenant?: Tenant };

/** A ballot's bytes on a grant. */
export const ballotOn = ({ tenant = TENANT, run, step, data }: Pick<Grant, 'tenant' | 'run' | 'step' | 'data'>, voter: Principal, { run: otherRun, tenant: otherTenant, ...change }: BallotChange = {}): Buffer =>
  encodeEvent(
    newEvent({
      service: 'operator', type: 'countersign.ballot.cast', tenant: otherTenant ?? tenant, workflow: WORKFLOW, run: otherRun ?? run, step, actor: change.voter ?? voter,
      subject: `${data.approval} ${voter}`, now: Date.now() as Instant,
      data: { approval: data.approval ?? 'none', actionHash: data.actionHash, choice: 'approve', voter, reason: `checked ${data.jti}`, ...change },
    }),
  );

export const voteOf = (grant: Grant, who: Signatory, change: BallotChange = {}): SignedVote => {
  const value = ballotOn(grant, who.subject, change);
  return { value: value.toString(), jws: jwsOf(value, [who]) };
};

/** A vote as the Slack service signs it for a user, with a key that may be another one's. */
export const slackVoteOf = (grant: Grant, who: Signatory, user: string, change: BallotChange = {}, by = KEYS.slack): SignedVote => {
  const value = ballotOn(grant, who.subject, { via: { slack: { team: 'T0SIMULATED', user } }, ...change });
  return { value: value.toString(), jws: signAsPerson(value, by.key, by.id) };
};

/** A grant that rests on two people, as policy writes it: the executor acts on it. Another number is another one in whatever it says; its amount is below what forgeries raise it to. */
export const grantNumber = (world: World, number: number, controls = controlsOf(world)): Grant => {
  const now = Date.now();
  const tenant = number % 3 === 0 ? GLOBEX : TENANT;
  const run = runIdOf(tenant, WORKFLOW, '/tests/forgery', `task-${number}`);
  const step = `two-${number % 7}` as StepId;
  const tool = toolNamed(controls, 'desk.two');
  const contract = contractFor(controls, tenant, WORKFLOW);
  if (!tool || !contract) throw new Error('the desk is not in force');
  const action: Action = { tenant, workflow: WORKFLOW, run, step, tool: tool.document.id, toolContractHash: tool.hash, args: { amount_cents: 100 + (number % 9_000), charge_id: `ch_${number}`, reason: `café for test ${number}` }, destination: tool.document.connection, idempotencyKey: idempotencyKeyOf(tenant, run, step), dryRun: false };
  const data: Grant['data'] = {
    action, actionHash: actionHashOf(action), iss: 'policy', aud: 'executor', sub: upstreamPrincipal(tenant), act: agentPrincipal(tenant, WORKFLOW, contract.document.id),
    iat: Math.floor(now / 1_000), exp: Math.floor(now / 1_000) + 60 - (number % 5), jti: deterministicId('jti', run), cnf: KEYS.executor.id, policySet: policySetOf(controls).hash, controlEpoch: controls.epoch,
    reservation: { microUsd: (1_000_000 + number) as MicroUsd, toolCalls: 1, writes: 1, records: 1, retries: 10, wallClockMs: 0, day: timestamp(now as Instant).slice(0, 10), month: timestamp(now as Instant).slice(0, 7) }, rules: ['desk_asks_two'], approval: deterministicId('approval', run), votes: [], tier: 3, quorum: 2, roles: ['finance'], runDeadline: timestamp((now + hours(1) + number) as Instant),
  };
  const grant = newEvent({ service: 'policy', type: 'countersign.action.allowed', tenant, workflow: WORKFLOW, run, step, subject: data.jti, controlEpoch: controls.epoch, now: now as Instant, data });
  return withData(grant, { votes: [voteOf(grant, APPROVERS.ada), voteOf(grant, APPROVERS.grace)] });
};

/** With something else in its payload. */
export const withData = (grant: Grant, change: Partial<Grant['data']>): Grant => ({ ...grant, data: Object.assign({}, grant.data, change) });

/** With another action under the hash that is its own. */
export const withAction = (grant: Grant, change: Partial<Action>): Grant => {
  const action = Object.assign({}, grant.data.action, change);
  return withData(grant, { action, actionHash: actionHashOf(action) });
};

export const unsigned = (grant: Grant): Unsigned => ({ key: keyOf(grant), value: encodeEvent(grant) });
export const somebody = (number: number): Principal => humanPrincipal(`person-${number}`);
