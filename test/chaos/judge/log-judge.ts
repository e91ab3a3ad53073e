import { createHash } from 'node:crypto';
import { ClaimChain, type Stated, type Standing } from './claim-chain.ts';
import { Facts } from './facts.ts';
import { placeOf, type RawRecord, type Violation } from './record.ts';
import { SignatureCheck, type Keys, type Signed } from './signature.ts';

/** Who writes what, told once more. */
const WRITERS: Readonly<Record<string, string>> = { proposals: 'planner', decisions: 'policy', approvals: 'approvals', executions: 'executor' };
const SIGNED: Readonly<Record<string, string>> = { tasks: 'gateway', ledger: 'ledger' };

export interface LogCounts {
  records: number;
  accepted: number;
  claims: number;
  voidClaims: number;
  stale: number;
  copies: number;
}

interface Known {
  readonly id: string;
  readonly sha: string;
  readonly standing: Standing;
}

interface Pending {
  readonly place: string;
  readonly partition: number;
  readonly causes: string;
}

const CAUSE = /^(.+)@([a-z0-9.-]+)\/(?:(\d+)\/)?(\d+)#([0-9a-f]{64})$/;
/** Enough to tell two records apart, and little to keep. */
const shaOf = (value: Buffer): string => createHash('sha256').update(value).digest('hex');

/** A claim that counts: who holds which partition from where on. */
export interface SeenClaim {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly instance: string;
  readonly standing: 'claim' | 'void';
}

/** Reads the topics raw, record by record and each partition in its order, and knows afterwards which events count. */
/** Codes of alarms that crashes and freezes leave behind. */
const LEFT_BY_FREEZES: ReadonlySet<string> = new Set(['EPOCH_STALE', 'EVENT_REPEATED']);

export class LogJudge {
  readonly facts = new Facts();
  readonly violations: Violation[] = [];
  readonly counts: LogCounts = { records: 0, accepted: 0, claims: 0, voidClaims: 0, stale: 0, copies: 0 };
  readonly claims: SeenClaim[] = [];
  readonly #signatures: SignatureCheck;
  readonly #chains = new Map<string, ClaimChain>();
  readonly #places = new Map<string, Known>();
  readonly #ids = new Map<string, string>();
  readonly #pending: Pending[] = [];

  constructor(keys: Keys, namespace: string) {
    this.#signatures = new SignatureCheck(keys, namespace);
  }

  take(record: RawRecord): void {
    this.counts.records += 1;
    const [head = ''] = record.topic.split('.');
    if (head === 'dlq') this.#fault('dead-letter', `${placeOf(record)}: ${record.headers['cs-code']?.toString() ?? 'no code'} for ${['topic', 'partition', 'offset'].map((name) => record.headers[`cs-${name}`]?.toString()).join('/')}`);
    else if (head in WRITERS) this.#claimed(record, WRITERS[head] ?? '');
    else if (head in SIGNED) this.#signed(record, SIGNED[head] ?? '');
    else if (head === 'outcomes') this.#outcome(record);
    else this.#remember(record, 'counts');
  }

  /** Offsets of a topic's events that count, by partition: what every reader must have taken, and nothing else. */
  counted(topic: string): Set<string> {
    return new Set([...this.#places].flatMap(([place, { standing }]) => (standing === 'counts' && place.startsWith(`${topic}/`) ? [place] : [])));
  }

  /** Call after the last record: an event may only rest on events that count. */
  finish(): void {
    for (const { place, partition, causes } of this.#pending) {
      for (const text of causes.split(' ')) {
        const [, , topic = '', other, offset = '', sha] = CAUSE.exec(text) ?? [];
        const cause = `${topic}/${other ?? partition}/${offset}`;
        const known = this.#places.get(cause);
        if (known === undefined) this.#fault('cause.missing', `${place} rests on ${cause}, which is not in the log`);
        else if (known.standing !== 'counts') this.#fault('cause.of-zombie', `${place} rests on ${cause}, which is ${known.standing}`);
        else if (known.sha !== sha) this.#fault('cause.altered', `${place} rests on other bytes than those of ${cause}`);
      }
    }
  }

  #fault(rule: string, message: string): void {
    this.violations.push({ rule, message });
  }

  #verified(record: RawRecord, service: string): Signed | undefined {
    try {
      return this.#signatures.check(record, service);
    } catch (fault) {
      this.#fault('signature', (fault as Error).message);
      return undefined;
    }
  }

