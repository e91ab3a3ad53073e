import { upstreamUser } from '@countersign/bus/client';
import { CLOUDEVENTS_JSON, HEADERS, partitionOf, topicName, type Event } from '@countersign/contracts';
import { contractFor, type ControlState } from '@countersign/domain';
import { runIdOf, systemClock, timestamp, type RunId, type Workflow } from '@countersign/kernel';
import { ForgedEvents } from './forged-events.js';
import type { Loot } from './loot.js';
import type { Stage } from './stage.js';

/** The workflow of the example configuration in which a task can wait for people before anything was done. */
const WORKFLOW = 'refund-desk' as Workflow;
const TYPE = 'export.requested';
const SOURCE = '/countersign/attack';

/** What the task asks for: as many rows as nobody gets without a person. */
export const ROWS = 101;
/** Whom it names: a customer of the example, whose data are real enough to be sensitive. */
export const CUSTOMER = 'cus_ines';

/**
 * A run that a real task has opened and that waits for people, so that a hijacked planner has something to act in. The task comes in as any
 * other does, and the attack ends the run, which takes back what it asked.
 */
export class OwnRun {
  readonly forged: ForgedEvents;
  readonly run: RunId;
  /** The id of the task, which is its ticket: in the task's own words, and nothing outside is called so. */
  readonly task: string;
  #waiting: Promise<Event<'countersign.approval.required'>> | undefined;

  private constructor(
    private readonly stage: Stage,
    loot: Loot,
    controls: ControlState,
  ) {
    this.forged = new ForgedEvents(loot, controls, WORKFLOW);
    this.task = `attack-${systemClock.now()}`;
    this.run = runIdOf(this.forged.tenant, WORKFLOW, SOURCE, this.task);
  }

  /** `undefined` where another configuration is in force than the example's. */
  static in(stage: Stage, loot: Loot, controls: ControlState): OwnRun | undefined {
    const contract = contractFor(controls, loot.tenants[0], WORKFLOW)?.document;
    return contract?.accepts.includes(TYPE) ? new OwnRun(stage, loot, controls) : undefined;
  }

  /** What policy asks people about the run's only step. Hands the task in the first time. */
  waiting(): Promise<Event<'countersign.approval.required'>> {
    return (this.#waiting ??= this.#open());
  }

  /** Ends the run as its planner would; nothing where it was never opened. */
  async close(): Promise<void> {
    if (this.#waiting !== undefined) await this.stage.hijack('planner', { topic: this.stage.topic('proposals'), partition: this.forged.partition }, this.forged.runClosed(this.run, this.task, SOURCE));
  }

  async #open(): Promise<Event<'countersign.approval.required'>> {
    const { loot } = this.stage;
    const { tenant, partition } = this.forged;
    const event = { specversion: '1.0', id: this.task, source: SOURCE, type: TYPE, workflow: WORKFLOW, time: timestamp(systemClock.now()), datacontenttype: 'application/json', data: { ticket: this.task, reason: 'an attack', rows: ROWS, customer_id: CUSTOMER } };
    const key = `${SOURCE}/${this.task}`;
    const inbox = { topic: topicName(loot.namespace, 'inbox', tenant), partition: partitionOf(key, loot.partitions) };
    await this.stage.as(upstreamUser(tenant)).append(inbox, [{ key: Buffer.from(key), value: Buffer.from(JSON.stringify(event)), headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON } }]);
    const asked = await this.stage.seen({ topic: this.stage.topic('decisions'), partition }, ({ run, type }) => run === this.run && type === 'countersign.approval.required');
    if (asked?.type !== 'countersign.approval.required') throw new Error('policy asked nobody about the task of the attack');
    return asked;
  }
}
