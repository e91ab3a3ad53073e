import { setTimeout as sleep } from 'node:timers/promises';
import { admissionOf, DEAD_LETTER_PARTITION, Door, KafkaBroker, newStats, NO_CONTEXT, readDeadLetter, SignedWire, type Broker, type LogRecord, type NewRecord, type TopicPartition } from '@countersign/bus/client';
import { CLOUDEVENTS_JSON, deadLetterTopic, decodeClaim, decodeEvent, encodeClaim, HEADERS, localName, newClaim, parseCauses, SERVICES, signBatch, type Epoch, type Event, type Owner, type Service, type Signer } from '@countersign/contracts';
import { codeOf, deterministicId, seconds, systemClock, type ErrorCode } from '@countersign/kernel';
import { announcedKeys } from '@countersign/service/client';
import type { ControlState } from '@countersign/domain';
import type { Loot } from './loot.js';
import { layerOf, through, type Verdict } from './verdict.js';

/** Services answer in milliseconds; a machine with much else to do takes longer. */
const PATIENCE = seconds(20);
const LOOK_EVERY = seconds(0.2);
/** The newest claim of a partition lies no further back than this, or anybody would have to read for long. */
const CLAIM_WITHIN = 20_000;

export interface Plain {
  readonly key: Buffer | null;
  readonly value: Buffer;
}

export interface Place extends TopicPartition {
  readonly offset: number;
}

/** What attacks have in common: Kafka as whoever was robbed, records as whoever's key was taken, and a look at what came of them. */
export class Stage {
  readonly #brokers = new Map<string, KafkaBroker>();
  /** Where each topic partition ended before the first attack: nothing before it is an answer to one. */
  readonly #marks = new Map<string, number>();

  constructor(
    readonly loot: Loot,
    /** What people have put in force. */
    readonly controls: ControlState,
    private readonly signal: AbortSignal,
  ) {}

  /** To be called before the first attack. */
  async begin(): Promise<void> {
    const numbers = Array.from({ length: this.loot.partitions }, (_, partition) => partition);
    const log = ANSWERS.flatMap((local) => numbers.map((partition) => ({ topic: this.topic(local), partition })));
    const letters = SERVICES.map((service) => ({ topic: deadLetterTopic(this.loot.namespace, service), partition: DEAD_LETTER_PARTITION }));
    for (const target of [...log, ...letters]) this.#marks.set(nameOf(target), (await this.as('operator').offsets(target)).end);
  }

  as(principal: string, password?: string): Broker {
    const name = `${principal} ${password ?? ''}`;
    const broker = this.#brokers.get(name) ?? new KafkaBroker(this.loot.kafka(principal, password));
    this.#brokers.set(name, broker);
    return broker;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#brokers.values()].map((broker) => broker.close()));
  }

  topic(local: string): string {
    return `${this.loot.namespace}.${local}`;
  }

  /** `undefined` where Kafka lets it happen. Throws what is no refusal. */
  async refusal(act: () => Promise<unknown>): Promise<ErrorCode | undefined> {
    try {
      await act();
      return undefined;
    } catch (fault) {
      if (codeOf(fault) === 'BROKER_REFUSED') return 'BROKER_REFUSED';
      throw fault;
    }
  }

