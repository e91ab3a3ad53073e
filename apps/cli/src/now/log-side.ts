import { DEAD_LETTER_PARTITION, type LogRecord, type TopicPartition } from '@countersign/bus/client';
import { deadLetterTopic, localName, partitionOf, SERVICES, topicName, type Service, type Topic } from '@countersign/contracts';
import { initialDecisions, scopeCovers, standingStops, SUMS, workflowKey, type ControlState, type DecisionState, type Scope } from '@countersign/domain';
import { days, type Instant } from '@countersign/kernel';
import type { Root } from '@countersign/identity';
import { periodsOf } from '@countersign/tools';
import { budgetsIn } from '../budgets/budget-rows.js';
import { chosen } from '../budgets/budgets.js';
import { readDecisions, type DecisionFold, type OnFolded } from '../budgets/decision-fold.js';
import type { Kafka } from '../connection/kafka.js';
import { CONTROLS_PARTITION, readControlLog } from '../controls/control-log.js';
import { letterOf } from '../dlq/letters.js';
import { LogChecker } from '@countersign/audit';
import { endsOf, partitionsOf } from '../log/places.js';
import type { HeldWorkflow, Situation } from './situation.js';
import { meterKey, SpendMeter, spendOf, type Spend } from './spend.js';

/** What the ledger has rows of, and the command line may read. */
const READ_BY_LEDGER: readonly Topic[] = ['tasks', 'proposals', 'approvals', 'executions', 'decisions'];

/** Of each service; who has more has one trouble, not so many. */
const MOST_LETTERS = 500;
/** What nobody took up for a week is not for whoever is on call. */
const LETTERS_FOR = days(7);

/** What the ledger has no rows of, read from the log: budgets, dead letters, and how far the log has come. */
export class LogSide {
  #controls: ControlState;
  #news = 0;
  #heardAt: Instant;
  readonly #folds = new Map<number, DecisionFold>();
  readonly #meter = new SpendMeter();
  readonly #letters = new Map<Service, LogRecord[]>();
  /** By `topic/partition`, the topic without its namespace: the next offset. */
  readonly #ends = new Map<string, number>();
  readonly #follow: TopicPartition[] = [];

  private constructor(
    private readonly kafka: Kafka,
    private readonly root: Root,
    private readonly tenant: string | undefined,
    private readonly now: () => Instant,
    controls: ControlState,
  ) {
    this.#controls = controls;
    this.#heardAt = now();
  }

