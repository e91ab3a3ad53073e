import { ArchiveWriter, encodeLeaf, initArchive, logPath, LogWriter, MemoryStore, newArchiveKey, type ArchiveKey, type ObjectStore } from '@countersign/archive';
import { freeRunning, MemoryCluster, SignedWire, type LogRecord, type NewRecord } from '@countersign/bus';
import { encodeClaim, newClaim, FLOW, newEvent, orderingKey, parseCauses, partitionCountOf, partitionOf, TOPICS, type Cause, type Event, type EventType, type NewEvent, type Owner, type Service, type Topic } from '@countersign/contracts';
import { actionAllowedV1, actionProposedV1, actionSucceededV1, actionVerifiedV1, attemptStartedV1, runClosedV1, runStartedV1, stepObservedV1, taskSubmittedV1 } from '@countersign/contracts/classes';
import { runIdOf, sha256, systemClock, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { encodeVerifier, leafHash, treeRoot } from '@countersign/tlog';
import { checkpointEvent } from '../../apps/ledger/src/archive/checkpoint-event.ts';
import type { Random } from '../support/random.ts';
import { signerOf } from '@countersign/identity';
import { announcedKeys, controlsFold } from '@countersign/service';
import { controlRecord, controlsOfDesk, KEYS, ROOT_PEOPLE } from '../trust/forgery/desk.ts';

export const NAMESPACE = 'countersign';
export const PARTITIONS = 2;
const TENANT = 'acme' as Tenant;
const STEP = 'refund' as StepId;

interface Written {
  readonly id: string;
  readonly causes: readonly string[];
  readonly cause: Cause;
}

/** A log as services write it: signed, claimed, numbered, with causes, in a cluster in memory. */
export class SignedLog {
  private readonly cluster = new MemoryCluster(freeRunning);
  private readonly epochs = new Map<string, { readonly epoch: number; seq: number }>();

  constructor() {
    for (const topic of TOPICS) this.cluster.log.createTopic(`${NAMESPACE}.${FLOW[topic].perTenant ? `${topic}.${TENANT}` : topic}`, partitionCountOf(topic, PARTITIONS));
    this.append('controls', 0, controlsOfDesk());
  }

  /** As whoever may write there; gives the first offset. */
  append(local: string, partition: number, records: readonly NewRecord[]): number {
    return this.cluster.log.append({ topic: `${NAMESPACE}.${local}`, partition }, records, systemClock.now());
  }

  records(local: string, partition: number): readonly LogRecord[] {
    return this.cluster.log.slice({ topic: `${NAMESPACE}.${local}`, partition }, 0, Number.MAX_SAFE_INTEGER);
  }

  wire(service: Service): SignedWire {
    return new SignedWire({ namespace: NAMESPACE, partitions: PARTITIONS, signer: signerOf(service, KEYS[service].key), keys: announcedKeys(() => controlsFold.initial()) });
  }

  /** The events of a run from its task to its end. */
  run(number: number): RunId {
    const workflow = `desk-${number % 3}` as Workflow;
    const data = { ...(taskSubmittedV1.sample as object), task: `ticket-${number}`, source: '/helpdesk' };
    const run = runIdOf(TENANT, workflow, data.source, data.task);
    const about = { tenant: TENANT, workflow, run };
    const write = (topic: Topic, service: Service, type: EventType, content: object, trigger: Written | undefined, step?: StepId): Written =>
      this.write(topic, service, { ...about, type, data: content as NewEvent<EventType>['data'], trigger: trigger?.cause, ...(step ? { step } : {}) });
    const task = write('tasks', 'gateway', 'countersign.task.submitted', data, undefined);
    const started = write('proposals', 'planner', 'countersign.run.started', runStartedV1.sample, task);
    const proposed = write('proposals', 'planner', 'countersign.action.proposed', actionProposedV1.sample, task, STEP);
    const allowed = write('decisions', 'policy', 'countersign.action.allowed', actionAllowedV1.sample, proposed, STEP);
    const attempted = write('executions', 'executor', 'countersign.attempt.started', attemptStartedV1.sample, allowed, STEP);
    const done = write('executions', 'executor', 'countersign.action.succeeded', actionSucceededV1.sample, attempted, STEP);
    const verified = write('executions', 'executor', 'countersign.action.verified', actionVerifiedV1.sample, done, STEP);
    const observed = write('proposals', 'planner', 'countersign.step.observed', stepObservedV1.sample, verified, STEP);
    const ids = [...new Set([started, proposed, observed].flatMap(({ id, causes }) => [id, ...causes]))].filter((id) => id !== observed.id);
    const root = treeRoot(ids.toSorted().map((id) => leafHash(Buffer.from(id)))).toString('hex');
    write('proposals', 'planner', 'countersign.run.closed', { ...(runClosedV1.sample as object), events: { count: ids.length, root } }, verified);
    return run;
  }

  private write(topic: Topic, service: Service, given: Omit<NewEvent<EventType>, 'service' | 'now'>): Written {
    const event = newEvent<EventType>({ ...given, service, now: systemClock.now() }) as Event;
    const key = Buffer.from(orderingKey(given.tenant ?? '', given.workflow ?? ''));
    const partition = partitionOf(key, PARTITIONS);
    const target = { topic: `${NAMESPACE}.${topic}`, partition };
    const value = this.wire(service).encode(event).value;
    const offset = this.append(topic, partition, this.wire(service).seal({ ...target, ...this.place(topic, service, partition) }, [{ key, value }]));
    return { id: event.id, causes: (parseCauses(event.causes) ?? []).map(({ id }) => id), cause: { id: event.id, topic, offset, sha256: sha256(value) } };
  }

  private place(topic: Topic, service: Service, partition: number): { readonly epoch: number | '-'; readonly firstSeq: number } {
    if (topic === 'tasks') return { epoch: '-', firstSeq: 0 };
    const name = `${topic}/${partition}`;
    const known = this.epochs.get(name) ?? this.claim(topic, service as Owner, partition);
    this.epochs.set(name, { epoch: known.epoch, seq: known.seq + 1 });
    return { epoch: known.epoch, firstSeq: known.seq };
  }

  private claim(topic: Topic, service: Owner, partition: number): { readonly epoch: number; readonly seq: number } {
    const wire = this.wire(service);
    const claim = newClaim({ service, now: systemClock.now(), claim: { member: 'm', instance: 'i', nonce: sha256(`${topic}/${partition}`).slice(0, 22), key: wire.key, after: -1 } });
    const target = { topic: `${NAMESPACE}.${topic}`, partition };
    return { epoch: this.append(topic, partition, wire.seal({ ...target, epoch: 'claim', firstSeq: 0 }, [{ key: null, value: encodeClaim(claim) }])), seq: 0 };
  }
}

/** One log: a topic partition and its records, or those of one epoch. */
export interface Source {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly records: readonly LogRecord[];
}

export const LOGS = ['controls', 'tasks', 'proposals', 'decisions', 'executions'] as const;

/** Entries that records have, as the ledger makes them. */
export const leavesOf = (records: readonly LogRecord[]) => records.map((record, at) => encodeLeaf(record, records[at - 1]?.offset ?? -1));

/** Ends a log after some records by an operator's order: it goes on in another one, and `missing` records between the two are archived nowhere. */
const ended = (world: SignedLog, { topic, partition, epoch, records }: Source, size: number, missing: number): readonly [Source, Source] => {
  const [old, next] = [records.slice(0, size), records.slice(size + missing)];
  const root = treeRoot(leavesOf(old).map(({ entry }) => leafHash(entry))).toString('hex');
  const [end = -1, begins = 0] = [old.at(-1)?.offset, next[0]?.offset];
  world.append('controls', 0, [controlRecord({ type: 'countersign.log.ended', subject: `${topic}/${partition}`, data: { topic, partition, epoch, size, root, next: end + 1, begins, reason: 'it stood still' } }, [ROOT_PEOPLE.olga])]);
  return [{ topic, partition, epoch, records: old }, { topic, partition, epoch: epoch + 1, records: next }];
};

/** What an upstream system has written: more than a bundle, so that there are tiles of tiles. */
const INBOX = { all: 400, ofOldLog: 280, missing: 10 };

/** What is to be archived: some runs, whose logs are long enough for whole bundles. Two logs have ended, one of them with a gap behind it. */
export const sources = (runs: number): { readonly world: SignedLog; readonly sources: readonly Source[] } => {
  const world = new SignedLog();
  for (let number = 0; number < runs; number += 1) world.run(number);
  for (let number = 0; number < INBOX.all; number += 1) world.append('inbox.acme', 1, [{ key: null, value: Buffer.from(`{"id":"${number}"}`), headers: {} }]);
  world.append('inbox.acme', 0, [{ key: null, value: Buffer.alloc(70_000, 'x'), headers: {} }]);
  const sourceOf = (topic: string, partition: number): Source => ({ topic, partition, epoch: 0, records: world.records(topic, partition) });
  const all = ['tasks', 'proposals', 'decisions', 'executions', 'inbox.acme'].flatMap((topic) => Array.from({ length: PARTITIONS }, (_, partition) => sourceOf(topic, partition)));
  const whole = all.filter(({ records }) => records.length > 0);
  const executions = whole.filter(({ topic }) => topic === 'executions').toSorted((one, other) => other.records.length - one.records.length)[0];
  const inbox = sourceOf('inbox.acme', 1);
  const [oldInbox, nextInbox] = ended(world, inbox, INBOX.ofOldLog, INBOX.missing);
  const [oldExecutions, nextExecutions] = executions ? ended(world, executions, Math.floor(executions.records.length / 3), 0) : [];
  const rest = whole.filter(({ topic, partition }) => ![executions, inbox].some((each) => each?.topic === topic && each.partition === partition));
  // Nobody ends a log before it has what it ends with.
  return { world, sources: [oldInbox, oldExecutions, sourceOf('controls', 0), ...rest, nextInbox, nextExecutions].flatMap((each) => each ?? []) };
};

export interface Archived<Store extends ObjectStore = MemoryStore> {
  readonly store: Store;
  readonly key: ArchiveKey;
  /** The key of the anchor, as a verifier key. */
  readonly anchor: string;
}

/** Archives sources in memory, see `archiveInto`. `key`: whoever has it can write the archive anew. */
export const archive = (world: SignedLog, given: readonly Source[], random: Random, key: ArchiveKey = newArchiveKey('ledger.example')): Promise<Archived> => archiveInto(new MemoryStore(systemClock), world, given, random, key);

/** Of the short logs here: enough checkpoints to do something to. */
const OFTEN = 0.06;

/** Archives sources as the ledger does, and anchors every checkpoint; `chance`: that there is one behind a record. */
export const archiveInto = async <Store extends ObjectStore>(store: Store, world: SignedLog, given: readonly Source[], random: Random, key: ArchiveKey, chance = OFTEN): Promise<Archived<Store>> => {
  const { anchor } = await initArchive(store, { key, namespace: NAMESPACE, partitions: PARTITIONS, lock: null });
  const writer = await ArchiveWriter.open(store, NAMESPACE, key, systemClock);
  const told: { readonly topic: string; readonly event: Event }[] = [];
  for (const { topic, partition, epoch, records } of given) {
    const options = writer.log(topic, partition, epoch);
    const log = await LogWriter.open(options);
    const leaves = leavesOf(records);
    for (const [at, record] of records.entries()) {
      const { entry, blob } = leaves[at] ?? encodeLeaf(record, -1);
      if (blob) await store.create(`blobs/${sha256(blob)}`, blob);
      log.append(entry);
      if (at < records.length - 1 && random.next() > chance) continue;
      const signed = await log.publish();
      if (!signed) continue;
      const last = { offset: record.offset, sha256: sha256(record.value ?? '') };
      told.push({ topic, event: checkpointEvent({ topic, partition, ...signed, last }, encodeVerifier(options.signer), systemClock.now()) });
    }
  }
  const wire = world.wire('ledger');
  const target = { topic: `${NAMESPACE}.anchor`, partition: 0 };
  const anchorLog = await LogWriter.open(writer.log('anchor', 0));
  for (const [offset, { event }] of told.entries()) {
    const [record] = wire.seal({ ...target, epoch: '-', firstSeq: 0 }, [{ key: null, value: wire.encode(event).value }]);
    const headers = Object.fromEntries(Object.entries(record?.headers ?? {}).map(([name, value]) => [name, Buffer.from(value)]));
    anchorLog.append(encodeLeaf({ offset, timestamp: systemClock.now(), key: null, value: record?.value ?? null, headers }, offset - 1).entry);
    if (random.next() < 0.2) await anchorLog.publish();
  }
  await anchorLog.publish();
  return { store, key, anchor };
};

export const pathOf = (topic: string, partition: number, epoch = 0): string => logPath(NAMESPACE, topic, partition, epoch);
