import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaAdmin, KafkaBroker, SignedWire, type Broker } from '@countersign/bus';
import { newClaim, orderingKey, partitionOf, topicName, type Event, type Owner, type Service } from '@countersign/contracts';
import { createKeyFile, fileSigner, humanPrincipal, keyIdOf, rawPublicKeyOf } from '@countersign/identity';
import { systemClock, type KeyId } from '@countersign/kernel';
import { startTestKafka, TEST_TENANTS, type TestKafka } from '@countersign/testing';
import { personOf, type SigningPerson } from '../connection/person.js';
import { publishControls } from '../controls/publish-controls.js';

/** A broker of its own starts within seconds; on a busy machine within many. */
export const KAFKA_PATIENCE = 90_000;

const NAMESPACE = 'countersign';
const PARTITIONS = 2;
const TOKEN = 'token-of-the-spec';

/** A real Kafka with topics, access rules and keys, and a data folder that leads the command line to it. */
export interface Installation {
  readonly folder: string;
  readonly namespace: string;
  readonly partitions: number;
  readonly broker: Broker;
  readonly person: SigningPerson;
  /** Who votes: nobody approves what is done under a contract of theirs. */
  readonly approver: SigningPerson;
  /** What the ledger answers, by path without the query. */
  readonly answers: Map<string, unknown>;
  /** Writes an event as the service does; of an owner in the epoch of its first claim. Gives its offset. */
  write(service: Service, topic: string, event: Event, tenant?: string): Promise<number>;
  close(): Promise<void>;
}

const serveLedger = async (answers: ReadonlyMap<string, unknown>): Promise<Server> => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://ledger');
    const answer = request.headers.authorization === `Bearer ${TOKEN}` ? answers.get(pathname) : undefined;
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: { code: 'NOT_FOUND', message: `nothing at \`${pathname}\`` } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

interface Epoch {
  readonly epoch: number;
  seq: number;
}

/** What services write, signed as they sign it. */
class Writers {
  readonly #epochs = new Map<string, Epoch>();

  constructor(
    private readonly broker: Broker,
    private readonly wires: ReadonlyMap<Service, SignedWire>,
  ) {}

  async write(service: Service, topic: string, event: Event, tenant: string | undefined): Promise<number> {
    const wire = this.wires.get(service);
    if (!wire) throw new Error(`no keys of ${service}`);
    const key = orderingKey(event.tenant ?? '', event.workflow ?? '');
    const target = { topic: tenant === undefined ? `${NAMESPACE}.${topic}` : topicName(NAMESPACE, 'outcomes', tenant), partition: partitionOf(key, PARTITIONS) };
    const unsigned = [{ key: Buffer.from(key), value: wire.encode(event).value }];
    const owned = tenant === undefined && topic !== 'tasks' && topic !== 'ledger';
    if (!owned) return this.broker.append(target, wire.seal({ ...target, epoch: '-', firstSeq: 0 }, unsigned));
    const epoch = await this.#epoch(service as Owner, target, wire);
    const offset = await this.broker.append(target, wire.seal({ ...target, epoch: epoch.epoch, firstSeq: epoch.seq }, unsigned));
    epoch.seq += 1;
    return offset;
  }

  async #epoch(service: Owner, target: { readonly topic: string; readonly partition: number }, wire: SignedWire): Promise<Epoch> {
    const name = `${target.topic}/${target.partition}`;
    const known = this.#epochs.get(name);
    if (known) return known;
    const claim = newClaim({ service, claim: { member: 'm', instance: 'spec', nonce: name, key: wire.key, after: -1 }, now: systemClock.now() });
    const unsigned = [{ key: Buffer.from('claim'), value: wire.encodeClaim(claim) }];
    const epoch = { epoch: await this.broker.append(target, wire.seal({ ...target, epoch: 'claim', firstSeq: 0 }, unsigned)), seq: 0 };
    this.#epochs.set(name, epoch);
    return epoch;
  }
}

const announce = async (broker: Broker, person: SigningPerson, folder: string): Promise<ReadonlyMap<Service, SignedWire>> => {
  const wires = new Map<Service, SignedWire>();
  for (const service of ['gateway', 'policy', 'approvals', 'executor'] as const) {
    const file = join(folder, `${service}.pem`);
    const publicKey = rawPublicKeyOf(createKeyFile(file));
    const key: KeyId = keyIdOf(publicKey);
    await publishControls(broker, NAMESPACE, person, [{ type: 'countersign.key.announced', subject: key, data: { service, key, publicKey } }], systemClock.now());
    wires.set(service, new SignedWire({ namespace: NAMESPACE, partitions: PARTITIONS, signer: fileSigner(service, file), keys: { find: () => undefined } }));
  }
  return wires;
};

const prepare = async (kafka: TestKafka): Promise<void> => {
  const admin = new KafkaAdmin(kafka.options());
  await admin.createTopics({ namespace: NAMESPACE, tenants: TEST_TENANTS, partitions: PARTITIONS }, { replicationFactor: 1, minInsyncReplicas: 1 });
  await admin.grantAccess(NAMESPACE, TEST_TENANTS);
  await admin.close();
};

export const startInstallation = async (): Promise<Installation> => {
  const kafka = await startTestKafka();
  await prepare(kafka);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  const subject = humanPrincipal('ada');
  const person = personOf(subject, createKeyFile(join(folder, 'ada.pem')));
  const approver = personOf(humanPrincipal('grace'), createKeyFile(join(folder, 'grace.pem')));
  const answers = new Map<string, unknown>();
  const ledger = await serveLedger(answers);
  const { brokers, sasl } = kafka.options('operator');
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write('operator.password', `${sasl.password}\n`);
  write('ledger.token', TOKEN);
  write('root.json', JSON.stringify({ people: [{ subject, publicKey: person.publicKey, roles: ['admin', 'operator'] }] }));
  write(
    'client.json',
    JSON.stringify({
      schema: 1,
      namespace: NAMESPACE,
      partitions: PARTITIONS,
      tenants: TEST_TENANTS,
      brokers,
      mechanism: 'scram-sha-512',
      username: 'operator',
      passwordFile: 'operator.password',
      ledger: { url: `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`, tokenFile: 'ledger.token' },
      person: { subject, keyFile: 'ada.pem' },
      approver: { subject: approver.subject, keyFile: 'grace.pem' },
      rootFile: 'root.json',
    }),
  );
  // The super user writes for every service: whose topics they are is said by the signatures.
  const broker = new KafkaBroker(kafka.options());
  const writers = new Writers(broker, await announce(broker, person, folder));
  return {
    folder,
    namespace: NAMESPACE,
    partitions: PARTITIONS,
    broker,
    person,
    approver,
    answers,
    write: (service, topic, event, tenant) => writers.write(service, topic, event, tenant),
    close: async () => {
      await broker.close();
      await new Promise((resolve) => ledger.close(resolve));
      await kafka.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
