import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodeArchiveKey, initArchive, logPath, logSigner, openStore, type ArchiveDescription, type ArchiveKey, type ObjectStore } from '@countersign/archive';
import { KafkaAdmin, KafkaBroker } from '@countersign/bus';
import { FLOW, partitionCountOf, SERVICES, TOPICS } from '@countersign/contracts';
import { findKafkaJars, KAFKA_ADMIN, startKafka } from '@countersign/stack';
import type { NoteVerifier } from '@countersign/tlog';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { inWorkspace } from '../../support/workspace.ts';
import { NAMESPACE, PARTITIONS, SignedLog } from '../../tamper/signed-log.ts';
import { KEYS, ROOT } from '../../trust/forgery/desk.ts';
import { DEATH_VARIABLE, encodeDeath, type Death } from './deaths.ts';

const TENANT = 'acme';
const OWN_FILE = 0o600;
const OWN_FOLDER = 0o700;
/** Of Kafka: a killed ledger is missed soon. */
const SESSION_MS = 1_500;
/** Larger than an entry may be. */
const LARGE = 70_000;
const FIRST_RECORDS = 300;
const BATCH = 200;

type Kafka = Awaited<ReturnType<typeof startKafka>>;

const optionsOf = (kafka: Kafka, username: string) => ({ brokers: [kafka.address], clientId: `chaos-${username}`, sasl: { username, password: kafka.password(username) } });

/** A topic partition, without its namespace. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export const PLACES: readonly Place[] = TOPICS.flatMap((topic) => Array.from({ length: partitionCountOf(topic, PARTITIONS) }, (_, partition) => ({ topic: FLOW[topic].perTenant ? `${topic}.${TENANT}` : topic, partition })));

export interface LedgerProcess {
  readonly child: ChildProcess;
  /** What it has written for people. */
  readonly said: () => string;
  readonly ended: Promise<NodeJS.Signals | null>;
}

export interface Archive extends ArchiveDescription {
  readonly store: ObjectStore;
  readonly url: string;
  readonly keyFile: string;
  verifierOf(place: Place): NoteVerifier;
}

/** A real Kafka with signed runs on it, and ledgers that archive them. */
export class World {
  private readonly log = new SignedLog();
  private readonly copied = new Map<string, number>();
  private readonly ledgers = new Set<LedgerProcess>();
  private runs = 0;

  private readonly dir: string;
  private readonly kafka: Kafka;
  private readonly postgres: PostgresFixture;
  private readonly databaseUrl: string;
  readonly broker: KafkaBroker;

  private constructor(dir: string, kafka: Kafka, postgres: PostgresFixture, databaseUrl: string) {
    this.dir = dir;
    this.kafka = kafka;
    this.postgres = postgres;
    this.databaseUrl = databaseUrl;
    this.broker = new KafkaBroker(optionsOf(kafka, KAFKA_ADMIN));
  }

  static async start(dir: string): Promise<World> {
    const [kafka, postgres] = await Promise.all([startKafka({ dataDir: join(dir, 'kafka'), libsDir: findKafkaJars(), users: [KAFKA_ADMIN, ...SERVICES].map((name) => ({ name })) }), startPostgresFixture()]);
    const admin = new KafkaAdmin(optionsOf(kafka, KAFKA_ADMIN));
    await admin.createTopics({ namespace: NAMESPACE, tenants: [TENANT], partitions: PARTITIONS }, { replicationFactor: 1, minInsyncReplicas: 1 });
    await admin.grantAccess(NAMESPACE, [TENANT]);
    await admin.close();
    const world = new World(dir, kafka, postgres, await postgres.database());
    const write = (name: string, content: string): void => writeFileSync(join(dir, name), content, { mode: OWN_FILE });
    write('ledger.pem', KEYS.ledger.key.export({ type: 'pkcs8', format: 'pem' }).toString());
    write('root.json', JSON.stringify(ROOT));
    write('ledger.password', kafka.password('ledger'));
    for (let partition = 0; partition < PARTITIONS; partition += 1) for (let at = 0; at < FIRST_RECORDS; at += 1) world.log.append(`inbox.${TENANT}`, partition, [{ key: null, value: Buffer.from(`{"id":"${partition}-${at}"}`), headers: {} }]);
    await world.write(3);
    return world;
  }