  /** Records with a service's signature for a place. */
  seal(signer: Signer, place: TopicPartition & { readonly epoch: Epoch; readonly firstSeq: number }, records: readonly Plain[]): NewRecord[] {
    const signatures = signBatch({ ...place, records, signer });
    return records.map(({ key, value }, index) => ({ key, value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.epoch]: String(place.epoch), [HEADERS.signature]: signatures[index] ?? '' } }));
  }

  async append(principal: string, target: TopicPartition, record: NewRecord): Promise<Place> {
    return { ...target, offset: await this.as(principal).append(target, [record]) };
  }

  /**
   * Takes the partition from its owner with that one's password and key, and writes an event that every reader takes for its. The owner
   * notices with its next write, claims the partition again and does its work once more: nothing of it is lost.
   */
  async hijack(service: Owner, target: TopicPartition, record: Plain): Promise<Place> {
    const signer = this.loot.key(service);
    const claim = newClaim({ service, now: systemClock.now(), claim: { member: 'attack', instance: 'attack', nonce: deterministicId('attack', systemClock.now()), key: signer.key, after: await this.#epochOf(target) } });
    const [claimed] = this.seal(signer, { ...target, epoch: 'claim', firstSeq: 0 }, [{ key: null, value: encodeClaim(claim) }]);
    if (!claimed) throw new Error('nothing was signed');
    const { offset: epoch } = await this.append(service, target, claimed);
    const [sealed] = this.seal(signer, { ...target, epoch, firstSeq: 0 }, [record]);
    if (!sealed) throw new Error('nothing was signed');
    return this.append(service, target, sealed);
  }

  /** The dead letter that a reader makes of a record, and the alarm about it. Where there is none in time, the record got through. */
  async letter(reader: Service, place: Place): Promise<Verdict> {
    const target = { topic: deadLetterTopic(this.loot.namespace, reader), partition: DEAD_LETTER_PARTITION };
    const local = localName(this.loot.namespace, place.topic);
    const found = await this.#find(target, (record) => {
      const letter = readDeadLetter(record);
      return letter.topic === local && letter.partition === place.partition && letter.offset === place.offset ? { code: letter.code, id: `${reader}/${record.offset}` } : undefined;
    });
    if (!found) return through(`${reader} made no dead letter of ${local}/${place.partition}/${place.offset}`);
    const layer = layerOf(found.code);
    if (!layer) return through(`${reader} refused ${local}/${place.partition}/${place.offset} with ${found.code}, which is no layer's`);
    const alarm = await this.#find({ topic: this.topic('ledger'), partition: place.partition }, (record) => {
      const event = eventOf(record);
      if (event?.type !== 'countersign.ledger.alarm') return undefined;
      const { topic, partition, offset, lastOffset } = event.data;
      return topic === local && partition === place.partition && offset <= place.offset && place.offset <= lastOffset ? event.id : undefined;
    });
    if (alarm === undefined) return through(`dead letter ${found.id}, and the ledger raised no alarm`);
    return { refused: true, layer, evidence: `dead letter ${found.id}, alarm ${alarm}` };
  }

  /** What a service wrote because of a record: the first event that names it as its first cause, and not what is told before it. */
  answer(target: TopicPartition, place: Place, patience: number = PATIENCE): Promise<Event | undefined> {
    const local = localName(this.loot.namespace, place.topic);
    return this.#find(target, (record) => {
      const event = eventOf(record);
      const [cause] = (event && parseCauses(event.causes)) ?? [];
      return cause?.topic === local && cause.offset === place.offset && event?.type !== 'countersign.budget.exhausted' ? event : undefined;
    }, patience);
  }

  /** The first event since the attack began that is as said. */
  seen(target: TopicPartition, isMeant: (event: Event) => boolean, patience: number = PATIENCE): Promise<Event | undefined> {
    return this.#find(target, (record) => {
      const event = eventOf(record);
      return event && isMeant(event) ? event : undefined;
    }, patience);
  }

  /** What any reader says of a record, as `tail` shows it. */
  async judged(place: Place): Promise<ErrorCode | undefined> {
    const { namespace, partitions } = this.loot;
    const local = localName(namespace, place.topic);
    const wire = new SignedWire({ namespace, partitions, signer: this.loot.key('ledger'), keys: announcedKeys(() => this.controls) });
    const door = new Door(local, admissionOf(local), wire, newStats());
    let code: ErrorCode | undefined;
    await this.as('operator').read(place, place.offset, place.offset + 1, (records) => {
      for (const [at, verified] of door.verify(records).entries()) {
        const record = records[at];
        const admitted = record && door.admit(record, verified, NO_CONTEXT).admitted;
        if (admitted?.kind === 'rejected') code = admitted.code;
      }
    });
    return code;
  }

  async #epochOf(target: TopicPartition): Promise<number> {
    const { start, end } = await this.as('operator').offsets(target);
    let epoch = -1;
    await this.as('operator').read(target, Math.max(start, end - CLAIM_WITHIN), end, (records) => {
      for (const record of records) {
        const stated = String(record.headers[HEADERS.epoch] ?? '');
        if (stated === 'claim' && claimEnds(record) >= epoch) epoch = record.offset;
        else if (Number(stated) > epoch && Number(stated) < record.offset) epoch = Number(stated);
      }
    });
    return epoch;
  }

  async #find<Found>(target: TopicPartition, match: (record: LogRecord) => Found | undefined, patience: number = PATIENCE): Promise<Found | undefined> {
    const broker = this.as('operator');
    const end = performance.now() + patience;
    let from = this.#marks.get(nameOf(target)) ?? 0;
    let found: Found | undefined;
    for (;;) {
      const { end: to } = await broker.offsets(target);
      if (to > from) await broker.read(target, from, to, (records) => void (found ??= first(records, match)));
      if (found !== undefined || performance.now() > end) return found;
      from = to;
      await sleep(LOOK_EVERY, undefined, { signal: this.signal });
    }
  }
}

/** Topics on which answers to an attack are looked for. */
const ANSWERS = ['decisions', 'executions', 'ledger'] as const;
const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

const first = <Found>(records: readonly LogRecord[], match: (record: LogRecord) => Found | undefined): Found | undefined => {
  for (const record of records) {
    const found = match(record);
    if (found !== undefined) return found;
  }
  return undefined;
};

const eventOf = ({ value }: LogRecord): Event | undefined => {
  try {
    return value ? decodeEvent(value) : undefined;
  } catch {
    return undefined;
  }
};

const claimEnds = ({ value }: LogRecord): number => {
  try {
    return value ? decodeClaim(value).data.after : -1;
  } catch {
    return -2;
  }
};