  /** Reads everything up to where the log ends now. */
  static async read(kafka: Kafka, root: Root, tenant: string | undefined, now: () => Instant): Promise<LogSide> {
    const { state } = await readControlLog(kafka.broker, kafka.namespace, root);
    const side = new LogSide(kafka, root, tenant, now, state);
    const checker = new LogChecker(kafka, root, state);
    await Promise.all([side.#readDecisions(checker), side.#readLetters(), side.#readEnds()]);
    side.#heardAt = now();
    return side;
  }

  /** Grows with whatever happens. */
  get news(): number {
    return this.#news;
  }

  /** When Kafka said something last, be it that there is nothing new. */
  get heardAt(): Instant {
    return this.#heardAt;
  }

  /** Next offsets of what the ledger reads too. */
  get ends(): ReadonlyMap<string, number> {
    return new Map([...this.#ends].filter(([place]) => READ_BY_LEDGER.some((topic) => place.startsWith(`${topic}/`))));
  }

  /** Goes on reading; `onFault` hears that Kafka refuses for good. Gives what ends it. */
  async follow(onFault: (fault: unknown) => void): Promise<() => Promise<void>> {
    const { broker } = this.kafka;
    const open = await Promise.all(
      this.#follow.map((target) =>
        broker.follow(target, this.#ends.get(this.#placeOf(target)) ?? 0, {
          onRecords: (records) => this.#take(target, records).catch(onFault),
          onEnd: () => void (this.#heardAt = this.now()),
          onFault,
        }),
      ),
    );
    return async () => void (await Promise.allSettled(open.map((each) => each.close())));
  }

  /** What is known now. */
  situation(): Pick<Situation, 'letters' | 'spend' | 'held' | 'stops'> {
    const now = this.now();
    const wanted = chosen(this.#controls, this.tenant === undefined ? {} : { tenant: this.tenant });
    const budgets = budgetsIn(wanted, (tenant, workflow) => this.#stateOf(tenant, workflow), now, periodsOf);
    const zoneOf = (workflow: string): string => wanted.active?.contracts.find(({ document }) => document.workflow === workflow)?.document.budgets.timeZone ?? 'UTC';
    const spend = budgets.flatMap(({ workflow, rows }) =>
      rows.flatMap((row): readonly Spend[] => {
        const found = spendOf(row, this.#meter.inLastHour(meterKey(row), now), now, (at) => periodsOf(zoneOf(workflow), at));
        return found ? [found] : [];
      }),
    );
    const held = budgets.flatMap(({ tenant, workflow, degradedBy }): readonly HeldWorkflow[] => (degradedBy === undefined ? [] : [{ tenant, workflow, tool: degradedBy }]));
    const letters = [...this.#letters].flatMap(([service, records]) => records.filter((record) => record.timestamp > now - LETTERS_FOR && this.#isOfTenant(record)).map((record) => letterOf(service, record, this.#controls)));
    const stops = standingStops(this.#controls.stops).filter((stop) => stop.scope !== 'run' && this.#touches(stop));
    return { spend, held, stops, letters: letters.filter(({ redriven }) => !redriven).toSorted((a, b) => b.at.localeCompare(a.at)) };
  }

  #stateOf(tenant: string, workflow: string): DecisionState {
    return this.#folds.get(partitionOf(workflowKey({ tenant, workflow }), this.kafka.partitions))?.state ?? initialDecisions();
  }

  /** By its key, or by the door that it came to. What belongs to nobody is shown to whoever asks about nobody. */
  #isOfTenant(record: LogRecord): boolean {
    const { tenant } = this;
    if (tenant === undefined) return true;
    const topic = String(record.headers['cs-topic'] ?? '');
    return record.key?.toString().startsWith(`${tenant}/`) === true || topic.endsWith(`.${tenant}`);
  }

  /** Tools, and everything at once, are of no tenant and of each. */
  #touches(stop: Scope): boolean {
    return this.tenant === undefined || stop.scope === 'tool' || scopeCovers(stop, { scope: 'tenant', value: this.tenant }) || scopeCovers({ scope: 'tenant', value: this.tenant }, stop);
  }

  #placeOf({ topic, partition }: TopicPartition): string {
    return `${localName(this.kafka.namespace, topic)}/${partition}`;
  }

  readonly #onFolded: OnFolded = (state, { tenant, workflow }, { timestamp }) => {
    if (tenant === undefined || workflow === undefined) return;
    for (const [period, { used }] of state.spending.get(workflowKey({ tenant, workflow }))?.periods ?? [])
      for (const amount of SUMS) this.#meter.note(meterKey({ tenant, workflow, period, amount }), used[amount], timestamp as Instant);
  };

  async #readDecisions(checker: LogChecker): Promise<void> {
    await Promise.all(
      partitionsOf(this.kafka, 'decisions', this.kafka.tenants).map(async (target) => {
        const { fold, end } = await readDecisions(this.kafka, target.partition, checker, this.now(), this.#onFolded);
        this.#folds.set(target.partition, fold);
        this.#begin(target, end);
      }),
    );
  }

  async #readLetters(): Promise<void> {
    const { broker, namespace } = this.kafka;
    await Promise.all(
      SERVICES.map(async (service) => {
        const target = { topic: deadLetterTopic(namespace, service), partition: DEAD_LETTER_PARTITION };
        const { start, end } = await broker.offsets(target);
        const records: LogRecord[] = [];
        await broker.read(target, Math.max(start, end - MOST_LETTERS), end, (batch) => void records.push(...batch));
        this.#letters.set(service, records);
        this.#follow.push(target);
        this.#ends.set(this.#placeOf(target), end);
      }),
    );
  }

  async #readEnds(): Promise<void> {
    const targets = READ_BY_LEDGER.filter((topic) => topic !== 'decisions').flatMap((topic) => partitionsOf(this.kafka, topic, this.kafka.tenants));
    const controls = { topic: topicName(this.kafka.namespace, 'controls'), partition: CONTROLS_PARTITION };
    for (const { target, offset } of await endsOf(this.kafka, [...targets, controls])) this.#begin(target, offset);
  }

  #begin(target: TopicPartition, end: number): void {
    this.#follow.push(target);
    this.#ends.set(this.#placeOf(target), end);
  }

  async #take(target: TopicPartition, records: readonly LogRecord[]): Promise<void> {
    const last = records.at(-1);
    if (!last) return;
    this.#news += 1;
    this.#heardAt = this.now();
    this.#ends.set(this.#placeOf(target), last.offset + 1);
    const { namespace, broker } = this.kafka;
    if (target.topic === topicName(namespace, 'decisions')) this.#folds.get(target.partition)?.take(records);
    if (target.topic === topicName(namespace, 'controls')) this.#controls = (await readControlLog(broker, namespace, this.root)).state;
    const service = SERVICES.find((each) => deadLetterTopic(namespace, each) === target.topic);
    if (service) this.#letters.set(service, [...(this.#letters.get(service) ?? []), ...records].slice(-MOST_LETTERS));
  }
}