  /** Some runs more, and a record in each inbox that is too large for an entry. */
  async write(runs: number): Promise<void> {
    for (let at = 0; at < runs; at += 1) this.log.run((this.runs += 1));
    for (let partition = 0; partition < PARTITIONS; partition += 1) this.log.append(`inbox.${TENANT}`, partition, [{ key: null, value: Buffer.from(`${this.runs}`.padEnd(LARGE, 'x')), headers: {} }]);
    for (const { topic, partition } of PLACES) {
      const name = `${topic}/${partition}`;
      const records = this.log.records(topic, partition).slice(this.copied.get(name) ?? 0);
      const target = { topic: `${NAMESPACE}.${topic}`, partition };
      for (let from = 0; from < records.length; from += BATCH) await this.broker.append(target, records.slice(from, from + BATCH).map(({ key, value, headers }) => ({ key, value, headers })));
      this.copied.set(name, (this.copied.get(name) ?? 0) + records.length);
    }
  }

  /** An archive of this Kafka, with nothing in it. */
  async newArchive(key: ArchiveKey): Promise<Archive> {
    const folder = join(this.dir, key.origin);
    mkdirSync(folder, { mode: OWN_FOLDER });
    writeFileSync(`${folder}.key.json`, encodeArchiveKey(key), { mode: OWN_FILE });
    const url = pathToFileURL(folder).href;
    const store = await openStore(url);
    return { store, url, keyFile: `${folder}.key.json`, verifierOf: ({ topic, partition }) => logSigner(key, logPath(NAMESPACE, topic, partition)), ...(await initArchive(store, { key, namespace: NAMESPACE, partitions: PARTITIONS, lock: null })) };
  }

  /** The ledger as it is built; one that is told of its death ends so. */
  ledger({ url, keyFile }: Archive, death?: Death): LedgerProcess {
    const at = (name: string): string => join(this.dir, name);
    const preload = death ? ['--import', inWorkspace('test/chaos/archive/doomed.ts')] : [];
    const child = spawn(process.execPath, [...preload, inWorkspace('apps/ledger/dist/main.js')], {
      cwd: this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        KAFKA_BROKERS: this.kafka.address,
        KAFKA_USERNAME: 'ledger',
        KAFKA_PASSWORD_FILE: at('ledger.password'),
        COUNTERSIGN_NAMESPACE: NAMESPACE,
        COUNTERSIGN_PARTITIONS: String(PARTITIONS),
        COUNTERSIGN_TENANTS: TENANT,
        COUNTERSIGN_KEY_FILE: at('ledger.pem'),
        COUNTERSIGN_ROOT_FILE: at('root.json'),
        COUNTERSIGN_BLOB_FOLDER: at('blobs'),
        COUNTERSIGN_SESSION_TIMEOUT_MS: String(SESSION_MS),
        COUNTERSIGN_LEDGER_TOKEN_FILE: at('ledger.token'),
        COUNTERSIGN_ARCHIVE_KEY_FILE: keyFile,
        // The last one is undisturbed, and has its checkpoints at other sizes.
        COUNTERSIGN_ARCHIVE_DELAY_MS: death ? '100' : '700',
        DATABASE_URL: this.databaseUrl,
        ARCHIVE_URL: url,
        SERVICE_NAME: 'ledger',
        ...(death ? { [DEATH_VARIABLE]: encodeDeath(death) } : {}),
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString('utf8')));
    const ended = once(child, 'exit').then(([, signal]: (NodeJS.Signals | null)[]) => {
      this.ledgers.delete(ledger);
      return signal ?? null;
    });
    const ledger: LedgerProcess = { child, said: () => said, ended };
    this.ledgers.add(ledger);
    return ledger;
  }

  async close(): Promise<void> {
    for (const { child, ended } of this.ledgers) {
      child.kill('SIGKILL');
      await ended;
    }
    await this.broker.close();
    await Promise.all([this.kafka.stop(), this.postgres.remove()]);
  }
}