  #claimed(record: RawRecord, service: string): void {
    const signed = this.#verified(record, service);
    if (!signed) return;
    const line = `${record.topic}/${record.partition}`;
    const chain = this.#chains.get(line) ?? new ClaimChain();
    this.#chains.set(line, chain);
    const body = JSON.parse(String(record.value)) as { readonly data: Record<string, unknown> };
    const isClaim = signed.epoch === 'claim';
    const stated: Stated = isClaim
      ? { kind: 'claim', offset: record.offset, after: Number(body.data['after']), keyId: String(body.data['key']) }
      : { kind: 'event', epoch: Number(signed.epoch), seq: signed.seq, keyId: signed.keyId };
    let standing: Standing;
    try {
      standing = chain.take(stated);
    } catch (fault) {
      this.#fault('epoch', `${placeOf(record)}: ${(fault as Error).message}`);
      return;
    }
    this.#count(standing);
    if (standing === 'claim' || standing === 'void') {
      this.claims.push({ topic: record.topic, partition: record.partition, offset: record.offset, instance: String(body.data['instance']), standing });
      this.#remember(record, standing);
      return;
    }
    this.#event(record, standing);
  }

  #count(standing: Standing): void {
    if (standing === 'claim') this.counts.claims += 1;
    else if (standing === 'void') this.counts.voidClaims += 1;
    else if (standing === 'stale') this.counts.stale += 1;
    else if (standing === 'copy') this.counts.copies += 1;
  }

  #signed(record: RawRecord, service: string): void {
    if (!this.#verified(record, service)) return;
    if (record.topic === 'ledger') this.#alarm(record);
    else this.#event(record, 'counts');
  }

  /** What a frozen process writes when it wakes up is told of, as it should be; anything else nobody here may cause. A killed ledger says it twice. */
  #alarm(record: RawRecord): void {
    const event = this.#remember(record, 'counts');
    if (!LEFT_BY_FREEZES.has(String(event?.data['code']))) this.#fault('alarm', `${placeOf(record)}: ${String(record.value).slice(0, 300)}`);
  }

  #event(record: RawRecord, standing: Standing): void {
    const event = this.#remember(record, standing);
    if (standing !== 'counts' || !event) return;
    this.counts.accepted += 1;
    const earlier = this.#ids.get(event.id);
    // What the gateway writes twice has one id on purpose.
    if (earlier !== undefined && record.topic !== 'tasks') this.#fault('event.twice', `${placeOf(record)} has the id of ${earlier}`);
    this.#ids.set(event.id, placeOf(record));
    if (event.causes !== '') this.#pending.push({ place: placeOf(record), partition: record.partition, causes: event.causes });
    this.facts.take(event);
  }

  #outcome(record: RawRecord): void {
    if (!this.#verified(record, 'gateway')) return;
    const event = this.#remember(record, 'counts');
    if (!event) return;
    if (event.causes !== '') this.#pending.push({ place: placeOf(record), partition: record.partition, causes: event.causes });
    this.facts.takeAnswer(event);
  }

  #remember(record: RawRecord, standing: Standing): { readonly id: string; readonly type: string; readonly causes: string; readonly run?: string; readonly step?: string; readonly data: Record<string, unknown> } | undefined {
    const value = record.value ?? Buffer.alloc(0);
    const event = JSON.parse(String(value)) as { readonly id: string; readonly type: string; readonly causes: string; readonly data: Record<string, unknown> };
    this.#places.set(placeOf(record), { id: event.id, sha: shaOf(value), standing });
    return event;
  }
}
