import { CLOUDEVENTS_JSON, decodeEvent, encodeEvent, HEADERS, newEvent, orderingKey, partitionOf, type Event, type EventType } from '@countersign/contracts';
import type { LogRecord } from '@countersign/bus';
import { signAsPerson } from '@countersign/identity';
import { runIdOf, systemClock, timestamp, type Instant, type RunId, type Tenant } from '@countersign/kernel';
import { CedarEngine } from '@countersign/policy-engines';
import { controlsFold, controlVerifier } from '@countersign/service';
import { ControlTimeline, partitionTapes, TAPED, taped, type PartitionTape, type Taped } from '@countersign/replay';
import { GatewayHandler } from '../../apps/gateway/src/gateway.handler.js';
import { PLANNER_INPUTS, PlannerHandler } from '../../apps/planner/src/planner.handler.js';
import { Policies } from '../../apps/policy/src/policies.js';
import { POLICY_INPUTS, PolicyHandler } from '../../apps/policy/src/policy.handler.js';
import { LogChecker } from '../../libs/audit/src/log-checker.js';
import { eventually } from '../support/eventually.ts';
import { APPROVERS, KEYS, ROOT } from '../trust/forgery/desk.ts';
import { bytesOf, NAMESPACE, PARTITIONS, World } from '../trust/forgery/world.ts';

export const TRUST_DOMAIN = 'countersign.local';
const QUIET = { info: () => undefined, error: () => undefined };
const TENANT = 'acme' as Tenant;
const SOURCE = '/tests/replay';

export interface DeskTask {
  readonly id: string;
  readonly workflow?: string;
  /** What upstream calls it; a refund of the workflow unless given. */
  readonly type?: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The input of a task of the desk. */
export const refund = (how: string, charge: string, cents = 700): Readonly<Record<string, unknown>> => ({ how, charge_id: charge, amount_cents: cents, reason: 'a test asks for it' });

/** All services at work on a broker in memory, tasks as the gateway admits them, and a person who says yes to everything: what a tape is recorded from. */
export class Recording {
  readonly world = new World();
  readonly #gateway = new GatewayHandler(TRUST_DOMAIN);
  #timeline: ControlTimeline | undefined;

  async start(): Promise<void> {
    await this.world.start();
    await this.world.own('planner', new PlannerHandler(TRUST_DOMAIN), PLANNER_INPUTS);
    await this.world.own('policy', new PolicyHandler(new Policies(new CedarEngine(), QUIET), KEYS.policy.key, TRUST_DOMAIN), POLICY_INPUTS);
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  runOf({ id, workflow = 'desk' }: Pick<DeskTask, 'id' | 'workflow'>): RunId {
    return runIdOf(TENANT, workflow, SOURCE, id);
  }

  /** Hands a task in, and gives its run when that is over; a person agrees to whatever is asked unless `agrees` says otherwise. */
  async carryOut(task: DeskTask, agrees = true): Promise<RunId> {
    const { id, workflow = 'desk', type = `${workflow}.refund`, input } = task;
    const run = this.runOf(task);
    const value = Buffer.from(JSON.stringify({ specversion: '1.0', id, source: SOURCE, type, workflow, time: timestamp(systemClock.now()), data: input }));
    const record: LogRecord = { topic: `${NAMESPACE}.inbox.${TENANT}`, partition: 0, offset: 0, timestamp: Date.now(), key: null, value, headers: { 'content-type': Buffer.from(CLOUDEVENTS_JSON) } };
    const controls = this.timeline().newest;
    const { task: admitted, answer } = this.#gateway.receive(record, TENANT, controls, systemClock.now());
    if (!admitted) throw new Error(`the gateway refused: ${JSON.stringify(answer.outgoing)}`);
    const event = newEvent({ ...(admitted.outgoing as never as Parameters<typeof newEvent>[0]), service: 'gateway', trigger: admitted.trigger, now: systemClock.now(), controlEpoch: controls.epoch } as never) as Event;
    const key = orderingKey(TENANT, workflow);
    const partition = partitionOf(key, PARTITIONS);
    this.world.append('tasks', partition, this.world.wire('gateway').seal({ topic: `${NAMESPACE}.tasks`, partition, epoch: '-', firstSeq: 0 }, [{ key: Buffer.from(key), value: encodeEvent(event) }]));
    const answered = new Set<string>();
    await eventually(`the end of ${id}`, () => {
      if (agrees) this.#agree(run, partition, answered);
      return Promise.resolve(this.eventsOf('proposals', partition).some((each) => each.type === 'countersign.run.closed' && each.run === run) || undefined);
    });
    await eventually('the settled budget', () => Promise.resolve(this.eventsOf('decisions', partition).some((each) => each.type === 'countersign.context.closed' && each.run === run) || undefined));
    return run;
  }

  eventsOf(topic: string, partition: number): readonly Event[] {
    return this.world.records(topic, partition).flatMap((record) => {
      try {
        return [decodeEvent(bytesOf(record))];
      } catch {
        return [];
      }
    });
  }

  /** Read once: nobody puts anything else in force meanwhile. */
  timeline(): ControlTimeline {
    return (this.#timeline ??= new ControlTimeline(this.world.records('controls', 0), controlsFold, controlVerifier(ROOT)));
  }

  /** What the services have read and written, judged as they do. */
  tapes(): readonly PartitionTape[] {
    const checker = new LogChecker({ namespace: NAMESPACE, partitions: PARTITIONS }, ROOT, this.timeline().newest);
    const events = TAPED.flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => checker.check(this.world.records(topic, partition), true).flatMap((checked): readonly Taped[] => (checked.kind === 'event' ? [taped(topic, checked.event, checked.record)] : []))).flat(),
    );
    return partitionTapes(events);
  }

  #agree(run: RunId, partition: number, answered: Set<string>): void {
    const approvals = this.eventsOf('approvals', partition).filter((event) => event.run === run);
    const shown = new Map(approvals.flatMap((event) => (isOf(event, 'countersign.approval.previewed') ? [[event.data.approval, event.data.preview] as const] : [])));
    for (const event of approvals) {
      if (!isOf(event, 'countersign.approval.requested') || answered.has(event.data.approval)) continue;
      const { approval, actionHash, preview } = event.data;
      const seen = shown.get(approval);
      if (preview && !seen) continue;
      answered.add(approval);
      for (const who of Object.values(APPROVERS)) this.#vote(event, { approval, actionHash, ...(seen && seen.kind !== 'none' && { previewHash: seen.hash }) }, who);
    }
  }

  #vote({ tenant, workflow, run, step }: Event, data: object, { subject, key, id }: (typeof APPROVERS)['ada']): void {
    const ballot = newEvent({ service: 'operator', type: 'countersign.ballot.cast', tenant, workflow, run, step, actor: subject, subject: `${JSON.stringify(data)} ${subject}`, now: Date.now() as Instant, data: { ...data, choice: 'approve', voter: subject, reason: 'the charge is theirs' } as never });
    const value = encodeEvent(ballot);
    const orderedBy = orderingKey(tenant ?? '', workflow ?? '');
    this.world.append('ballots', partitionOf(orderedBy, PARTITIONS), [{ key: Buffer.from(orderedBy), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: signAsPerson(value, key, id) } }]);
  }
}

const isOf = <Type extends EventType>(event: Event, type: Type): event is Event<Type> & Event => event.type === type;
