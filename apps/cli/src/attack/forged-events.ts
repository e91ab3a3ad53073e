import { actionHashOf, encodeEvent, newEvent, orderingKey, partitionOf, type Action, type EventData, type EventType, type Writer } from '@countersign/contracts';
import { contractFor, newestKeyOf, policySetOf, type ControlState } from '@countersign/domain';
import { agentPrincipal, humanPrincipal, upstreamPrincipal } from '@countersign/identity';
import { deterministicId, idempotencyKeyOf, minutes, runIdOf, sha256, systemClock, timestamp, type Instant, type JsonObject, type KeyId, type MicroUsd, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Loot } from './loot.js';
import type { Plain } from './stage.js';

/** What an attacker writes. It names a run that no task has opened; where all layers failed at once, the tool would be asked for a charge that is not there. */
export class ForgedEvents {
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly partition: number;
  readonly #stamp = systemClock.now();
  #number = 0;

  constructor(
    loot: Loot,
    private readonly controls: ControlState,
    /** The first one of the tenant unless given. */
    workflow?: Workflow,
  ) {
    const [tenant] = loot.tenants;
    this.tenant = tenant as Tenant;
    this.workflow = (workflow ?? controls.active?.contracts.find(({ document }) => document.tenants.some((covered) => covered === tenant))?.document.workflow ?? 'attack') as Workflow;
    this.partition = partitionOf(orderingKey(tenant, this.workflow), loot.partitions);
  }

  /** The first tool of the workflow's contract that changes something, unless another one is named. */
  action(change: Partial<Action> = {}): Action {
    this.#number += 1;
    const contract = contractFor(this.controls, this.tenant, this.workflow)?.document;
    const tool = this.controls.active?.tools.get(change.tool ?? contract?.tools.write[0] ?? '');
    const { run = runIdOf(this.tenant, this.workflow, '/countersign/attack', `${this.#stamp}/${this.#number}`), step = 'attack' as StepId } = change;
    return {
      tenant: this.tenant, workflow: this.workflow, run, step,
      tool: tool?.document.id ?? 'attack.none',
      toolContractHash: tool?.hash ?? sha256('attack'),
      args: { charge_id: 'attack', amount_cents: 1, reason: 'an attack' } satisfies JsonObject,
      destination: tool?.document.connection ?? 'attack',
      idempotencyKey: idempotencyKeyOf(this.tenant, run, step),
      dryRun: false,
      ...change,
    };
  }

  proposal(action: Action, hashed: Action = action, subject: Principal = upstreamPrincipal(this.tenant)): Plain {
    return this.#event('planner', 'countersign.action.proposed', action, {
      action, actionHash: actionHashOf(hashed), effect: 'write', after: [], agent: this.#agent(), subject,
      contractHash: contractFor(this.controls, this.tenant, this.workflow)?.hash ?? sha256('attack'), runDeadline: this.#soon(),
    });
  }

  /** `rests`: on an approval of which nobody has signed a vote. */
  grant(action: Action, { hashed = action, rests = false }: { readonly hashed?: Action; readonly rests?: boolean } = {}): Plain {
    const now = Math.floor(systemClock.now() / 1_000);
    return this.#event('policy', 'countersign.action.allowed', action, {
      action, actionHash: actionHashOf(hashed), iss: 'policy', aud: 'executor', sub: upstreamPrincipal(this.tenant), act: this.#agent(), iat: now, exp: now + 60,
      jti: deterministicId('attack', action.run), cnf: newestKeyOf(this.controls, 'executor')?.key ?? ('0'.repeat(16) as KeyId), policySet: policySetOf(this.controls).hash, controlEpoch: this.controls.epoch,
      reservation: { microUsd: 1_000_000 as MicroUsd, toolCalls: 1, writes: 1, records: 1_000, retries: 100, wallClockMs: 0, day: timestamp(systemClock.now()).slice(0, 10), month: timestamp(systemClock.now()).slice(0, 7) }, rules: [], votes: [], tier: rests ? 2 : 0, quorum: rests ? 1 : 0, roles: [], ...(rests && { approval: 'attack' }), runDeadline: this.#soon(),
    });
  }

  /** The end of a run, as its planner tells it. */
  runClosed(run: RunId, task: string, source: string): Plain {
    const cost = { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd };
    return this.#event('planner', 'countersign.run.closed', { run }, { task, source, outcome: 'failed', reason: 'the attack is over', cost, sideEffects: [], events: { count: 1, root: sha256('attack') } });
  }

  approval(action: Action): Plain {
    return this.#event('approvals', 'countersign.approval.granted', action, { approval: 'attack', actionHash: actionHashOf(action), votes: [] });
  }

  ballot(action: Action): Plain {
    return this.#event('operator', 'countersign.ballot.cast', action, { approval: 'attack', actionHash: actionHashOf(action), choice: 'approve', voter: humanPrincipal('approver'), reason: 'an attack' });
  }

  control(): Plain {
    this.#number += 1;
    const data = { id: 'attack', version: 1, hash: sha256('{}'), path: 'attack.yaml', body: {} };
    return { key: null, value: encodeEvent(newEvent({ service: 'operator', type: 'countersign.policy.published', data, subject: `attack ${this.#stamp} ${this.#number}`, actor: humanPrincipal('admin'), now: systemClock.now() })) };
  }

  /** Bytes that only have to be refused for who signed them. */
  plain(): Plain {
    return this.proposal(this.action());
  }

  #event<Type extends EventType>(service: Extract<Parameters<typeof newEvent>[0]['service'], Writer>, type: Type, { run, step }: Pick<Action, 'run'> & Partial<Pick<Action, 'step'>>, data: EventData<Type>): Plain {
    const event = newEvent({ service, type, tenant: this.tenant, workflow: this.workflow, run, ...(step !== undefined && { step }), subject: run, now: systemClock.now(), data });
    return { key: Buffer.from(orderingKey(this.tenant, this.workflow)), value: encodeEvent(event) };
  }

  #agent() {
    return agentPrincipal(this.tenant, this.workflow, contractFor(this.controls, this.tenant, this.workflow)?.document.id ?? 'attack');
  }

  #soon(): string {
    return timestamp((systemClock.now() + minutes(1)) as Instant);
  }
}
